"""Imports: what lands, what is told, and that nothing is lost."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.pictures import archive, colour_catalog, picture

Import = Callable[..., dict[str, Any]]


@pytest.fixture
def empty(client: Client) -> Client:
    client.post("/v1/catalogs", json={"name": "c"})
    return client


def test_bad_rows_and_pictures_are_told_by_line_and_the_rest_lands(empty: Client, run_import: Import) -> None:
    table = (
        "part_number,name,size,pictures\n"
        "A-1,good,5,a.jpg\n"
        ",no number,5,a.jpg\n"
        "A-3,too,many,cells,here\n"
        "A-4,broken picture,5,broken.jpg;b.jpg\n"
        "A-1,twice,5,\n"
        '"A/6","two\nlines",5,nowhere.jpg\n'
        "A-7,,5,\n"
    )
    pictures = {"a.jpg": picture("red"), "b.jpg": picture("blue"), "broken.jpg": picture("lime")[:600]}
    status = run_import("c", archive(table, pictures))
    assert status["state"] == "completed"
    told = [(e["line"], e.get("column"), e["code"]) for e in status["errors"]]
    assert told == [
        (3, "part_number", "part_number_missing"),
        (4, None, "cells_miscounted"),
        (5, "pictures", "photo_unreadable"),
        (6, "part_number", "part_number_repeated"),
        (7, "pictures", "picture_missing"),
        (9, "name", "name_missing"),
    ]
    counters = status["counters"]
    assert (counters["total"], counters["created"], counters["failed"], counters["withWarnings"]) == (7, 3, 4, 2)
    assert empty.get("/v1/catalogs/c").json()["products"] == 3
    landed = empty.get("/v1/catalogs/c/products/A-4").json()
    assert len(landed["referenceImages"]) == 1
    assert empty.get("/v1/catalogs/c/products/A/6").json()["name"] == "two\nlines"
    assert landed["metadata"] == {"size": "5"}


def test_the_same_file_twice_changes_nothing_and_a_changed_name_is_an_update(empty: Client, run_import: Import) -> None:
    assert run_import("c", colour_catalog())["counters"]["created"] == 6
    before = empty.get("/v1/catalogs/c/products/P-red").json()
    assert run_import("c", colour_catalog())["counters"]["unchanged"] == 6
    assert empty.get("/v1/catalogs/c/products/P-red").json() == before
    table = "part_number,name,category,finish,pictures\nP-red,renamed,even,red,pictures/red.jpg\n"
    status = run_import("c", archive(table, {"pictures/red.jpg": picture("red")}))
    assert status["counters"]["updated"] == 1
    after = empty.get("/v1/catalogs/c/products/P-red").json()
    assert (after["name"], after["referenceImages"]) == ("renamed", before["referenceImages"])


def test_a_row_lists_all_its_pictures_and_a_table_without_that_column_leaves_them(
    empty: Client, run_import: Import
) -> None:
    run_import(
        "c",
        archive("part_number,name,pictures\nA,a,r.jpg;b.jpg\n", {"r.jpg": picture("red"), "b.jpg": picture("blue")}),
    )
    run_import("c", archive("part_number,name\nA,b\n"))
    assert len(empty.get("/v1/catalogs/c/products/A").json()["referenceImages"]) == 2
    status = run_import("c", archive("part_number,name,pictures\nA,b,b.jpg\n", {"b.jpg": picture("blue")}))
    assert status["counters"]["updated"] == 1
    assert len(empty.get("/v1/catalogs/c/products/A").json()["referenceImages"]) == 1
    found = empty.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("red"))}).json()
    assert found["verdict"] == "no_match"


def test_spreadsheets_of_other_countries_are_read(empty: Client, run_import: Import) -> None:
    table = "\ufeffPart Number;Name;pictures\r\nÄ-1;Schraube;r.jpg|b.jpg\r\n"
    status = run_import(
        "c", archive(table, {"r.jpg": picture("red"), "b.jpg": picture("blue")}, table_name="liste.CSV")
    )
    assert status["counters"]["created"] == 1, status
    assert len(empty.get("/v1/catalogs/c/products/Ä-1").json()["referenceImages"]) == 2


@pytest.mark.parametrize(
    ("upload", "status", "code", "word"),
    [
        (b"not a zip", 422, "import_archive_invalid", "ZIP"),
        (archive("name\nx\n"), 422, "import_table_invalid", "part_number"),
        (archive("", table_name="readme.txt"), 422, "import_table_invalid", "CSV"),
        (archive("part_number,name,name\n"), 422, "import_table_invalid", "twice"),
        (archive(""), 422, "import_table_invalid", "empty"),
    ],
)
def test_an_upload_that_is_wrong_as_a_whole_is_refused(
    empty: Client, upload: bytes, status: int, code: str, word: str
) -> None:
    answer = empty.post("/v1/catalogs/c/imports", content=upload, headers={"Content-Type": "application/zip"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert word in answer.json()["detail"]


def test_a_table_whose_checksum_is_wrong_is_refused_as_a_whole(empty: Client) -> None:
    upload = archive("part_number,name\nA,a\nB,bee\n").replace(b"bee", b"b\xe9e")
    answer = empty.post("/v1/catalogs/c/imports", content=upload, headers={"Content-Type": "application/zip"})
    assert (answer.status_code, answer.json()["code"]) == (422, "import_archive_invalid")
    assert "checksum" in answer.json()["detail"]


def test_a_form_carries_an_archive_too(empty: Client) -> None:
    answer = empty.post("/v1/catalogs/c/imports", files={"archive": ("c.zip", colour_catalog())})
    assert answer.status_code == 202, answer.text


def test_an_import_that_was_cut_off_goes_on_after_a_restart(settings: Settings) -> None:
    engine = StuckEngine()
    with TestClient(create_app(settings, engine)) as first:
        first.post("/v1/catalogs", json={"name": "c"})
        started = first.post("/v1/catalogs/c/imports", files={"archive": ("c.zip", colour_catalog())})
        place = started.headers["Location"]
        while (status := first.get(place).json())["state"] != "running":
            time.sleep(0.02)
        assert status["counters"]["pending"] == 6
    with TestClient(create_app(settings, FakeEngine())) as second:
        for _ in range(400):
            status = second.get(place).json()
            if status["state"] == "completed":
                break
        assert status["counters"]["created"] == 6, status


def test_a_catalog_of_another_model_refuses_photos_and_imports(settings: Settings) -> None:
    with TestClient(create_app(settings, FakeEngine("one"))) as first:
        first.post("/v1/catalogs", json={"name": "c"})
    with TestClient(create_app(settings, FakeEngine("two"))) as second:
        answers = [
            second.post("/v1/catalogs/c/imports", files={"archive": ("c.zip", colour_catalog())}),
            second.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("red"))}),
        ]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(409, "space_mismatch")] * 2


class StuckEngine(FakeEngine):
    """Takes pictures and never gives a vector back, as a process does that is about to be killed."""

    async def embed_images(self, images: Any) -> Any:
        await asyncio.Event().wait()
