"""A job that kills the whole process, each time it is worked on, fails in the end, and everything else goes on."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner
from PIL import Image

from service.app import create_app
from service.cli import calling, main
from service.demo.phone import Phone
from service.jobs import previews
from service.jobs.care import MOST_DEATHS
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.clients import TestClient
from tests.integration import deadly_jobs_process, forked
from tests.integration.conftest import Client
from tests.integration.deadly_jobs_process import DEADLY, DEADLY_URL, in_no_hurry
from tests.integration.forked import Workers
from tests.integration.printed_shop import open_shop
from tests.pictures import PRINT, printed

WAIT_SECONDS = 90
CSV = {"Content-Type": "text/csv"}


def working(settings: Settings, **options: str) -> AbstractContextManager[Workers]:
    """A process of its own that is started again whenever it dies."""
    return forked.working(settings, deadly_jobs_process.work, bury=deadly_jobs_process.hurry, options=options)


@pytest.fixture
def idle(settings: Settings) -> Iterator[Client]:
    """A service that leaves the work to others, with two empty catalogs."""
    app = create_app(msgspec.structs.replace(settings, worker="off"), FakeEngine())
    with TestClient(app, raise_server_exceptions=False) as client:
        for name in ("parts", "others"):
            assert client.post("/v1/catalogs", json={"name": name}).status_code == 201
        yield client


def run(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """What the last statement gives."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            found = connection.execute(statement)
        return found.fetchall() if found.description else []


def table(*numbers: str, pictures: str = "") -> str:
    return "part_number,name,pictures\n" + "".join(f"{number},a part,{pictures}\n" for number in numbers)


def start(client: Client, catalog: str, kind: str, content: str) -> str:
    answer = client.post(f"/v1/catalogs/{catalog}/{kind}", content=content.encode(), headers=CSV)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["Location"])


def until(
    client: Client, place: str, ended: Callable[[dict[str, Any]], Any], worker: Workers | None = None
) -> dict[str, Any]:
    give_up = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up:
        found: dict[str, Any] = client.get(place).json()
        if ended(found):
            return found
        if worker is not None:
            worker.look_after()
        time.sleep(0.02)
    raise AssertionError(f"no end: {found}")


def nobody_is_blamed(settings: Settings) -> None:
    """No deaths of jobs are counted any more, soon after their end; rows of a worker that was ended may be there."""
    jobs = "'^(import|preview|self-test|calibration):'"
    counted = f"SELECT 1 FROM in_hand, unnest(things) AS of (thing) WHERE alone AND thing ~ {jobs}"
    give_up = time.monotonic() + 10
    while run(settings.database_url, counted):
        assert time.monotonic() < give_up
        time.sleep(0.02)


def is_over(found: dict[str, Any]) -> bool:
    return found.get("state") in ("completed", "failed")


@pytest.mark.timeout(300)
def test_a_table_that_kills_its_reader_fails_and_other_imports_land(settings: Settings, idle: Client) -> None:
    deadly = start(idle, "parts", "imports", table("P-1", "P-2", DEADLY, "P-4"))
    behind = start(idle, "parts", "imports", table("Q-1"))
    beside = start(idle, "others", "imports", table("R-1", "R-2"))
    with working(settings) as worker:
        status = until(idle, deadly, is_over, worker)
        assert until(idle, behind, is_over, worker)["counters"]["created"] == 1
        assert until(idle, beside, is_over, worker)["counters"]["created"] == 2
    assert (status["state"], status["failureCode"]) == ("failed", "worker_killed")
    assert status["failure"].startswith(f"{MOST_DEATHS} workers ended")
    assert status["counters"]["created"] == 0
    # Once beside the other import perhaps, and then alone.
    assert MOST_DEATHS < worker.deaths <= MOST_DEATHS + 2
    numbers = [one["partNumber"] for one in idle.get("/v1/catalogs/parts/products").json()["products"]]
    assert numbers == ["Q-1"]
    assert (
        run(settings.database_url, f"SELECT 1 FROM in_hand WHERE things && ARRAY['import:{deadly.rsplit('/')[-1]}']")
        == []
    )
    # Tried anew when somebody asks for that, by a worker that can read it.
    assert idle.post(f"{deadly}/retry").is_success
    with TestClient(create_app(settings, FakeEngine())) as client:
        assert until(client, deadly, is_over)["counters"]["created"] == 4


