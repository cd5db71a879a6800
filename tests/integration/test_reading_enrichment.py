"""References are read in the second phase of an import: after their surfaces, and once by each reader."""

import threading
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from PIL import Image

from service.jobs import enrichment
from service.recognition.embedding.fake import FakeEngine
from service.recognition.reading.fake import FakeReader
from service.recognition.reading.port import Line
from service.recognition.reading.words import folded
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.integration.test_enrichment import HeldSurface, rows, start_import, wait_until
from tests.integration.test_imports import StuckEngine
from tests.pictures import colour_catalog

SAYS = {"red": "Röd 6204-2RS\nC3\x00", "lime": "LIME"}
KEPT = """
    SELECT p.part_number, r.text_state, r.text_reader, r.text_read
    FROM reference_image r JOIN product p ON p.id = r.product_id ORDER BY 1
"""


class HeldReader(FakeReader):
    """Reads nothing until it is let go."""

    def __init__(self, name: str = "held") -> None:
        super().__init__(SAYS, name=name)
        self.let_go = threading.Event()

    def read(self, image: Image.Image) -> list[Line]:
        assert self.let_go.wait(60)
        return super().read(image)


class Picky(FakeReader):
    """Fails on what it can read."""

    def read(self, image: Image.Image) -> list[Line]:
        if found := super().read(image):
            raise OSError(found[0].text)
        return found


@pytest.fixture
def on(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, text="auto")


def read(client: Client, place: str) -> dict[str, Any]:
    """An import's reading once nothing of it waits."""

    def done(status: dict[str, Any]) -> bool:
        return bool(status["state"] == "completed" and status["reading"]["pending"] == 0)

    found: dict[str, Any] = wait_until(lambda: client.get(place).json(), done)["reading"]
    return found


def counts(total: int, pending: int = 0, failed: int = 0) -> dict[str, int]:
    return {"total": total, "pending": pending, "read": total - pending - failed, "failed": failed}


def test_an_import_counts_what_is_read_after_what_is_described(on: Settings) -> None:
    surface, reader = HeldSurface(), HeldReader()
    with TestClient(create_app(on, FakeEngine(), surface, reader=reader)) as client:
        place = start_import(client, colour_catalog(("red", "lime")))
        status = wait_until(lambda: client.get(place).json(), lambda status: status["state"] == "completed")
        assert (status["enrichment"]["pending"], status["reading"]) == (2, counts(2, pending=2))
        surface.let_go.set()
        status = wait_until(lambda: client.get(place).json(), lambda status: status["enrichment"]["pending"] == 0)
        assert status["reading"] == counts(2, pending=2)
        reader.let_go.set()
        assert read(client, place) == client.get("/v1/catalogs/c").json()["reading"] == counts(2)
        assert "photocode_read_references_total" in client.get("/metrics").text
    assert rows(on, KEPT) == [
        ("P-lime", "read", "held", "LIME"),
        ("P-red", "read", "held", "Röd 6204-2RS C3"),
    ]


def test_text_is_read_where_surfaces_are_off(on: Settings) -> None:
    off = msgspec.structs.replace(on, surface="off")
    with TestClient(create_app(off, FakeEngine(), reader=FakeReader(SAYS))) as client:
        place = start_import(client, colour_catalog(("red", "blue")))
        assert read(client, place) == counts(2)
        assert "enrichment" not in client.get(place).json()
    assert [row[3] for row in rows(on, KEPT)] == ["", "Röd 6204-2RS C3"]


def test_a_picture_that_cannot_be_read_or_has_gone_fails_alone(on: Settings) -> None:
    surface = HeldSurface()
    with TestClient(create_app(on, FakeEngine(), surface, reader=Picky(SAYS))) as client:
        place = start_import(client, colour_catalog(("red", "blue", "cyan")))
        wait_until(lambda: client.get(place).json(), lambda status: status["state"] == "completed")
        of_cyan = (
            "SELECT object_key FROM product p JOIN reference_image r ON r.product_id = p.id WHERE name = 'cyan part'"
        )
        Path(on.pictures_location, rows(on, of_cyan)[0][0]).unlink()
        surface.let_go.set()
        assert read(client, place) == counts(3, failed=2)
    assert [(row[1], row[3]) for row in rows(on, KEPT)] == [("read", ""), ("failed", None), ("failed", None)]


def test_another_reader_reads_all_anew_and_the_same_one_nothing_twice(on: Settings) -> None:
    def opened(reader: FakeReader) -> TestClient:
        return TestClient(create_app(on, FakeEngine(), FakeSurface(), reader=reader))

    with opened(Picky(SAYS, name="one")) as client:
        place = start_import(client, colour_catalog(("red", "lime", "blue")))
        assert read(client, place) == counts(3, failed=2)
    with opened(FakeReader(SAYS, name="two")) as client:
        wait_until(lambda: client.get(place).json(), lambda status: status["reading"] == counts(3))
    assert {row[1:3] for row in rows(on, KEPT)} == {("read", "two")}
    before = rows(on, "SELECT xmin::text FROM reference_image ORDER BY id")
    with opened(FakeReader(SAYS, name="two")) as client:
        assert read(client, place) == counts(3)
    assert rows(on, "SELECT xmin::text FROM reference_image ORDER BY id") == before


def test_reading_trickles_while_the_rows_of_an_import_wait(on: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrichment, "TRICKLE_SECONDS", 3.0)
    with TestClient(create_app(msgspec.structs.replace(on, text="off"), FakeEngine(), FakeSurface())) as client:
        first = start_import(client, colour_catalog(("red", "lime")))
        wait_until(lambda: client.get(first).json(), lambda status: status["enrichment"]["enriched"] == 2)
    reader = HeldReader()
    with TestClient(create_app(on, StuckEngine(), FakeSurface(), reader=reader)) as client:
        second = start_import(client, colour_catalog(("gray", "black")))
        wait_until(lambda: client.get(second).json(), lambda status: status["counters"]["total"] == 2)
        reader.let_go.set()
        wait_until(lambda: client.get(first).json(), lambda status: status["reading"]["read"] == 1)
        assert client.get(first).json()["reading"] == counts(2, pending=1)
        wait_until(lambda: client.get(first).json(), lambda status: status["reading"]["read"] == 2)


def test_words_are_folded_as_full_text_search_folds_them(database_url: str) -> None:
    """In SQL dashes stand between words of one chunk; here they are apart."""
    texts = [
        "MELLANMJÖLK",
        "M8 × 40",
        "8 - X - 40",
        "Straße Łódź ﬁne",
        "va\u00adnilj",
        "ΟΔΟΣ Ørsted Æon",
        "a_b/c.d",
        "№ 5™",
    ]
    with psycopg.connect(database_url) as connection:
        for text in texts:
            ((said,),) = connection.execute("SELECT translate(folded(%s), '-', ' ')", (text,)).fetchall()
            assert folded(text) == said.split(), text
