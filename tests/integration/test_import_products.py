"""Imports beside what else happens to products and catalogs: removal, notices, previews, the audit log."""

import csv
import io
import json
from typing import Any

import pytest

from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.integration.test_import_states import IMPORTS, end, start, wait
from tests.pictures import archive, picture

HOT = [{"severity": "danger", "text": "Hot", "valid_until": "2999-12-31"}]
COLOURS = ("red", "lime", "blue")


@pytest.fixture
def empty(client: Client) -> Client:
    client.post("/v1/catalogs", json={"name": "c"})
    return client


def lines(*rows: dict[str, Any]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def coloured(*colours: str) -> bytes:
    table = "part_number,name,pictures\n" + "".join(f"P-{colour},{colour},{colour}.png\n" for colour in colours)
    return archive(table, {f"{colour}.png": picture(colour) for colour in colours})


def found(client: Client, colour: str) -> str:
    answer = client.post("/v1/catalogs/c/lookups", content=picture(colour), headers={"Content-Type": "image/jpeg"})
    return str(answer.json()["candidates"][0]["partNumber"])


def rows_of(client: Client, place: str) -> list[dict[str, str]]:
    text = client.get(f"{place}/failed-rows").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_what_a_sync_removes_can_be_restored_and_comes_back_with_an_import(empty: Client) -> None:
    assert end(empty, coloured(*COLOURS))["counters"]["created"] == 3
    gone = end(empty, coloured("red", "lime"), mode="sync", maxRemoved="0.5")
    assert gone["sync"] == {"maxRemoved": 0.5, "absent": 1, "removed": 1}
    assert found(empty, "blue") != "P-blue"
    removed = empty.get("/v1/catalogs/c/removed-products").json()["products"]
    assert [one["partNumber"] for one in removed] == ["P-blue"]
    # What was removed before is no longer what a sync counts.
    assert end(empty, coloured("red", "lime"), mode="sync", maxRemoved="0")["sync"]["absent"] == 0
    again = end(empty, coloured(*COLOURS))["counters"]
    assert (again["created"], again["unchanged"]) == (1, 2)
    assert found(empty, "blue") == "P-blue"
    assert len(empty.get("/v1/catalogs/c/products/P-blue").json()["referenceImages"]) == 1
    assert empty.get("/v1/catalogs/c/removed-products").json()["products"] == []


def test_notices_are_compared_landed_and_left_alone_where_a_file_has_none(empty: Client) -> None:
    row = {"part_number": "A", "name": "a"}
    with_notices = row | {"notices": HOT}
    assert end(empty, lines(with_notices))["counters"]["created"] == 1
    place = "/v1/catalogs/c/products/A"
    assert [one["text"] for one in empty.get(place).json()["notices"]] == ["Hot"]
    assert end(empty, lines(with_notices))["counters"]["unchanged"] == 1
    changed = row | {"notices": [HOT[0] | {"text": "Very hot"}]}
    assert end(empty, lines(changed))["counters"]["updated"] == 1
    assert end(empty, lines(row))["counters"]["unchanged"] == 1
    assert [one["text"] for one in empty.get(place).json()["notices"]] == ["Very hot"]
    # Somebody takes them away: the same file brings them back.
    product = empty.get(place)
    headers = {"Content-Type": "application/merge-patch+json", "If-Match": product.headers["ETag"]}
    assert empty.patch(place, content=b'{"notices": []}', headers=headers).status_code == 200
    assert end(empty, lines(changed))["counters"]["updated"] == 1
    assert [one["text"] for one in empty.get(place).json()["notices"]] == ["Very hot"]


def test_pictures_keep_their_order_and_those_uploaded_before_need_no_second_reading(empty: Client) -> None:
    uploads = [("picture", (f"{colour}.png", picture(colour))) for colour in COLOURS]
    kept = [one["id"] for one in empty.post("/v1/catalogs/c/pictures", files=uploads).json()["pictures"]]
    row = {"part_number": "A", "name": "a", "pictures": [f"picture:{one}" for one in kept]}
    assert end(empty, lines(row))["counters"]["created"] == 1
    places = empty.get("/v1/catalogs/c/references", params={"partNumber": "A"}).json()["pictures"]
    shown = [empty.get(one["imageUrl"]).content for one in places]
    assert shown == [picture(colour) for colour in COLOURS]
    assert end(empty, lines(row))["counters"]["unchanged"] == 1


def test_failed_lines_come_back_as_a_table_with_their_own_keys(empty: Client) -> None:
    upload = lines(
        {"Artikelnummer": "A", "Bezeichnung": "a", "Bilder": ["x.jpg"]},
        {"Artikelnummer": "", "Bezeichnung": "none", "metadata": {"size": "5"}, "Bilder": ["y.jpg", "z.jpg"]},
        {"Artikelnummer": "B", "Bezeichnung": "nul\0inside", "note": "=1+1"},
    )
    status = end(empty, upload + b"{no json\n")
    assert (status["counters"]["created"], status["counters"]["failed"]) == (1, 3)
    failed = rows_of(empty, f"{IMPORTS}/{status['id']}")
    assert list(failed[0])[:3] == ["Artikelnummer", "Bezeichnung", "Bilder"]
    assert (failed[0]["Bezeichnung"], failed[0]["size"], failed[0]["Bilder"]) == ("none", "5", "y.jpg;z.jpg")
    assert (failed[1]["Bezeichnung"], failed[1]["note"]) == ("nul\ufffdinside", "'=1+1")
    assert [row["error_code"] for row in failed] == ["part_number_missing", "character_invalid", "json_invalid"]
    failed[0] |= {"Artikelnummer": "C", "Bilder": ""}
    failed[1] |= {"Bezeichnung": "mended"}
    mended = io.StringIO()
    writer = csv.DictWriter(mended, list(failed[0]))
    writer.writeheader()
    writer.writerows(failed[:2])
    assert end(empty, mended.getvalue().encode())["counters"]["created"] == 2
    assert empty.get("/v1/catalogs/c/products/B").json()["metadata"] == {"note": "=1+1"}


def test_a_row_whose_bytes_cannot_be_read_comes_back_with_a_sign_in_their_place(empty: Client) -> None:
    status = end(empty, "part_number,name\nÄ-1,größer\nÖ-2,".encode() + b"b\xffd\nC-3,c\n")
    assert (status["counters"]["created"], status["counters"]["failed"]) == (2, 1)
    (failed,) = rows_of(empty, f"{IMPORTS}/{status['id']}")
    assert (failed["part_number"], failed["name"], failed["error_code"]) == ("Ö-2", "b\ufffdd", "encoding_invalid")


def test_an_import_of_a_removed_catalog_has_ended(settings: Settings) -> None:
    idle = Settings(**{name: getattr(settings, name) for name in settings.__struct_fields__} | {"worker": "off"})
    with TestClient(create_app(idle, FakeEngine())) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        start(client, coloured("red"))
        assert client.delete("/v1/catalogs/c", params={"confirm": "c"}).status_code == 204
        client.post("/v1/catalogs", json={"name": "c"})
        assert client.get(IMPORTS).json()["imports"] == []
    with TestClient(create_app(settings, FakeEngine())) as client:
        assert end(client, coloured("lime"))["counters"]["created"] == 1
        assert client.get("/v1/catalogs/c").json()["products"] == 1


def test_a_preview_of_a_sync_is_made_and_guarded(empty: Client) -> None:
    end(empty, coloured(*COLOURS))
    place = "/v1/catalogs/c/import-previews"
    upload: dict[str, Any] = {"content": coloured("red"), "headers": {"Content-Type": "application/zip"}}
    asked = empty.post(place, params={"mode": "sync"}, **upload)
    preview = wait(empty, asked.headers["Location"], "completed", "failed")
    assert preview["report"]["counters"]["wouldDelete"] == 2
    apply = f"{place}/{preview['id']}/apply"
    made = empty.post(apply, params={"maxRemoved": "0.9"})
    assert (made.status_code, made.json()["mode"], made.json()["id"]) == (202, "sync", preview["id"])
    assert wait(empty, made.headers["Location"], "completed", "failed")["sync"]["removed"] == 2
    assert empty.post(apply).json()["id"] == preview["id"]
    assert empty.get("/v1/catalogs/c").json()["products"] == 1
    merge = empty.post(place, **upload)
    preview = wait(empty, merge.headers["Location"], "completed", "failed")
    refused = empty.post(f"{place}/{preview['id']}/apply", params={"maxRemoved": "0.9"})
    assert refused.json()["errors"][0]["field"] == "maxRemoved"


def test_what_is_done_to_imports_is_written_down(settings: Settings) -> None:
    idle = Settings(**{name: getattr(settings, name) for name in settings.__struct_fields__} | {"worker": "off"})
    with TestClient(create_app(idle, FakeEngine())) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        place = start(client, coloured("red"))
        done = [client.post(f"{place}/{what}").status_code for what in ("pause", "resume", "cancel", "pause", "retry")]
        entries = client.get("/v1/audit", params={"limit": 6}).json()["entries"]
    assert done == [200, 200, 200, 409, 409]
    assert [(one["operation"], one["status"]) for one in entries] == [
        ("retryImport", 409),
        ("pauseImport", 409),
        ("cancelImport", 200),
        ("resumeImport", 200),
        ("pauseImport", 200),
        ("startImport", 202),
    ]
    assert [one["target"] for one in entries[-2:]] == [f"{place}/pause", place]
