"""Imports in two phases: found by vector first, then their surface is described in the background."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest
from PIL import Image

from catalog.search.surface.signatures import Signatures
from mobile_contract.catalogs import Enrichment
from service.demo.phone import Phone
from service.jobs import enrichment
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration import enriching_process
from tests.integration.conftest import Client
from tests.integration.forked import working
from tests.integration.test_imports import StuckEngine
from tests.pictures import COLOURS, archive, colour_catalog, picture

ROOT = Path(__file__).parents[2]
KILLED = 30
TRICKLE_SECONDS = 1.5
"""Of the test, which waits for it; longer than a few pictures take."""


class HeldSurface(FakeSurface):
    """Describes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def describe(self, image: Image.Image) -> tuple[Signatures, bytes]:
        assert self.let_go.wait(60)
        return super().describe(image)


class Picky(FakeSurface):
    """Fails on red pictures, as a library does on a picture that nobody foresaw."""

    def describe(self, image: Image.Image) -> tuple[Signatures, bytes]:
        pixel = image.getpixel((image.width // 2, image.height // 2))
        if isinstance(pixel, tuple) and pixel[0] > 200 and max(pixel[1:]) < 60:
            raise OSError("a red one")
        return super().describe(image)


def start_import(client: Client, upload: bytes) -> str:
    client.post("/v1/catalogs", json={"name": "c"})
    started = client.post("/v1/catalogs/c/imports", files={"archive": ("c.zip", upload)})
    assert started.status_code == 202, started.text
    return str(started.headers["Location"])


def wait_until(look: Callable[[], dict[str, Any]], done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        if done(status := look()):
            return status
        time.sleep(0.02)
    raise AssertionError(status)


def enriched(client: Client, place: str) -> dict[str, Any]:
    """An import's enrichment once nothing of it waits."""

    def done(status: dict[str, Any]) -> bool:
        return bool(status["state"] == "completed" and status["enrichment"]["pending"] == 0)

    found: dict[str, Any] = wait_until(lambda: client.get(place).json(), done)["enrichment"]
    return found


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute(query).fetchall()


def test_an_import_is_found_by_vector_before_its_surfaces_are_described(settings: Settings) -> None:
    surface = HeldSurface()
    with TestClient(create_app(settings, FakeEngine(), surface)) as client:
        place = start_import(client, colour_catalog())
        status = wait_until(lambda: client.get(place).json(), lambda status: status["state"] == "completed")
        everything = len(COLOURS)
        assert status["enrichment"] == {"total": everything, "pending": everything, "enriched": 0, "failed": 0}
        found = client.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("red", mark=9))}).json()
        assert (found["verdict"], found["candidates"][0]["partNumber"]) == ("match", "P-red")
        surface.let_go.set()
        assert enriched(client, place) == {"total": everything, "pending": 0, "enriched": everything, "failed": 0}
        catalog = client.get("/v1/catalogs/c").json()
        assert catalog["enrichment"]["enriched"] == catalog["referenceImages"] == everything
        assert "photocode_enriched_references_total" in client.get("/metrics").text


def test_what_is_written_is_what_the_extractor_said(client: Client, settings: Settings) -> None:
    assert enriched(client, start_import(client, colour_catalog(("red",))))["enriched"] == 1
    ((key, packed, vocabulary),) = rows(settings, "SELECT features_key, signatures, vocabulary FROM surface_signature")
    ((picture_key,),) = rows(settings, "SELECT object_key FROM reference_image")
    store = Path(settings.pictures_location)
    signatures, features = FakeSurface().describe(Image.open(store / picture_key).convert("RGB"))
    assert (packed, vocabulary) == (signatures.to_bytes(), FakeSurface().vocabulary)
    assert len(signatures) > 0
    assert store.joinpath(key).read_bytes() == features


def test_counters_are_of_the_pictures_that_an_import_added(client: Client) -> None:
    first = start_import(client, colour_catalog(("red", "lime")))
    assert enriched(client, first)["total"] == 2
    second = start_import(client, colour_catalog(("red", "lime", "blue")))
    assert enriched(client, second) == {"total": 1, "pending": 0, "enriched": 1, "failed": 0}
    assert enriched(client, first)["total"] == 2
    assert client.get("/v1/catalogs/c").json()["enrichment"]["total"] == 3


