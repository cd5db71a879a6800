"""Verdicts fitted to a catalog of printed things, on the real surface channel: by rehearsals and by confirmations."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from catalog.calibrations import CONFIRMED_ANEW, Due, next_due, take
from catalog.database import Database
from catalog.galleries import SpaceKey
from service.recognition import stages
from service.recognition.embedding.fake import FakeEngine
from service.rehearsal import rehearse
from service.settings import Settings
from tests.integration.conftest import Client
from tests.integration.printed_shop import BACK, FRONT, Shop, Things, numbers, open_shop, unhurried
from tests.integration.stocks import EMPTY, Prepare, Stock
from tests.pictures import photo_of, printed

PATIENCE_SECONDS = 100
LABELS = (1, 2, 3)
REFERENCES = len(LABELS) + 2
CALIBRATION = "/v1/catalogs/shop/calibration"


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    unhurry(monkeypatch)


def unhurry(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(stages, "BUDGETS", unhurried())
    patched.setattr(rehearse, "VIEWS_OF_PICTURE", 1)


@pytest.fixture(scope="module")
def fitted_stock(prepare: Prepare) -> Stock:
    """A shop whose verdicts have been fitted to it."""

    def fill(settings: Settings) -> None:
        with pytest.MonkeyPatch.context() as patched:
            unhurry(patched)
            with open_shop(msgspec.structs.replace(settings, calibrate="on"), things()) as opened:
                opened.wait_for_index()
                wait_for_version(opened, 1)

    return prepare(fill)


@pytest.fixture
def initial_stock(request: pytest.FixtureRequest) -> Stock:
    if "shop" not in request.fixturenames:
        return EMPTY
    found: Stock = request.getfixturevalue("fitted_stock")
    return found


@pytest.fixture
def calibrating(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, calibrate="on")


@pytest.fixture
def shop(calibrating: Settings) -> Iterator[Shop]:
    """The fitted one, opened again."""
    with open_shop(calibrating) as opened:
        opened.wait_for_index()
        assert opened.client.get(CALIBRATION).json()["fitted"]["version"] == 1
        yield opened


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def things() -> Things:
    return {**{f"LABEL-{seed}": [printed(seed)] for seed in LABELS}, "TWO-SIDED": [printed(FRONT), printed(BACK)]}


def want(shop: Shop, wrong_matches: float) -> dict[str, Any]:
    """What is wanted wakes the worker, even where it is what was wanted before."""
    answer = shop.client.put(CALIBRATION, json={"wrongMatches": wrong_matches})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def wait_for_version(shop: Shop, version: int) -> dict[str, Any]:
    """The calibration once it is of this version."""
    want(shop, shop.client.get(CALIBRATION).json()["wrongMatches"])
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        found: dict[str, Any] = shop.client.get(CALIBRATION).json()
        if found.get("fitted", {}).get("version") == version:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def basis_of(shop: Shop, seed: int = 1, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = shop.look_up(photo_of(printed(seed), angle=20).content, query)["verdictBasis"]
    return found


def on_database(url: str, work: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
    """As another process would."""

    async def within() -> None:
        database = Database(url, pool_size=2)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(within())


async def due(database: Database, maker: str = "another") -> Due | None:
    engine = FakeEngine()
    space = SpaceKey(
        bundle_identity=engine.identity,
        bundle_name=engine.name,
        preprocessing_revision=engine.preprocessing_revision,
        dimension=engine.dimension,
    )
    async with database.write() as session:
        return await next_due(session, maker, space)


def test_a_catalog_is_asked_about_its_pictures_and_lookups_name_what_came_of_it(shop: Shop) -> None:
    fitted = shop.client.get(CALIBRATION).json()["fitted"]
    assert 0 < fitted["leftOut"] <= REFERENCES
    assert fitted["rehearsed"] == REFERENCES + fitted["leftOut"]
    assert (fitted["confirmed"], fitted["wrongMatches"]) == (0, 0.01)
    assert 0 <= fitted["noMatchProbability"] <= fitted["matchProbability"] <= 1
    basis = basis_of(shop)
    assert basis["calibration"] == 1
    assert basis["thresholds"].startswith(f"calibration 1 of this catalog: {fitted['rehearsed']} answers")
    assert "at most 1.0% of matches" in basis["thresholds"]
    assert "calibration" not in basis_of(shop, query="?channel=image")


def test_another_share_of_wrong_matches_takes_no_further_rehearsal(shop: Shop, connection: psycopg.Connection) -> None:
    before = shop.client.get(CALIBRATION).json()
    told = want(shop, 0.1)
    assert (told["wrongMatches"], told["fitted"]["version"]) == (0.1, before["fitted"]["version"])
    after = wait_for_version(shop, 2)
    assert (after["wrongMatches"], after["fitted"]["wrongMatches"]) == (0.1, 0.1)
    kept = {"rehearsed", "leftOut", "confirmed", "slope", "intercept"}
    assert {name: after["fitted"][name] for name in kept} == {name: before["fitted"][name] for name in kept}
    first, second = connection.execute("SELECT rehearsed FROM calibration ORDER BY version").fetchall()
    assert first == second
    assert basis_of(shop)["calibration"] == 2


def confirm(shop: Shop, answer: dict[str, Any], number: str) -> None:
    said = {"outcome": "confirmed", "partNumber": number}
    assert shop.client.post(f"/v1/lookups/{answer['id']}/confirmation", json=said).status_code == 200


def test_confirmed_lookups_are_taken_in_but_none_that_a_text_has_moved(
    shop: Shop, database_url: str, connection: psycopg.Connection
) -> None:
    async def not_yet(database: Database) -> None:
        assert await due(database, maker) is None

    ((maker,),) = connection.execute("SELECT maker FROM calibration").fetchall()
    typed = shop.look_up(photo_of(printed(1)).content, "?text=LABEL-2")
    confirm(shop, typed, "LABEL-1")
    for place in range(CONFIRMED_ANEW):
        number = LABELS[place % len(LABELS)]
        answer = shop.look_up(photo_of(printed(number), angle=place * 18).content)
        assert numbers(answer)[0] == f"LABEL-{number}"
        on_database(database_url, not_yet)
        confirm(shop, answer, f"LABEL-{number}")
    stored = "SELECT certainty, certainty_maker FROM lookup WHERE id "
    assert connection.execute(stored + "= %s", [typed["id"]]).fetchall() == [(None, None)]
    others = connection.execute(stored + "IN (SELECT lookup_id FROM confirmation) AND id <> %s", [typed["id"]])
    certain = others.fetchall()
    assert len(certain) == CONFIRMED_ANEW
    assert all(logit > 0 and by == maker for logit, by in certain)
    fitted = wait_for_version(shop, 2)["fitted"]
    assert fitted["confirmed"] == CONFIRMED_ANEW
    assert f"{CONFIRMED_ANEW} confirmed lookups" in basis_of(shop)["thresholds"]


def test_references_that_came_are_rehearsed_too(shop: Shop) -> None:
    before = shop.client.get(CALIBRATION).json()["fitted"]
    shop.stock({f"LABEL-{seed}": [printed(seed)] for seed in (4, 5)})
    assert wait_for_version(shop, 2)["fitted"]["rehearsed"] > before["rehearsed"]


def test_without_calibrations_the_shared_model_speaks(settings: Settings, connection: psycopg.Connection) -> None:
    with open_shop(settings, {"LABEL-1": [printed(1)], "LABEL-2": [printed(2)]}) as shop:
        shop.wait_for_index()
        assert want(shop, 0.05) == {"wrongMatches": 0.05}
        assert shop.client.get(CALIBRATION).json() == {"wrongMatches": 0.05}
        basis = basis_of(shop)
    assert "calibration" not in basis
    assert basis["thresholds"].startswith("photocode starter fusion")
    assert connection.execute("SELECT DISTINCT certainty, certainty_maker FROM lookup").fetchall() == [(None, None)]
    assert connection.execute("SELECT calibrating_until FROM catalog").fetchall() == [(None,)]


def test_a_service_that_goes_in_the_middle_leaves_the_catalog_to_the_next(
    calibrating: Settings, database_url: str, connection: psycopg.Connection
) -> None:
    held = "SELECT 1 FROM catalog WHERE calibrating_until > now()"
    with open_shop(calibrating, things()) as shop:
        want(shop, 0.01)
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not connection.execute(held).fetchall():
            assert time.monotonic() < give_up
            time.sleep(0.01)
    assert connection.execute("SELECT count(*) FROM calibration").fetchall() == [(0,)]
    assert not connection.execute(held).fetchall()

    async def check(database: Database) -> None:
        connection.execute("UPDATE catalog SET calibrating_until = now() + interval '1 minute'")
        assert await due(database) is None
        connection.execute("UPDATE catalog SET calibrating_until = now() - interval '1 second'")
        found = await due(database)
        assert found is not None
        assert (found.last, found.rehearse, found.reference_images) == (None, True, REFERENCES)

    on_database(database_url, check)
    with open_shop(calibrating) as again:
        assert wait_for_version(again, 1)["fitted"]["rehearsed"] > REFERENCES
    assert not connection.execute(held).fetchall()


def test_one_process_calibrates_a_catalog_at_a_time(
    client: Client, database_url: str, connection: psycopg.Connection
) -> None:
    assert client.post("/v1/catalogs", json={"name": "shop"}).status_code == 201
    ((catalog_id,),) = connection.execute("SELECT id FROM catalog").fetchall()

    async def check(database: Database) -> None:
        async with database.write() as session:
            mine = await take(session, catalog_id)
        assert mine is not None
        async with database.write() as session:
            assert await take(session, catalog_id) is None
        async with database.write() as session:
            longer = await take(session, catalog_id, until=mine)
        assert longer is not None
        assert mine < longer < mine + timedelta(minutes=1)
        async with database.write() as session:
            assert await take(session, catalog_id, until=mine) is None
        connection.execute("UPDATE catalog SET calibrating_until = now() - interval '1 second'")
        async with database.write() as session:
            theirs = await take(session, catalog_id)
        assert theirs is not None
        async with database.write() as session:
            assert await take(session, catalog_id, until=longer) is None

    on_database(database_url, check)


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"wrongMatches": 0},
        {"wrongMatches": 0.0009},
        {"wrongMatches": 0.21},
        {"wrongMatches": -0.01},
        {"wrongMatches": "few"},
        {"wrongMatches": None},
        {"wrongMatches": 0.01, "version": 2},
    ],
)
def test_shares_that_make_no_sense_are_refused(client: Client, wanted: dict[str, object]) -> None:
    assert client.post("/v1/catalogs", json={"name": "shop"}).status_code == 201
    answer = client.put(CALIBRATION, json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert client.get(CALIBRATION).json() == {"wrongMatches": 0.01}


def test_a_catalog_that_is_not_there_has_no_calibration(client: Client) -> None:
    for answer in (client.get(CALIBRATION), client.put(CALIBRATION, json={"wrongMatches": 0.02})):
        assert (answer.status_code, answer.json()["code"]) == (404, "catalog_not_found")