@pytest.mark.timeout(300)
def test_a_preview_that_kills_its_worker_fails_and_others_are_made(settings: Settings, idle: Client) -> None:
    deadly = start(idle, "parts", "import-previews", table("P-1", pictures=DEADLY_URL))
    good = start(idle, "parts", "import-previews", table("P-2"))
    landed = start(idle, "parts", "imports", table("P-3"))
    with working(settings) as worker:
        found = until(idle, deadly, is_over, worker)
        assert until(idle, good, is_over, worker)["report"]["counters"]["created"] == 1
        assert until(idle, landed, is_over, worker)["counters"]["created"] == 1
    assert (found["state"], found["failureCode"]) == ("failed", "worker_killed")
    assert "finishedAt" in found
    assert MOST_DEATHS < worker.deaths <= MOST_DEATHS + 1
    again = start(idle, "parts", "import-previews", table("P-1", pictures=DEADLY_URL))
    able = msgspec.structs.replace(settings, fetch="off")
    with TestClient(create_app(able, FakeEngine())) as client:
        assert until(client, again, is_over)["state"] == "completed"


@pytest.mark.timeout(400)
def test_catalogs_whose_pictures_kill_who_asks_about_them_are_neither_calibrated_nor_tested(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_no_hurry(monkeypatch)
    blue = [Image.new("RGB", PRINT, (0, 0, light)) for light in (255, 225)]
    things = {"LABEL-1": [printed(1)], "LABEL-2": [printed(2)], "BLUE": blue}
    place, test = "/v1/catalogs/shop/calibration", "/v1/catalogs/shop/self-test"
    with open_shop(settings, things):
        pass
    idle = msgspec.structs.replace(settings, worker="off", calibrate="on", self_test="on")
    with TestClient(create_app(idle, FakeEngine())) as client:
        with working(settings, CALIBRATE="on", SELF_TEST="on") as worker:
            given_up = until(client, place, lambda found: "failureCode" in found, worker)
            assert MOST_DEATHS < worker.deaths <= MOST_DEATHS + 1
            tested = until(client, test, is_over, worker)
            assert 2 * MOST_DEATHS < worker.deaths <= 2 * (MOST_DEATHS + 1)
            landed = client.post("/v1/catalogs/shop/imports", content=table("LATE").encode(), headers=CSV)
            assert until(client, landed.headers["Location"], is_over, worker)["counters"]["created"] == 1
            monkeypatch.setattr(calling, "connect", lambda _url: nullcontext(Phone(client)))
            told = [CliRunner().invoke(main, [command, "shop"]).output for command in ("calibration", "self-test")]
        assert "the last try was given up: 3 workers ended while they did nothing but this (worker_killed)" in told[0]
        assert "the self-test failed: 3 workers ended while they did nothing but this (worker_killed)" in told[1]
        assert (given_up["failureCode"], "fitted" in given_up) == ("worker_killed", False)
        assert (tested["state"], tested["failureCode"]) == ("failed", "worker_killed")
    able = msgspec.structs.replace(settings, calibrate="on", self_test="on")
    with TestClient(create_app(able, FakeEngine())) as client:
        # Not by itself: whoever starts the service has asked for nothing.
        time.sleep(1)
        assert client.get(place).json()["failureCode"] == "worker_killed"
        asked = client.put(place, json={"wrongMatches": given_up["wrongMatches"]}).json()
        assert "failureCode" not in asked
        assert client.post(test).status_code == 202
        assert until(client, place, lambda found: "fitted" in found).keys() == {"wrongMatches", "fitted"}
        assert until(client, test, is_over)["state"] == "completed"
        nobody_is_blamed(settings)


@pytest.mark.parametrize(
    ("alone", "times", "state"), [(False, 9, "completed"), (True, 2, "completed"), (True, 3, "failed")]
)
def test_only_who_was_alone_when_three_processes_died_is_given_up(
    settings: Settings, idle: Client, alone: bool, times: int, state: str
) -> None:
    place = start(idle, "parts", "import-previews", table("P-1"))
    job = start(idle, "parts", "imports", table("P-2"))
    things = [f"preview:{place.rsplit('/', 1)[1]}", f"import:{job.rsplit('/', 1)[1]}:0"]
    with psycopg.connect(settings.database_url) as connection:
        connection.cursor().executemany(
            "INSERT INTO in_hand (id, things, alone) VALUES (gen_random_uuid(), %s, %s)",
            [([thing], alone) for thing in things] * times,
        )
    with TestClient(create_app(settings, FakeEngine())) as client:
        assert [until(client, one, is_over)["state"] for one in (place, job)] == [state, state]
        nobody_is_blamed(settings)


def test_a_preview_that_is_cut_off_in_order_is_no_suspect(
    settings: Settings, idle: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "GIVE_WAY_SECONDS", 60.0)
    rows = 64 * 60
    place = start(idle, "parts", "import-previews", table(*(f"P-{at}" for at in range(rows))))
    with TestClient(create_app(settings, FakeEngine())) as client:
        until(client, place, lambda found: "report" in found)
    assert idle.get(place).json()["state"] == "running"
    assert run(settings.database_url, "SELECT * FROM in_hand") == []
    with TestClient(create_app(settings, FakeEngine())) as client:
        assert until(client, place, is_over)["report"]["counters"]["created"] == rows
