"""How much clients may ask: set, counted exactly, told in headers, and given back where nothing was done."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import numpy as np
import psycopg
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from catalog.database import Database
from catalog.devices import begin_enrolment, enrol
from service.access.tokens import Purpose, hash_of, new_token
from service.cli import main
from service.recognition.embedding.fake import FakeEngine
from service.recognition.embedding.overload import Overloaded
from service.settings import Settings
from tests import asking
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.credentials import made_key
from tests.integration.conftest import Client
from tests.integration.fake_service import fake_services
from tests.pictures import picture

PHOTO = picture("red")
LOOKUPS = "/v1/catalogs/c/lookups"
JPEG = {"Content-Type": "image/jpeg"}
UNKNOWN = "device:00000000-0000-4000-8000-000000000000"


class FullEngine(FakeEngine):
    """Has no room for photos."""

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        raise Overloaded("full")


@pytest.fixture
def limited(settings: Settings) -> Iterator[Client]:
    """This machine; devices may ask twice a minute and three times a day."""
    app = create_app(msgspec.structs.replace(settings, rate=2, quota=3, surface="off"), FakeEngine())
    with TestClient(app, raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        yield client


@contextmanager
def phone_of(settings: Settings, token: str) -> Iterator[Client]:
    """Another process of the same service, asked by a device."""
    app = create_app(msgspec.structs.replace(settings, rate=2, quota=3, surface="off"), FakeEngine())
    with TestClient(app, address=ELSEWHERE, raise_server_exceptions=False) as phone:
        phone.headers["Authorization"] = f"Bearer {token}"
        yield phone


def look_up(client: Client, **headers: str) -> httpx.Response:
    return client.post(LOOKUPS, content=PHOTO, headers={**JPEG, **{k.replace("_", "-"): v for k, v in headers.items()}})


async def _enrolled(database_url: str, name: str) -> tuple[str, str]:
    database = Database(database_url, pool_size=1)
    enrolment, token = new_token(Purpose.ENROLMENT), new_token(Purpose.DEVICE)
    async with database.write() as session:
        await begin_enrolment(session, hash_of(enrolment), timedelta(minutes=1))
        row = await enrol(session, hash_of(enrolment), name=name, token_hash=hash_of(token))
    await database.close()
    return f"device:{row.id}", token


def a_new_minute(database_url: str) -> None:
    """As if the subjects had asked a minute ago."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE request_use SET minute = minute - interval '1 minute'")


