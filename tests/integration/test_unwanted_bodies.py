"""Requests that are refused before their body is read, over real sockets: who is still sending reads why."""

import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from urllib.parse import urlsplit

import msgspec
import pytest

from mobile_contract.limits import PHOTO_BYTES
from service import draining
from service.app import create_app
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests import asking
from tests.integration.loopback import on_loopback
from tests.pictures import picture

LOOKUPS = "/v1/catalogs/c/lookups"
PATIENCE = 30.0
BODY = 400_000


@pytest.fixture
def open_url(settings: Settings) -> Iterator[str]:
    """No key is needed, and this machine may send one photo a day, which it has."""
    with on_loopback(create_app(msgspec.structs.replace(settings, surface="off"), FakeEngine())) as found:
        asking.post(f"{found}/v1/catalogs", json={"name": "c"}).raise_for_status()
        asking.put(f"{found}/v1/limits/local", json={"quota": 1}).raise_for_status()
        photo = asking.post(f"{found}{LOOKUPS}", content=picture("red"), headers={"Content-Type": "image/jpeg"})
        assert photo.status_code == 200
        yield found


@pytest.fixture
def closed_url(settings: Settings) -> Iterator[str]:
    """A key is needed."""
    own = msgspec.structs.replace(settings, surface="off", access="keys")
    with on_loopback(create_app(own, FakeEngine())) as found:
        yield found


def begin(url: str, *, path: str = LOOKUPS, kind: str = "image/jpeg", length: int = BODY) -> socket.socket:
    """Half of a request."""
    place = urlsplit(url)
    line = socket.create_connection((place.hostname or "", place.port or 0), timeout=PATIENCE)
    said = (f"Host: {place.netloc}", f"Content-Type: {kind}", f"Content-Length: {length}")
    line.sendall("\r\n".join((f"POST {path} HTTP/1.1", *said, "", "")).encode() + b"\0" * (BODY // 2))
    return line


def answer(line: socket.socket) -> tuple[int, dict[str, object]]:
    found = HTTPResponse(line)
    found.begin()
    return found.status, msgspec.json.decode(found.read())


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, (429, "quota_exceeded")),
        ({"kind": "text/plain"}, (415, "unsupported_media_type")),
        ({"path": "/v1/catalogs/none/lookups"}, (404, "catalog_not_found")),
    ],
    ids=["quota", "type", "catalog"],
)
def test_the_answer_comes_at_once_and_the_connection_stays(
    open_url: str, asked: dict[str, str], expected: tuple[int, str]
) -> None:
    refused_at_once(open_url, expected, **asked)


def test_who_has_no_key_reads_so(closed_url: str) -> None:
    refused_at_once(closed_url, (401, "device_token_missing"))


def refused_at_once(url: str, expected: tuple[int, str], **asked: str) -> None:
    with begin(url, **asked) as line:  # type: ignore[arg-type]
        status, problem = answer(line)
        assert (status, problem["code"]) == expected
        line.sendall(b"\0" * (BODY - BODY // 2))
        line.sendall(f"GET /livez HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n\r\n".encode())
        assert answer(line)[0] == 200


def test_who_sends_no_more_is_not_waited_for(open_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "PAUSE_SECONDS", 0.2)
    with begin(open_url) as line:
        assert answer(line)[0] == 429
        start = time.monotonic()
        assert line.recv(1) == b""
        assert time.monotonic() - start < PATIENCE / 2


def test_a_body_without_end_is_taken_in_for_a_while_only(open_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "DRAIN_SECONDS", 0.5)
    with begin(open_url, length=PHOTO_BYTES) as line:
        assert answer(line)[0] == 429
        with pytest.raises(ConnectionError):
            send_for_ever(line)


def send_for_ever(line: socket.socket) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        line.sendall(b"\0" * 1_000)
        time.sleep(0.02)
