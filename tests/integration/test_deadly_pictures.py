"""A picture that kills the whole process, each time it is worked on, stops neither an import nor its neighbours."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import msgspec
import psycopg
import pytest

from service.jobs.care import MOST_DEATHS
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration import deadly_process, forked
from tests.integration.conftest import Client
from tests.integration.forked import Workers
from tests.pictures import archive, picture

ROWS = 40
WAIT_SECONDS = 120
GRAY = "gray"


def working(settings: Settings, count: int = 1) -> AbstractContextManager[Workers]:
    """Processes of their own that are started again whenever they die."""
    return forked.working(settings, deadly_process.work, count=count)


@pytest.fixture
def idle(settings: Settings) -> Iterator[Client]:
    """A service that leaves the work to others, with an empty catalog."""
    app = create_app(msgspec.structs.replace(settings, worker="off"), FakeEngine(), FakeSurface())
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.post("/v1/catalogs", json={"name": "parts"}).status_code == 201
        yield client


def start(client: Client, pictures: list[bytes]) -> str:
    table = "part_number,name,pictures\n" + "".join(f"P-{at},part {at},{at}.jpg\n" for at in range(len(pictures)))
    upload = archive(table, {f"{at}.jpg": one for at, one in enumerate(pictures)})
    answer = client.post("/v1/catalogs/parts/imports", content=upload, headers={"Content-Type": "application/zip"})
    assert answer.status_code == 202, answer.text
    return str(answer.headers["Location"])


def grays(count: int = ROWS) -> list[bytes]:
    return [picture(GRAY, mark=3 * at + 1) for at in range(count)]


def ended(client: Client, place: str, workers: Workers | None = None) -> dict[str, Any]:
    """When all has landed, and is enriched."""
    give_up = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up:
        status: dict[str, Any] = client.get(place).json()
        if status["state"] in ("completed", "failed") and not status["enrichment"]["pending"]:
            return status
        if workers is not None:
            workers.look_after()
        time.sleep(0.1)
    raise AssertionError(f"the import did not end: {status}")


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("processes", [1, 2])
def test_a_row_that_kills_its_workers_fails_and_all_others_land(
    settings: Settings, idle: Client, processes: int
) -> None:
    pictures = grays()
    pictures[17] = picture("blue")
    place = start(idle, pictures)
    with working(settings, processes) as workers:
        status = ended(idle, place, workers)
    assert status["state"] == "completed"
    assert (status["counters"]["created"], status["counters"]["failed"]) == (ROWS - 1, 1)
    assert [(one["line"], one["code"]) for one in status["errors"]] == [(19, "worker_killed")]
    # Of one process: in a batch, and then alone. What is beside another process's deaths may be tried once more.
    assert MOST_DEATHS < workers.deaths <= MOST_DEATHS + 2 * processes
    assert rows(settings, "SELECT DISTINCT surface_state FROM reference_image") == [("enriched",)]
    failed = idle.get(f"{place}/failed-rows").text
    assert "P-17" in failed
    assert "worker_killed" in failed


@pytest.mark.timeout(300)
def test_a_reference_that_kills_its_workers_fails_and_all_others_are_described(
    settings: Settings, idle: Client
) -> None:
    pictures = grays(20)
    pictures[7] = picture("lime")
    place = start(idle, pictures)
    with working(settings) as workers:
        status = ended(idle, place, workers)
    assert (status["counters"]["created"], status["counters"]["failed"]) == (20, 0)
    assert (status["enrichment"]["enriched"], status["enrichment"]["failed"]) == (19, 1)
    states = rows(
        settings,
        "SELECT p.part_number FROM reference_image r JOIN product p ON p.id = r.product_id "
        "WHERE r.surface_state = 'failed'",
    )
    assert states == [("P-7",)]
    assert MOST_DEATHS <= workers.deaths <= MOST_DEATHS + 3


@pytest.mark.timeout(300)
def test_both_at_once_blame_nobody_else(settings: Settings, idle: Client) -> None:
    pictures = grays(24)
    pictures[3], pictures[9], pictures[20] = picture("lime"), picture("blue"), picture("blue", mark=2)
    place = start(idle, pictures)
    with working(settings) as workers:
        status = ended(idle, place, workers)
    assert [(one["line"], one["code"]) for one in status["errors"]] == [(11, "worker_killed"), (22, "worker_killed")]
    assert (status["counters"]["created"], status["enrichment"]["failed"]) == (22, 1)


@pytest.mark.parametrize(("alone", "times", "failed"), [(False, 9, []), (True, 2, []), (True, 3, [4])])
def test_only_who_was_alone_when_three_processes_died_is_given_up(
    settings: Settings, idle: Client, alone: bool, times: int, failed: list[int]
) -> None:
    place = start(idle, grays(8))
    job = place.rsplit("/", 1)[1]
    with psycopg.connect(settings.database_url) as connection:
        things = [f"row:{job}:4"] if alone else [f"row:{job}:{line}" for line in range(2, 10)]
        connection.cursor().executemany(
            "INSERT INTO in_hand (id, things, alone) VALUES (gen_random_uuid(), %s, %s)",
            [(things, alone)] * times,
        )
    with TestClient(create_app(settings, FakeEngine(), FakeSurface())) as client:
        status = ended(client, place)
        assert [one["line"] for one in status["errors"]] == failed
        assert status["counters"]["created"] == 8 - len(failed)
        assert rows(settings, f"SELECT count(*) FROM in_hand WHERE things && ARRAY['row:{job}:4']") == [(0,)]
        # What was given up is tried anew when somebody asks for that.
        if failed:
            assert client.post(f"{place}/retry").is_success
            assert ended(client, place)["counters"]["created"] == 8


def test_a_service_that_stops_leaves_nothing_in_its_hands(settings: Settings, idle: Client) -> None:
    place = start(idle, grays(8))
    with TestClient(create_app(settings, FakeEngine(), FakeSurface())) as client:
        ended(client, place)
    assert rows(settings, "SELECT * FROM in_hand") == []
