"""Lookups' photos are kept without metadata, and their absence never costs an answer."""

import asyncio
import io
import socket
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psycopg
import pytest
from PIL import Image

from service.jobs.photos import WAIT_SECONDS
from service.recognition.embedding.fake import FakeEngine
from service.recognition.embedding.photo import PhotoDecoder
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.pictures import picture
from tests.unit.service.test_bare_jpeg import SECRET, phone_photo

LOOKUPS = "/v1/catalogs/colours/lookups"


def look_up(client: Client, photo: bytes) -> dict[str, Any]:
    answer = client.post(LOOKUPS, content=photo, headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def kept_row(settings: Settings, lookup_id: str) -> tuple[str | None, str | None]:
    with psycopg.connect(settings.database_url) as connection:
        query = "SELECT photo_key, photo_media_type FROM lookup WHERE id = %s"
        row = connection.execute(query, (lookup_id,)).fetchone()
    assert row is not None
    return row[0], row[1]


def kept_photo(settings: Settings, lookup_id: str) -> bytes | None:
    key, media_type = kept_row(settings, lookup_id)
    assert (key is None) == (media_type is None)
    if key is None:
        return None
    assert media_type == "image/jpeg"
    return Path(settings.pictures_location, key).read_bytes()


def upright(photo: bytes) -> Image.Image:
    async def decode() -> Image.Image:
        decoder = PhotoDecoder()
        try:
            return (await decoder.decode(photo, target=4000)).image
        finally:
            await decoder.close()

    return asyncio.run(decode())


def test_a_jpeg_is_kept_as_it_was_coded_without_what_the_phone_wrote_into_it(
    colours: Client, settings: Settings
) -> None:
    photo = phone_photo(orientation=6)
    kept = kept_photo(settings, look_up(colours, photo)["id"])
    assert kept is not None
    assert SECRET not in kept
    assert np.array_equal(np.asarray(upright(kept)), np.asarray(upright(photo)))


def test_other_formats_are_kept_as_an_upright_jpeg(colours: Client, settings: Settings) -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, SECRET.decode()
    Image.open(io.BytesIO(picture("red", size=(3000, 200)))).save(buffer, "WEBP", exif=exif)
    kept = kept_photo(settings, look_up(colours, buffer.getvalue())["id"])
    assert kept is not None
    assert SECRET not in kept
    opened = Image.open(io.BytesIO(kept))
    assert (opened.format, opened.size, dict(opened.getexif())) == ("JPEG", (107, 1600), {})


def test_a_photo_that_is_refused_is_not_kept(colours: Client, settings: Settings) -> None:
    assert colours.post(LOOKUPS, content=picture("red")[:700], headers={"Content-Type": "image/jpeg"}).is_error
    assert not Path(settings.pictures_location, "photos").exists()


def test_nothing_is_kept_where_the_operator_says_so(settings: Settings) -> None:
    off = msgspec.structs.replace(settings, keep_photos="off")
    with TestClient(create_app(off, FakeEngine())) as client:
        client.post("/v1/catalogs", json={"name": "colours"})
        assert kept_photo(off, look_up(client, picture("red"))["id"]) is None
    assert not Path(off.pictures_location, "photos").exists()


def test_a_store_that_is_away_costs_the_photo_and_not_the_answer(colours: Client, settings: Settings) -> None:
    Path(settings.pictures_location, "photos").write_text("a file where a folder has to be")
    found = look_up(colours, picture("red", mark=9))
    assert found["verdict"] == "match"
    assert kept_photo(settings, found["id"]) is None


def test_a_store_that_never_answers_costs_a_moment_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, reads nothing
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for name, value in {"ENDPOINT": address, "ALLOW_HTTP": "true", "REGION": "x"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        away = msgspec.structs.replace(settings, pictures="s3://bucket/photocode")
        with TestClient(create_app(away, FakeEngine())) as client:
            client.post("/v1/catalogs", json={"name": "colours"})
            spent = []
            for mark in range(3):
                start = time.monotonic()
                found = look_up(client, picture("red", mark=mark))
                spent.append(time.monotonic() - start)
                assert kept_row(away, found["id"]) == (None, None)
    assert WAIT_SECONDS <= spent[0] < WAIT_SECONDS + 2
    assert max(spent[1:]) < WAIT_SECONDS


@pytest.mark.parametrize("name", ["Landscape", "Portrait"])
def test_phones_held_in_all_ways_give_kept_photos_that_are_upright(
    name: str, colours: Client, settings: Settings, shared: Path
) -> None:
    for orientation in range(9):
        photo = (shared / "hostile" / "exif-orientation" / f"{name}_{orientation}.jpg").read_bytes()
        kept = kept_photo(settings, look_up(colours, photo)["id"])
        assert kept is not None
        assert np.array_equal(np.asarray(upright(kept)), np.asarray(upright(photo))), orientation
        assert len(Image.open(io.BytesIO(kept)).getexif()) <= 1
