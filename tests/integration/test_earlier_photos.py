"""A photo that was looked up before is looked up again, without being sent again."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from msgspec import structs
from PIL import Image

from service.jobs.photos import READ_SECONDS
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.pictures import PNG, encoded, picture

LOOKUPS = "/v1/catalogs/colours/lookups"
pytestmark = pytest.mark.usefixtures("unhurried_keeper")


def post(client: Client, photo: bytes) -> dict[str, Any]:
    answer = client.post(LOOKUPS, content=photo, headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [candidate["partNumber"] for candidate in answer.json()["candidates"]]


def halves() -> bytes:
    image = Image.new("RGB", (2400, 1200), "red")
    image.paste("blue", (1200, 0, 2400, 1200))
    return encoded(image, PNG)


def test_another_region_and_other_conditions_for_the_same_photo(colours: Client) -> None:
    first = post(colours, halves())
    left, right = (
        {"photoOf": first["id"], "region": {"x": x, "y": 0, "width": 0.5, "height": 1}, "limit": 1} for x in (0, 0.5)
    )
    assert numbers(colours.post(LOOKUPS, json=left)) == ["P-red"]
    refined = colours.post(LOOKUPS, json=right)
    assert numbers(refined) == ["P-blue"]
    assert numbers(colours.post(LOOKUPS, json=left | {"categories": ["odd"]})) != ["P-red"]
    again = refined.json()
    assert again["id"] != first["id"]
    told = {name: value for name, value in again["photo"].items() if name not in ("region", "advice")}
    assert told == {name: first["photo"][name] for name in ("sha256", "width", "height", "format")}
    further = colours.post(LOOKUPS, json={"photoOf": again["id"], "limit": 1})
    assert further.json()["photo"]["sha256"] == first["photo"]["sha256"]


def test_one_photo_is_kept_once_however_often_it_is_looked_up(colours: Client, settings: Settings) -> None:
    first = post(colours, picture("red", mark=30))
    kept = sorted(Path(settings.pictures_location, "photos").rglob("*"))
    assert numbers(colours.post(LOOKUPS, json={"photoOf": first["id"], "limit": 1})) == ["P-red"]
    assert sorted(Path(settings.pictures_location, "photos").rglob("*")) == kept


def test_a_photo_that_is_not_there_is_said(colours: Client, settings: Settings) -> None:
    missing = colours.post(LOOKUPS, json={"photoOf": str(uuid4())})
    assert (missing.status_code, missing.json()["code"]) == (404, "lookup_not_found")
    first = post(colours, picture("red", mark=31))
    assert colours.post("/v1/catalogs", json={"name": "others"}).status_code == 201
    foreign = colours.post("/v1/catalogs/others/lookups", json={"photoOf": first["id"]})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "lookup_not_found")
    for file in Path(settings.pictures_location, "photos").rglob("*"):
        if file.is_file():
            file.unlink()
    erased = colours.post(LOOKUPS, json={"photoOf": first["id"]})
    assert (erased.status_code, erased.json()["code"]) == (410, "photo_not_kept")


@contextmanager
def stored_at(port: int, settings: Settings) -> Iterator[Client]:
    """A service whose pictures lie in a store on this port."""
    given = {"ENDPOINT": f"http://127.0.0.1:{port}", "ALLOW_HTTP": "true", "REGION": "x", "ACCESS_KEY_ID": "x"}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (given | {"SECRET_ACCESS_KEY": "x"}).items():
            environment.setenv(f"AWS_{name}", value)
        away = create_app(structs.replace(settings, pictures="s3://bucket/photocode"), FakeEngine())
        with TestClient(away, raise_server_exceptions=False) as client:
            yield client


def test_a_store_that_never_answers_is_said(colours: Client, settings: Settings) -> None:
    first = post(colours, picture("red", mark=33))
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,  # takes connections, reads nothing
        stored_at(silent.getsockname()[1], settings) as client,
    ):
        start = time.monotonic()
        answer = client.post(LOOKUPS, json={"photoOf": first["id"]})
    assert time.monotonic() - start < READ_SECONDS + 5
    assert (answer.status_code, answer.json()["code"]) == (503, "timed_out")


class Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(403)


def test_a_store_that_refuses_is_no_failure_of_the_service(colours: Client, settings: Settings) -> None:
    first = post(colours, picture("red", mark=34))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    Thread(target=server.serve_forever, daemon=True).start()
    with server, stored_at(server.server_port, settings) as client:
        for answer in (
            client.post(LOOKUPS, json={"photoOf": first["id"]}),
            client.get(first["candidates"][0]["referenceImage"]["imageUrl"]),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
        server.shutdown()


def test_a_service_that_keeps_no_photos_says_so(colours: Client, settings: Settings) -> None:
    app = create_app(structs.replace(settings, keep_photos="off"), FakeEngine())
    with TestClient(app, raise_server_exceptions=False) as other:
        first = post(other, picture("red", mark=32))
        answer = other.post(LOOKUPS, json={"photoOf": first["id"]})
        assert (answer.status_code, answer.json()["code"]) == (410, "photo_not_kept")


def test_a_photo_is_in_one_place(colours: Client) -> None:
    first = post(colours, picture("red"))
    both = colours.post(LOOKUPS, json={"photoOf": first["id"], "photoUrl": "https://example.com/a.jpg"})
    assert (both.status_code, {one["field"] for one in both.json()["errors"]}) == (400, {"photoOf", "photoUrl"})
