"""Who presents bad keys again and again waits, the database is not asked, and no neighbour is locked out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from catalog.database import Database
from mobile_contract.problems import Code
from service.access.attempts import MOST
from service.access.credentials import Credentials
from service.access.pepper import Pepper
from service.access.tokens import Purpose, checksum, new_key, new_token
from service.recognition.embedding.fake import FakeEngine
from service.refused import Refused
from service.settings import Settings
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.credentials import bearer, made_device, made_key
from tests.integration.conftest import Client

GUESSED = 300


@pytest.fixture
def outside(settings: Settings) -> Iterator[Client]:
    """The application as those elsewhere see it, all behind one address."""
    with TestClient(create_app(settings, FakeEngine()), address=ELSEWHERE, raise_server_exceptions=False) as client:
        yield client


def ask(client: Client, token: str) -> tuple[int, str]:
    answer = client.get("/v1/catalogs", headers=bearer(token))
    if answer.status_code == 429:
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    return answer.status_code, "" if answer.is_success else answer.json()["code"]


@pytest.mark.parametrize(
    ("guess", "code"),
    [
        (new_key, "key_invalid"),
        (lambda: new_key()[:-1] + "!", "key_invalid"),
        (lambda: new_token(Purpose.DEVICE), "device_token_invalid"),
        (lambda: "nonsense", "device_token_invalid"),
    ],
)
def test_after_twenty_failures_there_is_a_pause_and_good_ones_pass(
    settings: Settings, outside: Client, guess: Callable[[], str], code: str
) -> None:
    key, device = made_key(settings, "lookup", client="a")[1], made_device(settings, "lookup")[1]
    assert ask(outside, key) == (200, "")
    assert [ask(outside, guess()) for _ in range(MOST)] == [(401, code)] * MOST
    assert {ask(outside, guess()) for _ in range(5)} == {(429, "too_many_attempts")}
    # Also what this process has never seen.
    assert ask(outside, device) == (200, "")
    assert ask(outside, key) == (200, "")
    assert {ask(outside, guess()) for _ in range(5)} == {(429, "too_many_attempts")}


def test_what_is_made_while_somebody_guesses_is_good_within_seconds(settings: Settings, outside: Client) -> None:
    for _ in range(MOST + 1):
        ask(outside, new_key())
    key = made_key(settings, "lookup", client="new")[1]
    for _ in range(40):
        if ask(outside, key) == (200, ""):
            return
        asyncio.run(asyncio.sleep(0.1))
    raise AssertionError("a new key is refused")


def test_a_known_id_with_another_secret_is_a_guess_and_locks_nobody_out(settings: Settings, outside: Client) -> None:
    key = made_key(settings, "lookup", client="a")[1]
    for _ in range(MOST + 5):
        begun = key[:17] + new_key()[17:-6]
        found = ask(outside, begun + checksum(begun))
    assert found == (429, "too_many_attempts")
    assert ask(outside, key) == (200, "")


def test_many_phones_behind_one_address_ask_as_much_as_they_like(settings: Settings, outside: Client) -> None:
    tokens = [made_device(settings, "lookup")[1] for _ in range(3)]
    assert {ask(outside, token) for token in tokens for _ in range(MOST)} == {(200, "")}
    assert ask(outside, new_key()) == (401, "key_invalid")


def test_without_a_key_one_is_told_so_however_often(outside: Client) -> None:
    codes = {outside.get("/v1/catalogs").json()["code"] for _ in range(2 * MOST)}
    assert codes == {"device_token_missing"}


def test_the_database_is_asked_neither_for_wrong_checksums_nor_again_and_again_for_guesses(
    settings: Settings, outside: Client
) -> None:
    assert statements_of(outside, lambda: ask(outside, new_key()[:-1] + "!"), MOST) == 0
    guesses = statements_of(outside, lambda: ask(outside, new_key()), GUESSED)
    assert guesses <= 30, "two every two seconds"


def statements_of(client: Client, call: Callable[[], object], times: int) -> int:
    """Statements that the process's doors have executed while something was done so often."""
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1

    engine = client.app.state.parts.credentials.database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", count)
    for _ in range(times):
        call()
    sa.event.remove(engine, "before_cursor_execute", count)
    return counted


def test_many_who_guess_at_once_ask_the_database_once(settings: Settings) -> None:
    key = made_key(settings, "lookup")[1]

    async def guess() -> tuple[set[Any], str]:
        async with opened(settings) as credentials:

            async def fail() -> Code | None:
                try:
                    await credentials.find(new_key(), guessed=True)
                except Refused as refused:
                    return refused.code
                return None

            codes = set(await asyncio.gather(*(fail() for _ in range(GUESSED))))
            return codes, (await credentials.find(key, guessed=True)).subject

    codes, subject = asyncio.run(guess())
    assert codes == {Code.KEY_INVALID}
    assert subject.startswith("key:")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Credentials]:
    database = Database(settings.database_url, pool_size=1)
    credentials = Credentials(database, Pepper(settings.pepper, settings.data_folder))
    try:
        yield credentials
    finally:
        await credentials.close()
        await database.close()
