"""``photocode serve`` is told to stop: at once where nothing is under way, and answering what is where something is."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import psutil
import pytest

from service.settings import STARTER_BUNDLE
from tests import asking
from tests.integration.serving import Served, postmasters, serving, with_database
from tests.integration.test_serve import landed, many_products, start_import, status_of, wait_for_end
from tests.pictures import picture

pytestmark = pytest.mark.skipif(not STARTER_BUNDLE.exists(), reason="the starter bundle is not in this checkout")

SOON = 10.0
"""Seconds; the defect that this is about took 30."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a database in it, so that the server's own start is what is interrupted."""
    return with_database(tmp_path)


def workers_of(served: Served) -> list[psutil.Process]:
    """The HTTP server's worker processes: copies of the command."""
    found = []
    for child in psutil.Process(served.process.pid).children():
        try:
            if "postgres" not in child.name():
                found.append(child)
        except psutil.Error:
            continue
    return found


def wait_for_worker(served: Served) -> psutil.Process:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        said = served.log.read_text()
        if "Stop with Ctrl-C" in said.rsplit("Photocode on", 1)[-1] and (found := workers_of(served)):
            return found[0]
        time.sleep(0.005)
    raise AssertionError(served.log.read_text())


@pytest.mark.parametrize("kind", ["SIGTERM", "Ctrl-C"])
def test_it_stops_at_once_whenever_it_is_told_to_while_it_starts(data: Path, kind: str) -> None:
    for pause in (0.0, 0.4, 1.5):
        (data / "serve.log").unlink(missing_ok=True)
        served = Served(data, new_session=True)
        worker = wait_for_worker(served)
        time.sleep(pause)
        start = time.monotonic()
        if kind == "SIGTERM":
            served.process.terminate()
        else:
            os.killpg(served.process.pid, signal.SIGINT)  # as terminals do
        status = served.process.wait(60)
        took = time.monotonic() - start
        assert took < SOON, (pause, took)
        assert status == 0, (pause, served.log.read_text())
        assert not worker.is_running()
        assert postmasters(data) == []


def test_it_stops_while_the_database_starts(tmp_path: Path) -> None:
    served = Served(tmp_path)
    while not (tmp_path / "postgres").exists() and served.process.poll() is None:
        time.sleep(0.01)
    assert served.stop() == 0
    assert postmasters(tmp_path) == []


def test_what_is_under_way_is_answered_and_nothing_more_is_let_in(data: Path) -> None:
    """A lookup whose upload goes on while the service is told to stop is answered; who comes then is told to come
    again; the port closes when all is done.
    """
    photo, half_sent, go_on = picture("red"), Event(), Event()
    with serving(data, environment={"PHOTOCODE_LINGER": "1.0"}) as served, ThreadPoolExecutor(1) as pool:
        asking.post(f"{served.url}/v1/catalogs", json={"name": "c"}).raise_for_status()

        def upload() -> Iterator[bytes]:
            yield photo[: len(photo) // 2]
            half_sent.set()
            go_on.wait(30)
            yield photo[len(photo) // 2 :]

        def look_up() -> httpx.Response:
            headers = {"Content-Type": "image/jpeg", "Content-Length": str(len(photo))}
            return asking.post(f"{served.url}/v1/catalogs/c/lookups", content=upload(), headers=headers, timeout=30)

        under_way = pool.submit(look_up)
        assert half_sent.wait(30)
        time.sleep(0.3)
        served.process.terminate()
        wait_until_not_ready(served.url)
        refused = asking.post(
            f"{served.url}/v1/catalogs/c/lookups", content=photo, headers={"Content-Type": "image/jpeg"}
        )
        assert (refused.status_code, refused.json()["code"]) == (503, "shutting_down")
        assert int(refused.headers["Retry-After"]) >= 1
        assert asking.get(f"{served.url}/v1/catalogs").status_code == 503
        assert asking.get(f"{served.url}/livez").status_code == 200
        start = time.monotonic()
        go_on.set()
        assert under_way.result().status_code == 200
        assert served.process.wait(30) == 0
        assert time.monotonic() - start < SOON
        with pytest.raises(httpx.TransportError):
            asking.get(f"{served.url}/livez")
    assert "Killing" not in served.log.read_text()


def wait_until_not_ready(url: str) -> None:
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        answer = asking.get(f"{url}/readyz")
        if answer.status_code == 503:
            assert (answer.json()["ready"], "service" in answer.json()["checks"]) == (False, True)
            return
        time.sleep(0.02)
    raise AssertionError(answer.text)


def test_an_import_gives_its_rows_back_and_goes_on_after_a_restart(data: Path) -> None:
    with serving(data) as first:
        place = start_import(first.url, many_products())
        while landed(before := status_of(first.url, place)) == 0:
            time.sleep(0.01)
        start = time.monotonic()
        assert first.stop() == 0
        assert time.monotonic() - start < SOON
    with serving(data) as second:
        status = wait_for_end(second.url, place, at_least=landed(before))
        assert (status["counters"]["failed"], status["counters"]["created"]) == (0, status["counters"]["total"])


@pytest.fixture(scope="module")
def going_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service for two tests, the last of which stops it."""
    with serving(tmp_path_factory.mktemp("going_on"), environment={"PHOTOCODE_DRAIN": "2"}) as served:
        yield served


def test_a_worker_that_is_replaced_leaves_the_port_to_its_successor(going_on: Served) -> None:
    """As for a renewed certificate: nobody is told to come again."""
    first = going_on.worker().pid
    going_on.process.send_signal(signal.SIGHUP)
    statuses, give_up = set(), time.monotonic() + 60
    while psutil.pid_exists(first) and time.monotonic() < give_up:
        try:
            statuses.add(asking.get(f"{going_on.url}/v1/catalogs").status_code)
        except httpx.TransportError:
            statuses.add(0)
        time.sleep(0.02)
    assert not psutil.pid_exists(first)
    assert 503 not in statuses, statuses
    assert asking.get(f"{going_on.url}/readyz").status_code == 200


def test_an_upload_that_never_ends_is_not_waited_for_for_ever(going_on: Served) -> None:
    asking.post(f"{going_on.url}/v1/catalogs", json={"name": "c"}).raise_for_status()
    with socket.create_connection(("127.0.0.1", going_on.port)) as stuck:
        head = "POST /v1/catalogs/c/lookups HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/jpeg\r\n"
        stuck.sendall(f"{head}Content-Length: 1000\r\n\r\nabc".encode())
        time.sleep(0.5)
        start = time.monotonic()
        assert going_on.stop() == 0
        assert 2 < time.monotonic() - start < SOON
        answer = stuck.recv(10_000).decode()
        assert "503" in answer.split("\r\n")[0] or answer == "", answer
    assert "Killing" not in going_on.log.read_text()