def a_new_day(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE request_use SET minute = minute - interval '1 day', day = day - 1")


def away_from_the_end_of_a_minute() -> None:
    """So that a test's requests are of one minute."""
    while time.time() % 60 > 50:
        time.sleep(0.5)


def test_a_device_has_what_the_settings_say_and_this_machine_has_no_limit(limited: Client, settings: Settings) -> None:
    away_from_the_end_of_a_minute()
    subject, token = asyncio.run(_enrolled(settings.database_url, "Ana's phone"))
    with phone_of(settings, token) as phone:
        first, second, third = (look_up(phone) for _ in range(3))
        assert [one.status_code for one in (first, second, third)] == [200, 200, 429]
        assert first.headers["RateLimit-Policy"] == '"minute";q=2;w=60, "day";q=3;w=86400'
        assert first.headers["RateLimit"].startswith('"minute";r=1;t=')
        assert '"day";r=1;t=' in second.headers["RateLimit"]
        assert (third.json()["code"], third.headers["RateLimit"][:14]) == ("rate_limited", '"minute";r=0;t')
        assert 1 <= int(third.headers["Retry-After"]) <= 60
        a_new_minute(settings.database_url)
        assert look_up(phone).status_code == 200
        refused = look_up(phone)
        assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
        assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
        a_new_day(settings.database_url)
        assert look_up(phone).status_code == 200
        assert phone.get("/v1/catalogs").status_code == 200  # what costs little is not counted
    assert all(look_up(limited).status_code == 200 for _ in range(4))
    assert "RateLimit" not in look_up(limited).headers
    shown = limited.get("/v1/limits").json()["clients"]
    assert shown == [{"subject": subject, "rate": 2, "quota": 3, "usedThisMinute": 1, "usedToday": 1}]


def test_a_limit_is_set_and_cleared_for_this_machine_too(limited: Client) -> None:
    away_from_the_end_of_a_minute()
    set_now = {"subject": "local", "rate": 1, "quota": 0, "ownRate": 1, "usedThisMinute": 0, "usedToday": 0}
    assert limited.put("/v1/limits/local", json={"rate": 1}).json() == set_now
    assert [look_up(limited).status_code for _ in range(2)] == [200, 429]
    assert limited.get("/v1/limits/local").json()["usedThisMinute"] == 1
    raised = limited.put("/v1/limits/local", json={"rate": 3, "quota": 2})
    assert (raised.json()["rate"], raised.json()["ownQuota"]) == (3, 2)
    assert [look_up(limited).json().get("code") for _ in range(2)] == [None, "quota_exceeded"]
    assert limited.delete("/v1/limits/local").status_code == 204
    assert limited.delete("/v1/limits/local").status_code == 204
    assert look_up(limited).status_code == 200
    assert limited.get(f"/v1/limits/{UNKNOWN}").json()["quota"] == 3


def test_no_limit_is_one_too(limited: Client, settings: Settings) -> None:
    away_from_the_end_of_a_minute()
    subject, token = asyncio.run(_enrolled(settings.database_url, "gate"))
    limited.put(f"/v1/limits/{subject}", json={"rate": 0, "quota": 0})
    with phone_of(settings, token) as phone:
        assert {look_up(phone).status_code for _ in range(5)} == {200}


@pytest.mark.parametrize(
    ("subject", "said"),
    [("device:1", {"rate": 1}), ("everybody", {"rate": 1}), ("local", {"rate": -1}), ("local", {"limit": 1})],
)
def test_what_is_no_limit_is_refused(limited: Client, subject: str, said: dict[str, int]) -> None:
    answer = limited.put(f"/v1/limits/{subject}", json=said)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_limits_come_page_by_page(limited: Client) -> None:
    subjects = [f"key:{number:08d}-0000-4000-8000-000000000000" for number in range(5)]
    for subject in subjects:
        limited.put(f"/v1/limits/{subject}", json={"quota": 7})
    first = limited.get("/v1/limits", params={"limit": 2}).json()
    rest = limited.get("/v1/limits", params={"limit": 3, "after": first["next"]}).json()
    assert [one["subject"] for one in (*first["clients"], *rest["clients"])] == subjects
    assert "next" not in rest


def test_a_repeated_request_is_counted_once_and_answered_also_when_nothing_is_left(limited: Client) -> None:
    away_from_the_end_of_a_minute()
    limited.put("/v1/limits/local", json={"quota": 2})
    first = look_up(limited, Idempotency_Key="k1")
    assert '"day";r=1;' in first.headers["RateLimit"]
    again = look_up(limited, Idempotency_Key="k1")
    assert (again.content, '"day";r=1;' in again.headers["RateLimit"]) == (first.content, True)
    assert look_up(limited).status_code == 200
    assert look_up(limited).json()["code"] == "quota_exceeded"
    late = look_up(limited, Idempotency_Key="k1")
    assert (late.status_code, late.content, '"day";r=0;' in late.headers["RateLimit"]) == (200, first.content, True)
    fresh = look_up(limited, Idempotency_Key="k2")
    assert (fresh.status_code, fresh.json()["code"]) == (429, "quota_exceeded")
    assert int(fresh.headers["Retry-After"]) >= 1
    limited.put("/v1/limits/local", json={"quota": 3})
    assert look_up(limited, Idempotency_Key="k2").status_code == 200, "the refused request took its key with it"
    assert limited.get("/v1/limits/local").json()["usedToday"] == 3


def test_what_was_refused_for_want_of_room_is_given_back(settings: Settings) -> None:
    app = create_app(msgspec.structs.replace(settings, surface="off"), FullEngine())
    with TestClient(app, raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        client.put("/v1/limits/local", json={"quota": 1})
        for _ in range(3):
            refused = look_up(client)
            assert (refused.status_code, '"day";r=1;' in refused.headers["RateLimit"]) == (503, True)
        assert client.get("/v1/limits/local").json()["usedToday"] == 0
        wrong = client.post(LOOKUPS, content=b"no photo", headers=JPEG)
        assert (wrong.status_code, '"day";r=0;' in wrong.headers["RateLimit"]) == (415, True)


def test_a_quota_is_exact_across_processes(database_url: str, tmp_path: Path) -> None:
    """Quota 100, 4 processes, 1,000 calls, 64 at the same time: 100 are answered."""
    with fake_services(4, database_url, tmp_path, connections="4") as urls:
        asking.post(f"{urls[0]}/v1/catalogs", json={"name": "c"}).raise_for_status()
        asking.put(f"{urls[0]}/v1/limits/local", json={"quota": 100}).raise_for_status()
        with ExitStack() as stack, ThreadPoolExecutor(64) as pool:
            clients = [
                stack.enter_context(httpx.Client(base_url=url, timeout=60, verify=asking.NOBODY)) for url in urls
            ]
            answers = list(pool.map(lambda number: ask(clients[number % 4]), range(1000)))
        assert Counter(answers)[200] == 100
        assert set(answers) == {200, 429}
        assert asking.get(f"{urls[1]}/v1/limits/local").json()["usedToday"] == 100


def ask(client: httpx.Client) -> int:
    """The status; who is told that there is no room comes again."""
    while (answer := client.post(LOOKUPS, content=PHOTO, headers=JPEG)).status_code == 503:
        time.sleep(0.05)
    return answer.status_code


def test_limits_are_set_from_the_shell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    subject, _ = asyncio.run(_enrolled(settings.database_url, "Ana's phone"))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PHOTOCODE_DATA", str(settings.data))
    monkeypatch.setenv("PHOTOCODE_QUOTA", "900")

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["limits", *arguments])
        return done.exit_code, done.output

    status, said = run("set", "device:Ana's phone", "--rate", "30")
    assert (status, said) == (0, f"{subject}: 30 a minute, 900 (as others) a day, within 4 s\n")
    assert run("set", "device:Ana's phone", "--quota", "0")[1] == f"{subject}: 30 a minute, any a day, within 4 s\n"
    assert run("set", "local", "--quota", "5")[1] == "local: any (as others) a minute, 5 a day, within 4 s\n"
    status, said = run("list")
    assert (status, said.splitlines()[0]) == (0, "others: any a minute, 900 a day (PHOTOCODE_RATE, _QUOTA)")
    assert subject in said
    assert "Ana's phone" in said
    assert run("clear", subject) == (0, f"{subject}: what all others may, within 4 s\n")
    assert run("clear", subject) == (0, f"{subject}: nothing was set\n")
    for wrong in (("set", "local"), ("set", "Ana", "--rate", "1"), ("clear", "device:nobody")):
        assert run(*wrong)[0] != 0


def test_a_key_is_meant_by_any_beginning_that_is_one_keys(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PHOTOCODE_DATA", str(settings.data))
    key_id, key = made_key(settings, "lookup", client="ERP import")
    other_id, _ = made_key(settings, "lookup", client="shop")
    subject = f"key:{key_id}"

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["limits", *arguments])
        return done.exit_code, done.output

    shown = str(key_id)[: next(at for at in range(1, 36) if str(key_id)[:at] != str(other_id)[:at])]
    for rate, said in enumerate((shown, shown.upper(), str(key_id), "ERP import", key[:16], key), start=1):
        expected = f"{subject}: {rate} a minute, any (as others) a day, within 4 s\n"
        assert run("set", f"key:{said}", "--rate", str(rate)) == (0, expected), said
    assert "ERP import" in run("list")[1]
    for wrong in ("pck_", "", "nobody", "zzz"):
        status, said = run("set", f"key:{wrong}", "--rate", "1")
        assert (status, "there is no key" in said) == (1, True), wrong
    twin_id, twin = made_key(settings, "lookup", client="ERP import")
    status, said = run("set", "key:ERP import", "--rate", "9")
    assert (status, key[:16] in said, twin[:16] in said) == (1, True, True)
    assert run("clear", f"key:{twin[:16]}") == (0, f"key:{twin_id}: nothing was set\n")
    assert run("clear", f"key:{key[:16]}") == (0, f"{subject}: what all others may, within 4 s\n")


def test_what_brings_nothing_is_not_counted(limited: Client, settings: Settings) -> None:
    """Who has no request left can still take back what it set, erase and start a self-test."""
    away_from_the_end_of_a_minute()
    key_id, token = made_key(settings, "admin")
    with phone_of(settings, token) as admin:
        assert [look_up(admin).status_code for _ in range(3)] == [200, 200, 429]
        for _ in range(3):
            answer = admin.delete(f"/v1/limits/key:{key_id}")
            assert (answer.status_code, "RateLimit" in answer.headers) == (204, False)
        assert admin.delete("/v1/catalogs/c?confirm=c").status_code == 204