def test_a_picture_without_texture_is_enriched_with_nothing(client: Client, settings: Settings) -> None:
    table = "part_number,name,pictures\nA,a,a.png\n"
    plain = picture("gray", size=(64, 64), mark=200)
    assert enriched(client, start_import(client, archive(table, {"a.png": plain})))["enriched"] == 1
    assert rows(settings, "SELECT length(signatures) FROM surface_signature") == [(len(_nothing()),)]


def _nothing() -> bytes:
    return FakeSurface().describe(Image.new("RGB", (64, 64)))[0].to_bytes()


def test_a_picture_that_cannot_be_described_fails_alone(settings: Settings) -> None:
    with TestClient(create_app(settings, FakeEngine(), Picky())) as client:
        place = start_import(client, colour_catalog())
        assert enriched(client, place) == {"total": 6, "pending": 0, "enriched": 5, "failed": 1}
        found = client.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("red", mark=9))}).json()
        assert found["candidates"][0]["partNumber"] == "P-red"


def test_a_picture_that_has_gone_from_the_store_is_counted_as_failed(settings: Settings) -> None:
    surface = HeldSurface()
    with TestClient(create_app(settings, FakeEngine(), surface)) as client:
        place = start_import(client, colour_catalog())
        wait_until(lambda: client.get(place).json(), lambda status: status["state"] == "completed")
        # The first one is in the worker's hands already.
        keys = rows(settings, "SELECT object_key FROM reference_image ORDER BY created_at, id")
        Path(settings.pictures_location, keys[-1][0]).unlink()
        surface.let_go.set()
        assert enriched(client, place) == {"total": 6, "pending": 0, "enriched": 5, "failed": 1}


def test_a_picture_that_the_store_never_gives_does_not_stop_those_behind_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrichment, "IDLE_SECONDS", 0.3)
    surface = HeldSurface()
    with TestClient(create_app(settings, FakeEngine(), surface)) as client:
        place = start_import(client, colour_catalog())
        wait_until(lambda: client.get(place).json(), lambda status: status["state"] == "completed")
        keys = rows(settings, "SELECT object_key FROM reference_image ORDER BY created_at, id")
        stubborn = Path(settings.pictures_location, keys[1][0])
        stubborn.rename(stubborn.with_suffix(".kept"))
        stubborn.symlink_to(stubborn)  # reading it fails, and not because it is gone
        surface.let_go.set()
        wait_until(lambda: client.get(place).json(), lambda status: status["enrichment"]["enriched"] == 5)
        assert client.get(place).json()["enrichment"]["pending"] == 1
        stubborn.with_suffix(".kept").replace(stubborn)
        assert enriched(client, place)["enriched"] == 6


def test_another_vocabulary_describes_all_references_anew(settings: Settings) -> None:
    with TestClient(create_app(settings, FakeEngine(), Picky("one"))) as first:
        place = start_import(first, colour_catalog())
        assert enriched(first, place)["failed"] == 1
    assert set(rows(settings, "SELECT vocabulary FROM surface_signature")) == {("one",)}
    with TestClient(create_app(settings, FakeEngine(), FakeSurface("two"))) as second:
        wait_until(lambda: second.get(place).json(), lambda status: status["enrichment"]["enriched"] == 6)
        wait_until(
            lambda: {"found": rows(settings, "SELECT vocabulary, count(*) FROM surface_signature GROUP BY 1")},
            lambda status: status["found"] == [("two", 6)],
        )
    before = rows(settings, "SELECT xmin::text FROM surface_signature ORDER BY 1")
    with TestClient(create_app(settings, FakeEngine(), FakeSurface("two"))) as third:
        assert enriched(third, place)["enriched"] == 6
    assert rows(settings, "SELECT xmin::text FROM surface_signature ORDER BY 1") == before, "nothing is done twice"


def test_without_surfaces_nothing_is_described_and_nothing_is_said_of_it(settings: Settings) -> None:
    off = msgspec.structs.replace(settings, surface="off")
    with TestClient(create_app(off, FakeEngine(), FakeSurface())) as client:
        place = start_import(client, colour_catalog())
        status = wait_until(lambda: client.get(place).json(), lambda status: status["state"] == "completed")
        assert "enrichment" not in status
        assert "enrichment" not in client.get("/v1/catalogs/c").json()
    assert rows(off, "SELECT DISTINCT surface_state FROM reference_image") == [("pending",)]


