"""ZIP files that are packed in ways that are not taken."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import Client
from tests.pictures import picture

TABLE = "part_number,name,pictures\nP-1,one,a.jpg\nP-2,two,b.jpg\n"


def packed(table: int, first: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("products.csv", TABLE, table)
        opened.writestr("a.jpg", picture("red"), first)
        opened.writestr("b.jpg", picture("lime"), zipfile.ZIP_BZIP2)
    return buffer.getvalue()


def test_a_picture_packed_so_costs_itself_and_is_told_by_code(
    client: Client, run_import: Callable[..., dict[str, Any]]
) -> None:
    client.post("/v1/catalogs", json={"name": "c"})
    status = run_import("c", packed(zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    assert (status["state"], status["counters"]["created"]) == ("completed", 2)
    ((line, code, message),) = [(one["line"], one["code"], one["message"]) for one in status["errors"]]
    assert (line, code) == (2, "picture_packing_unsupported")
    assert "LZMA" in message


def test_a_table_packed_so_refuses_the_upload(client: Client) -> None:
    client.post("/v1/catalogs", json={"name": "c"})
    upload = packed(zipfile.ZIP_LZMA, zipfile.ZIP_STORED)
    answer = client.post("/v1/catalogs/c/imports", content=upload, headers={"Content-Type": "application/zip"})
    assert (answer.status_code, answer.json()["code"]) == (422, "import_archive_invalid")
    assert "LZMA" in answer.json()["detail"]
