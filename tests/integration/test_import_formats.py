"""What an import can be given, over HTTP: found out, told, overruled; and refused in words where it cannot be read."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.conftest import Client
from tests.pictures import archive, picture

IMPORTS = "/v1/catalogs/c/imports"


@pytest.fixture
def empty(client: Client) -> Client:
    client.post("/v1/catalogs", json={"name": "c"})
    return client


def finished(client: Client, place: str) -> dict[str, Any]:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        status: dict[str, Any] = client.get(place).json()
        if status["state"] in ("completed", "failed"):
            return status
        time.sleep(0.02)
    raise AssertionError(status)


def run(client: Client, upload: bytes, kind: str = "text/csv", **options: str) -> dict[str, Any]:
    asked = f"{IMPORTS}?{urlencode(options)}" if options else IMPORTS
    started = client.post(asked, content=upload, headers={"Content-Type": kind})
    assert started.status_code == 202, started.text
    assert started.json()["detected"], "told at once"
    return finished(client, started.headers["Location"])


def test_a_plain_table_is_imported_and_told_how_it_was_read(empty: Client) -> None:
    table = "Artikel-Nr.;Bezeichnung;Größe\nA;Schlüssel;5\n".encode("cp1252")
    status = run(empty, table)
    assert status["detected"] == {
        "format": "csv",
        "encoding": "cp1252",
        "delimiter": ";",
        "columns": {"Artikel-Nr.": "part_number", "Bezeichnung": "name", "Größe": "metadata:Größe"},
    }
    assert list(status["detected"]["columns"]) == ["Artikel-Nr.", "Bezeichnung", "Größe"], "as they stand in the table"
    landed = empty.get("/v1/catalogs/c/products/A").json()
    assert (landed["name"], landed["metadata"]) == ("Schlüssel", {"Größe": "5"})


@pytest.mark.parametrize(
    "kind", ["text/csv", "application/octet-stream", "application/zip", "application/x-ndjson", "text/plain"]
)
def test_what_an_upload_is_its_bytes_say(empty: Client, kind: str) -> None:
    assert run(empty, b"sku,title\nA,a\n", kind)["counters"]["created"] == 1
    assert run(empty, b'{"sku": "B", "title": "b"}\n', kind)["detected"]["format"] == "jsonl"
    status = run(empty, archive('{"sku": "C", "title": "c", "image": "r.jpg"}\n', {"r.jpg": picture("red")}), kind)
    assert (status["counters"]["created"], status["detected"]["table"]) == (1, "products.csv")
    assert len(empty.get("/v1/catalogs/c/products/C").json()["referenceImages"]) == 1


def test_a_form_carries_a_table_too(empty: Client) -> None:
    for name in ("archive", "table", "file"):
        answer = empty.post(IMPORTS, files={name: ("c.csv", b"sku,title\nA,a\n")})
        assert answer.status_code == 202, answer.text


def test_a_client_that_knows_better_is_believed(empty: Client) -> None:
    table = "Nr\tTyp\tMaß\nA\tb;c\t5\n".encode("cp850")
    columns = json.dumps({"Nr": "part_number", "Typ": "name", "Maß": "metadata:size"})
    status = run(empty, table, encoding="cp850", delimiter="tab", format="csv", columns=columns)
    assert status["detected"]["columns"] == {"Nr": "part_number", "Typ": "name", "Maß": "metadata:size"}
    landed = empty.get("/v1/catalogs/c/products/A").json()
    assert (landed["name"], landed["metadata"]) == ("b;c", {"size": "5"})


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"encoding": "rot13"}, "encoding"),
        ({"delimiter": "ab"}, "delimiter"),
        ({"columns": "no json"}, "columns"),
        ({"columns": '{"a": 1}'}, "columns"),
        ({"columns": '{"a": "nothing"}'}, "columns"),
        ({"format": "xlsx"}, "format"),
    ],
)
def test_what_cannot_be_meant_is_refused(empty: Client, options: dict[str, str], field: str) -> None:
    answer = empty.post(
        f"{IMPORTS}?{urlencode(options)}", content=b"sku,title\nA,a\n", headers={"Content-Type": "text/csv"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert answer.json()["errors"][0]["field"] in (field, "table_format")


@pytest.mark.parametrize(
    ("upload", "kind", "status", "code", "word"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "application/vnd.ms-excel",
            415,
            "import_format_unsupported",
            "save it as",
        ),
        (
            archive("x", {"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            415,
            "import_format_unsupported",
            ".xlsx",
        ),
        (b"", "text/csv", 422, "import_table_invalid", "empty"),
        (b"sku,title\n", "text/csv", 422, "import_table_invalid", "no row"),
        (b"a,b\n1,2\n", "text/csv", 422, "import_table_invalid", "columns"),
        (archive("sku,title\nA,a\n")[:-30], "application/zip", 422, "import_archive_invalid", "cut off"),
        (b"sku,title\nA,a\n", "image/png", 415, "unsupported_media_type", "text/csv"),
    ],
)
def test_an_upload_that_cannot_be_read_is_refused_and_writes_nothing(
    empty: Client, upload: bytes, kind: str, status: int, code: str, word: str
) -> None:
    answer = empty.post(IMPORTS, content=upload, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert word in answer.json()["detail"]
    assert empty.get("/v1/catalogs/c").json()["products"] == 0


def test_a_row_that_is_wrong_in_any_way_is_told_and_the_rest_lands(empty: Client) -> None:
    table = (
        b"part_number,name,size\nA,\"open,1\nB,b,2\nC,\xc3\xb6\xff,3\nD,=cmd|' /C calc'!A0,4\n"
        b"E," + b"x" * 1_200_000 + b",5\nF,f,6,7\nB,again,8\nG,g\0,9\nH,h,10\n"
    )
    status = run(empty, table)
    assert [(error["line"], error.get("column"), error["code"]) for error in status["errors"]] == [
        (2, "name", "quotes_unbalanced"),
        (4, "name", "encoding_invalid"),
        (6, None, "line_too_long"),
        (7, None, "cells_miscounted"),
        (8, "part_number", "part_number_repeated"),
        (9, "name", "character_invalid"),
    ]
    assert (status["counters"]["created"], status["counters"]["failed"]) == (3, 6)
    assert empty.get("/v1/catalogs/c/products/D").json()["name"] == "=cmd|' /C calc'!A0"