def test_while_rows_of_an_import_wait_surfaces_come_in_a_trickle(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrichment, "TRICKLE_SECONDS", TRICKLE_SECONDS)
    with TestClient(create_app(settings, FakeEngine())) as client:
        first = start_import(client, colour_catalog())
        wait_until(lambda: client.get(first).json(), lambda status: status["state"] == "completed")
    with TestClient(create_app(settings, StuckEngine())) as client:
        second = start_import(client, colour_catalog(("gray", "black")))
        wait_until(lambda: client.get(second).json(), lambda status: status["counters"]["total"] == 2)
    with TestClient(create_app(settings, StuckEngine(), FakeSurface())) as client:
        begin = time.monotonic()
        wait_until(lambda: client.get(first).json(), lambda status: status["enrichment"]["enriched"] == 2)
        assert time.monotonic() - begin > TRICKLE_SECONDS * 0.8
    with TestClient(create_app(settings, FakeEngine(), FakeSurface())) as client:
        wait_until(lambda: client.get("/v1/catalogs/c").json(), lambda catalog: catalog["enrichment"]["enriched"] == 8)


def test_the_demo_waits_for_surfaces_and_its_wait_has_an_end(settings: Settings) -> None:
    surface = HeldSurface()
    with TestClient(create_app(settings, FakeEngine(), surface)) as client:
        phone = Phone(client)
        phone.create_catalog("c", "")
        phone.import_archive("c", colour_catalog(), lambda _: None)
        seen: list[Enrichment] = []
        stuck = phone.wait_for_enrichment("c", seen.append, patience=0.3)
        assert stuck is not None
        assert (stuck.pending, stuck.total, {state.pending for state in seen}) == (6, 6, {6})
        surface.let_go.set()
        assert phone.wait_for_enrichment("c", seen.append) == Enrichment(total=6, pending=0, enriched=6, failed=0)
    without = msgspec.structs.replace(settings, surface="off")
    with TestClient(create_app(without, FakeEngine())) as client:
        assert Phone(client).wait_for_enrichment("c", seen.append) is None


def test_the_log_of_changes_does_not_grow_for_ever(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as connection:
        change = "INSERT INTO surface_change (catalog_id, reference_id, created_at) VALUES (%s, %s, now() - %s)"
        for age in (timedelta(days=30), timedelta(minutes=1)):
            connection.execute(change, (uuid4(), uuid4(), age))
    with TestClient(create_app(settings, FakeEngine(), FakeSurface())):
        count = "SELECT count(*) FROM surface_change"
        wait_until(lambda: {"left": rows(settings, count)[0][0]}, lambda status: status["left"] == 1)


def test_a_worker_that_is_killed_leaves_nothing_undone_and_does_nothing_twice(settings: Settings) -> None:
    table = "part_number,name,pictures\n" + "".join(f"P-{i},part {i},{i}.jpg\n" for i in range(KILLED))
    pictures = {f"{i}.jpg": picture("gray", mark=3 * i) for i in range(KILLED)}
    with TestClient(create_app(settings, FakeEngine())) as client:
        place = start_import(client, archive(table, pictures))
        wait_until(lambda: client.get(place).json(), lambda status: status["state"] == "completed")

    def done() -> dict[str, Any]:
        found = rows(settings, "SELECT reference_id, xmin::text FROM surface_signature")
        return {str(reference): xmin for reference, xmin in found}

    with working(settings, enriching_process.work):
        before = wait_until(done, lambda found: len(found) >= 3)
    before |= done()
    assert len(before) < KILLED
    assert rows(settings, "SELECT count(*) FROM reference_image WHERE surface_state = 'enriched'") == [(len(before),)]
    with working(settings, enriching_process.work) as second:
        after = wait_until(done, lambda found: len(found) == KILLED)
        second.look_after()
        assert second.deaths == 0
    assert {reference: after[reference] for reference in before} == before
    assert rows(settings, "SELECT DISTINCT surface_state FROM reference_image") == [("enriched",)]
