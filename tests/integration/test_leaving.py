"""Clients that go away, that are slow, or that would wait too long: over real sockets, so that the server notices."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from service.admission import lanes
from service.admission.lanes import TERMS, Lane
from service.app import create_app
from service.settings import Settings
from tests import asking
from tests.integration.loopback import on_loopback
from tests.integration.test_admission import SlowEngine
from tests.pictures import picture

PHOTO = picture("red")
LOOKUPS = "/v1/catalogs/c/lookups"
JPEG = {"Content-Type": "image/jpeg"}
PATIENCE = 30.0


class Slow(SlowEngine):
    """Notes what is let go."""

    def held(self) -> None:
        assert self.waiting.acquire(timeout=PATIENCE), "no photo came"


@pytest.fixture
def engine() -> Slow:
    return Slow()


def service(settings: Settings, engine: Slow, *, lookups: int, at_once: int) -> Iterator[str]:
    own = msgspec.structs.replace(settings, lookups=lookups, at_once=at_once, surface="off")
    with on_loopback(create_app(own, engine)) as url:
        asking.post(f"{url}/v1/catalogs", json={"name": "c"}).raise_for_status()
        yield url
        engine.go_on.set()


@pytest.fixture
def narrow(settings: Settings, engine: Slow) -> Iterator[str]:
    """Works for one, and nobody may wait."""
    yield from service(settings, engine, lookups=1, at_once=1)


@pytest.fixture
def queueing(settings: Settings, engine: Slow) -> Iterator[str]:
    """Works for one, and two may wait."""
    yield from service(settings, engine, lookups=3, at_once=1)


def look_up(url: str, key: str | None = None) -> httpx.Response:
    headers = JPEG if key is None else {**JPEG, "Idempotency-Key": key}
    return asking.post(f"{url}{LOOKUPS}", content=PHOTO, headers=headers, timeout=PATIENCE)


def begin(url: str, key: str = "", length: int | None = None, body: bytes = PHOTO) -> socket.socket:
    """A request whose answer nobody has waited for yet."""
    place = urlsplit(url)
    line = socket.create_connection((place.hostname or "", place.port or 0))
    head = f"POST {LOOKUPS} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: image/jpeg\r\n"
    head += f"Idempotency-Key: {key}\r\n" if key else ""
    line.sendall(f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body)
    return line


def wait_until_let_in(url: str, pool: ThreadPoolExecutor, engine: Slow) -> None:
    """Ask until there is room, and be worked for."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        asked = pool.submit(look_up, url)
        if engine.waiting.acquire(timeout=0.5):
            return
        assert asked.result().status_code == 503
    raise AssertionError("the place was never free again")


def test_who_leaves_while_being_answered_frees_the_place(narrow: str, engine: Slow) -> None:
    line = begin(narrow)
    engine.held()
    assert look_up(narrow).status_code == 503
    line.close()
    with ThreadPoolExecutor(8) as pool:
        try:
            wait_until_let_in(narrow, pool, engine)
        finally:
            engine.go_on.set()
    assert look_up(narrow).status_code == 200


def test_who_leaves_while_waiting_frees_the_place_and_is_not_worked_for(
    queueing: str, engine: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lanes.TERMS, Lane.PHOTOS, replace(TERMS[Lane.PHOTOS], patience=PATIENCE))
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(look_up, queueing)
        engine.held()
        leaving = begin(queueing)
        second = wait_for_a_place(queueing, pool)
        give_up = time.monotonic() + PATIENCE
        while (refused := look_up_at_once(queueing)) is None and time.monotonic() < give_up:
            time.sleep(0.05)
        assert refused is not None
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        leaving.close()
        third = wait_for_a_place(queueing, pool)
        engine.go_on.set()
        assert [one.result().status_code for one in (first, second, third)] == [200, 200, 200]
    worked_for = 1
    while engine.waiting.acquire(blocking=False):
        worked_for += 1
    assert worked_for == 3, "the one who left was worked for"


def wait_for_a_place(url: str, pool: ThreadPoolExecutor) -> Future[httpx.Response]:
    """Ask until one is not refused at once: it waits."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        asked = pool.submit(look_up, url)
        with suppress(TimeoutError):
            assert asked.result(timeout=1.5).status_code == 503
            continue
        return asked
    raise AssertionError("the place was never free again")


def look_up_at_once(url: str) -> httpx.Response | None:
    """The answer if it comes at once; whoever waits leaves."""
    try:
        return asking.post(f"{url}{LOOKUPS}", content=PHOTO, headers=JPEG, timeout=0.3)
    except httpx.TimeoutException:
        return None


def test_a_key_of_who_left_is_free_again(narrow: str, engine: Slow) -> None:
    line = begin(narrow, key="k")
    engine.held()
    line.close()
    engine.go_on.set()
    give_up = time.monotonic() + PATIENCE
    while (answer := look_up(narrow, "k")).status_code in (409, 503) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert answer.status_code == 200
    assert look_up(narrow, "k").content == answer.content


def test_half_a_body_takes_no_place(narrow: str, engine: Slow) -> None:
    engine.go_on.set()
    with begin(narrow, length=len(PHOTO), body=PHOTO[:100]):
        assert look_up(narrow).status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for(
    narrow: str, engine: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lanes.TERMS, Lane.PHOTOS, replace(TERMS[Lane.PHOTOS], chunk=0.3))
    with begin(narrow, length=len(PHOTO), body=PHOTO[:100]) as line:
        line.settimeout(PATIENCE)
        answer = line.recv(10_000).decode()
    assert "503" in answer.split("\r\n")[0]
    assert "timed_out" in answer


def test_who_waits_too_long_is_refused_and_not_answered_late(
    settings: Settings, engine: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lanes.TERMS, Lane.PHOTOS, replace(TERMS[Lane.PHOTOS], patience=0.4))
    for url in service(settings, engine, lookups=3, at_once=1):
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(look_up, url)
            engine.held()
            start = time.monotonic()
            late = look_up(url)
            assert (late.status_code, late.json()["code"]) == (503, "overloaded")
            assert 0.3 < time.monotonic() - start < 5
            engine.go_on.set()
            assert first.result().status_code == 200
