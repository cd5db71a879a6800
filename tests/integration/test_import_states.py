"""Imports that are paused, gone on with, cancelled, tried again, listed, watched and given back to be mended."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from PIL import Image

from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.pictures import archive, colour_catalog, picture

Import = Callable[..., dict[str, Any]]
IMPORTS = "/v1/catalogs/c/imports"
ZIP = {"Content-Type": "application/zip"}
PATIENCE_SECONDS = 60


class GatedEngine(FakeEngine):
    """Gives no vectors while it is shut."""

    shut = False

    async def embed_images(self, images: Any) -> Any:
        if self.shut:
            raise OSError("the store is away, say")
        return await super().embed_images(images)


@pytest.fixture
def engine() -> GatedEngine:
    return GatedEngine()


@pytest.fixture
def gated(settings: Settings, engine: GatedEngine) -> Iterator[Client]:
    with TestClient(create_app(settings, engine), raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        yield client


@pytest.fixture
def empty(client: Client) -> Client:
    client.post("/v1/catalogs", json={"name": "c"})
    return client


def start(client: Client, upload: bytes, **options: str) -> str:
    answer = client.post(IMPORTS, params=options, content=upload, headers=ZIP)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["Location"])


def wait(client: Client, place: str, *states: str) -> dict[str, Any]:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        status: dict[str, Any] = client.get(place).json()
        if status["state"] in states:
            return status
        time.sleep(0.02)
    raise AssertionError(status)


def end(client: Client, upload: bytes, **options: str) -> dict[str, Any]:
    return wait(client, start(client, upload, **options), "completed", "failed", "cancelled")


def change(client: Client, place: str, how: str) -> tuple[int, str]:
    answer = client.post(f"{place}/{how}")
    return answer.status_code, answer.json().get("state") or answer.json()["code"]


def numbered(count: int, *, name: str = "part", first: int = 0) -> bytes:
    rows = "".join(f"N-{number},{name} {number}\n" for number in range(first, first + count))
    return archive(f"part_number,name\n{rows}")


def test_an_import_rests_while_it_is_paused_and_goes_on_where_it_was(gated: Client, engine: GatedEngine) -> None:
    engine.shut = True
    place = start(gated, colour_catalog())
    wait(gated, place, "running")
    assert change(gated, place, "pause") == (200, "paused")
    assert change(gated, place, "pause") == (200, "paused")
    engine.shut = False
    time.sleep(1.2)
    assert gated.get(place).json()["counters"] == {
        "total": 6,
        "pending": 6,
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
        "withWarnings": 0,
    }
    assert change(gated, place, "resume")[0] == 200
    status = wait(gated, place, "completed")
    assert status["counters"]["created"] == 6
    assert [change(gated, place, how) for how in ("pause", "resume", "cancel")] == [(409, "import_state_unfit")] * 3


def test_a_paused_import_lets_the_next_one_of_its_catalog_go_first(gated: Client, engine: GatedEngine) -> None:
    engine.shut = True
    place = start(gated, colour_catalog())
    change(gated, place, "pause")
    engine.shut = False
    assert end(gated, numbered(3))["counters"]["created"] == 3
    assert gated.get(place).json()["state"] == "paused"


def test_imports_of_a_catalog_land_one_after_the_other_so_that_the_last_one_stays(
    gated: Client, engine: GatedEngine
) -> None:
    engine.shut = True
    table = "part_number,name,pictures\nA,first,a.jpg\n"
    first = start(gated, archive(table, {"a.jpg": picture("red")}))
    second = start(gated, archive("part_number,name\nA,second\n"))
    time.sleep(0.5)
    assert gated.get(second).json()["state"] == "queued"
    engine.shut = False
    wait(gated, second, "completed")
    assert gated.get(first).json()["state"] == "completed"
    assert gated.get("/v1/catalogs/c/products/A").json()["name"] == "second"


def test_a_cancelled_import_lands_nothing_more_and_its_upload_goes(
    gated: Client, engine: GatedEngine, settings: Settings
) -> None:
    engine.shut = True
    place = start(gated, colour_catalog())
    wait(gated, place, "running")
    assert change(gated, place, "cancel") == (200, "cancelled")
    assert change(gated, place, "cancel") == (200, "cancelled")
    engine.shut = False
    assert change(gated, place, "resume") == (409, "import_state_unfit")
    assert change(gated, place, "retry") == (409, "import_state_unfit")
    assert end(gated, numbered(1))["counters"]["created"] == 1
    status = gated.get(place).json()
    assert (status["state"], status["counters"]["pending"], "finishedAt" in status) == ("cancelled", 6, True)
    assert gated.get("/v1/catalogs/c").json()["products"] == 1
    assert list((settings.data_folder / "pictures" / "imports").iterdir()) == []


def test_the_same_upload_that_is_under_way_is_not_begun_twice(gated: Client, engine: GatedEngine) -> None:
    engine.shut = True
    upload = colour_catalog()
    first, second = start(gated, upload), start(gated, upload)
    assert first == second
    assert start(gated, upload, mode="sync") != first
    engine.shut = False
    wait(gated, first, "completed")
    assert start(gated, upload) != first


def test_failed_rows_are_tried_again_when_what_ailed_them_has_passed(settings: Settings) -> None:
    class Ailing(FakeEngine):
        ill = True

        async def embed_images(self, images: Any) -> Any:
            if self.ill:
                raise ValueError("nobody foresaw this")
            return await super().embed_images(images)

    engine = Ailing()
    table = "part_number,name,pictures\nA,a,r.jpg\nB,b,\n,no number,\n"
    with TestClient(create_app(settings, engine)) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        place = start(client, archive(table, {"r.jpg": picture("red")}))
        status = wait(client, place, "completed")
        assert [(e["line"], e["code"]) for e in status["errors"]] == [(2, "internal_error"), (4, "part_number_missing")]
        engine.ill = False
        assert client.post(f"{place}/retry").status_code == 200
        status = wait(client, place, "completed")
        assert [(e["line"], e["code"]) for e in status["errors"]] == [(4, "part_number_missing")]
        assert (status["counters"]["created"], status["counters"]["failed"]) == (2, 1)
        # Nothing is left that could go better: it stays as it is.
        assert change(client, place, "retry") == (200, "completed")


def test_failed_rows_come_back_as_a_table_that_can_be_mended_and_sent_again(empty: Client, run_import: Import) -> None:
    table = (
        "Part Number,name,size,pictures,note\n"
        'A-1,"with, comma",5,,\n'
        ",no number,6,,=1+1\n"
        'A-3,,7,,"two\nlines"\n'
        "A-1,again,8,,\n"
        "A-5,broken picture,9,broken.jpg,\n"
    )
    status = run_import("c", archive(table, {"broken.jpg": picture("lime")[:600]}))
    place = f"{IMPORTS}/{status['id']}/failed-rows"
    answer = empty.get(place)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    told = [(row["error_line"], row["error_column"], row["error_code"], row["name"], row["size"]) for row in rows]
    assert told == [
        ("3", "part_number", "part_number_missing", "no number", "6"),
        ("4", "name", "name_missing", "", "7"),
        ("6", "part_number", "part_number_repeated", "again", "8"),
    ]
    assert list(rows[0])[:5] == ["Part Number", "name", "size", "pictures", "note"]
    assert (rows[0]["note"], rows[1]["note"]) == ("'=1+1", "two\nlines")  # no spreadsheet runs it
    with_warnings = empty.get(place, params={"warnings": "true"}).content.decode("utf-8-sig")
    warned = list(csv.DictReader(io.StringIO(with_warnings, newline="")))[-1]
    assert (warned["Part Number"], warned["pictures"], warned["error_code"]) == (
        "A-5",
        "broken.jpg",
        "photo_unreadable",
    )

    rows[0]["Part Number"], rows[1]["name"], rows[2]["Part Number"] = "A-2", "three", "A-4"
    mended = io.StringIO()
    writer = csv.DictWriter(mended, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    status = run_import("c", archive(mended.getvalue()))
    assert (status["counters"]["created"], status["counters"]["failed"]) == (3, 0)
    assert empty.get("/v1/catalogs/c/products/A-2").json()["metadata"] == {"size": "6", "note": "=1+1"}


def test_an_import_whose_upload_is_gone_fails_as_a_whole_and_can_be_tried_again(settings: Settings) -> None:
    idle = Settings(**{**_fields(settings), "worker": "off"})
    with TestClient(create_app(idle, FakeEngine())) as service:
        service.post("/v1/catalogs", json={"name": "c"})
        place = start(service, colour_catalog())
    (upload,) = (settings.data_folder / "pictures" / "imports").iterdir()
    away = upload.rename(settings.data_folder / "away")
    with TestClient(create_app(settings, FakeEngine())) as service:
        assert wait(service, place, "failed")["failureCode"] == "import_upload_gone"
        away.rename(upload)
        assert change(service, place, "retry")[0] == 200
        status = wait(service, place, "completed")
    assert (status["counters"]["created"], "failureCode" in status) == (6, False)


def test_imports_are_listed_in_pages_newest_first(empty: Client, run_import: Import) -> None:
    ids = [run_import("c", numbered(1, first=number))["id"] for number in range(5)]
    seen, after = [], None
    while True:
        asked = {"limit": "2"} | ({"after": after} if after else {})
        page = empty.get(IMPORTS, params=asked).json()
        seen += [one["id"] for one in page["imports"]]
        if not (after := page.get("next")):
            break
    assert seen == ids[::-1]
    assert "errors" not in page["imports"][0]
    assert empty.get(IMPORTS, params={"after": "nonsense"}).json()["code"] == "validation_failed"
    assert empty.get("/v1/catalogs/other/imports").json()["code"] == "catalog_not_found"


def events_of(client: Client, place: str, last_id: str = "", until: str = "searchable") -> list[tuple[str, str, Any]]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    text = client.get(f"{place}/events", params={"until": until}, headers=headers).text
    events = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        said = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in said:
            events.append((said["event"], said["id"], json.loads(said["data"])))
    return events


def test_progress_comes_as_events_that_end_with_the_import(gated: Client, engine: GatedEngine) -> None:
    place = start(gated, colour_catalog())
    events = events_of(gated, place)
    assert [name for name, _, _ in events[:-1]] == ["progress"] * (len(events) - 1)
    name, _, last = events[-1]
    assert (name, last["state"], last["counters"]["created"]) == ("end", "completed", 6)
    landed = [data["counters"]["total"] - data["counters"]["pending"] for _, _, data in events]
    assert landed == sorted(landed)
    ((name, _, again),) = events_of(gated, place, events[-1][1])
    assert (name, again["state"], again["counters"]) == ("end", "completed", last["counters"])
    assert gated.get(f"{IMPORTS}/{'0' * 8}-0000-4000-8000-{'0' * 12}/events").json()["code"] == "import_not_found"


def test_events_go_on_until_pictures_are_described_where_that_is_asked(empty: Client) -> None:
    place = start(empty, colour_catalog())
    name, _, last = events_of(empty, place, until="enriched")[-1]
    assert (name, last["enrichment"]["pending"], last["enrichment"]["total"]) == ("end", 0, 6)


def test_unchanged_rows_are_told_from_changed_ones_whatever_changed_them(empty: Client, run_import: Import) -> None:
    def outcome(upload: bytes) -> tuple[int, int, int]:
        counters = run_import("c", upload)["counters"]
        return counters["created"], counters["updated"], counters["unchanged"]

    assert outcome(colour_catalog()) == (6, 0, 0)
    assert outcome(colour_catalog()) == (0, 0, 6)
    # Somebody else changes a product: the file says otherwise, and so it is an update.
    with psycopg.connect(_database(empty), autocommit=True) as connection:
        connection.execute("UPDATE product SET name = 'other' WHERE part_number = 'P-red'")
        connection.execute(
            "DELETE FROM reference_image USING product WHERE product.id = product_id AND part_number = 'P-blue'"
        )
    assert outcome(colour_catalog()) == (0, 2, 4)
    assert outcome(colour_catalog()) == (0, 0, 6)
    assert len(empty.get("/v1/catalogs/c/products/P-blue").json()["referenceImages"]) == 1
    # Another picture under the same name is a change too.
    table = "part_number,name,category,finish,pictures\nP-red,red part,even,red,pictures/red.jpg\n"
    assert outcome(archive(table, {"pictures/red.jpg": picture("red", mark=3)})) == (0, 1, 0)
    assert outcome(colour_catalog()) == (0, 1, 5)


def test_a_picture_that_failed_is_tried_again_by_the_same_row(empty: Client, run_import: Import) -> None:
    table = "part_number,name,pictures\nA,a,r.jpg\n"
    assert run_import("c", archive(table))["counters"]["withWarnings"] == 1
    status = run_import("c", archive(table, {"r.jpg": picture("red")}))
    assert (status["counters"]["updated"], status["counters"]["withWarnings"]) == (1, 0)
    assert len(empty.get("/v1/catalogs/c/products/A").json()["referenceImages"]) == 1


def test_a_sync_removes_what_its_file_has_no_longer_up_to_a_share(empty: Client, run_import: Import) -> None:
    assert run_import("c", numbered(40))["counters"]["created"] == 40
    status = end(empty, numbered(36), mode="sync")
    assert (status["state"], status["sync"]) == ("completed", {"maxRemoved": 0.1, "absent": 4, "removed": 4})
    assert empty.get("/v1/catalogs/c").json()["products"] == 36
    refused = end(empty, numbered(30, name="changed"), mode="sync")
    assert (refused["state"], refused["failureCode"]) == ("failed", "import_removes_too_many")
    assert refused["counters"]["pending"] == 30  # not even a name was changed
    assert empty.get("/v1/catalogs/c").json()["products"] == 36
    allowed = end(empty, numbered(30), mode="sync", maxRemoved="0.5")
    assert (allowed["counters"]["unchanged"], allowed["sync"]["removed"]) == (30, 6)
    assert end(empty, numbered(10))["state"] == "completed"
    assert empty.get("/v1/catalogs/c").json()["products"] == 30
    answer = empty.post(IMPORTS, params={"maxRemoved": "0.5"}, content=numbered(1), headers=ZIP)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "maxRemoved")


def test_a_sync_with_a_failed_row_removes_nothing_because_nobody_knows_what_it_was(
    empty: Client, run_import: Import
) -> None:
    run_import("c", numbered(20))
    table = "part_number,name\n" + "".join(f"N-{number},part {number}\n" for number in range(19)) + ",lost\n"
    status = end(empty, archive(table), mode="sync")
    assert (status["state"], status["counters"]["failed"], status["sync"]["removed"]) == ("completed", 1, 0)
    assert empty.get("/v1/catalogs/c").json()["products"] == 20


SHARED = 120
"""Rows: several batches for each of two services."""


def test_two_services_share_an_import_and_nothing_is_doubled(settings: Settings) -> None:
    colours = ("red", "lime", "blue", "yellow", "magenta", "cyan")
    table, pictures = "part_number,name,pictures\n", {}
    for number in range(SHARED):
        table += f"P-{number},part {number},{number}.png\n"
        pictures[f"{number}.png"] = dot(colours[number % 6], number)
    with (
        TestClient(create_app(settings, FakeEngine())) as one,
        TestClient(create_app(settings, FakeEngine())) as two,
    ):
        one.post("/v1/catalogs", json={"name": "c"})
        status = wait(two, start(one, archive(table, pictures)), "completed")
        assert (status["counters"]["created"], status["counters"]["total"]) == (SHARED, SHARED)
        assert one.get("/v1/catalogs/c").json()["referenceImages"] == SHARED
    with psycopg.connect(settings.database_url) as connection:
        attempts = connection.execute("SELECT attempts, count(*) FROM import_item GROUP BY attempts").fetchall()
        queue = connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
    assert attempts == [(1, SHARED)]
    assert queue == (0,)


def dot(colour: str, number: int) -> bytes:
    image = Image.new("RGB", (48, 48), colour)
    image.putpixel((number % 48, number // 48), (255, 255, 255))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_a_service_without_a_worker_leaves_imports_to_others(settings: Settings) -> None:
    idle = Settings(**{**_fields(settings), "worker": "off"})
    with TestClient(create_app(idle, FakeEngine())) as service:
        service.post("/v1/catalogs", json={"name": "c"})
        place = start(service, colour_catalog())
        time.sleep(1)
        assert service.get(place).json()["state"] == "queued"
        with TestClient(create_app(settings, FakeEngine())) as worker:
            assert wait(worker, place, "completed")["counters"]["created"] == 6


def _fields(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


def _database(client: Client) -> str:
    url: str = client.app.state.parts.settings.database_url
    return url
