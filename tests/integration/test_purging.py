"""What was removed long ago goes for good, with its files; what something else still needs stays."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import psycopg
import pytest

from catalog.database import Database
from catalog.storage.pictures import PictureStore, open_pictures
from service.jobs.purging import PurgeWorker
from service.settings import Settings
from tests.integration.conftest import Client
from tests.pictures import archive, picture

CATALOG = "/v1/catalogs/colours"
TABLES = ("product", "reference_image", "surface_signature", "product_words", "reference_embedding_parked", "lookup")
NOW = timedelta(0)
NEVER = timedelta(days=30)

Purge = Callable[..., None]


@pytest.fixture
def reds(client: Client, run_import: Any) -> Client:
    """A red product and a blue one that share a picture, described."""
    table = "part_number,name,pictures\nP-red,red,red.jpg;shared.jpg\nP-blue,blue,blue.jpg;shared.jpg\n"
    files = {"red.jpg": picture("red"), "blue.jpg": picture("blue"), "shared.jpg": picture("lime")}
    assert client.post("/v1/catalogs", json={"name": "colours"}).status_code == 201
    assert run_import("colours", archive(table, files))["state"] == "completed"
    give_up = time.monotonic() + 30
    while client.get(CATALOG).json()["enrichment"]["pending"] and time.monotonic() < give_up:
        time.sleep(0.02)
    return client


@pytest.fixture
def purge(settings: Settings) -> Purge:
    """Takes away all that is due, by a worker of its own: the running service's is patient."""

    def run(*, after: timedelta = NEVER, files_kept: timedelta = NOW) -> None:
        anyio.run(_purge, settings, after, files_kept)

    return run


async def _purge(settings: Settings, after: timedelta, files_kept: timedelta) -> None:
    database = Database(settings.database_url)
    worker = PurgeWorker(
        database=database,
        pictures=open_pictures(settings.pictures_location),
        after=after,
        requests_end=NOW,
        files_kept=files_kept,
    )
    try:
        while await worker.step():
            pass
    finally:
        await database.close()


def files(settings: Settings, folder: str) -> set[str]:
    return {path.name for path in (Path(settings.pictures_location) / folder).rglob("*") if path.is_file()}


def rows(database_url: str) -> dict[str, int]:
    with psycopg.connect(database_url) as connection:
        found = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in TABLES}
    return {table: count[0] for table, count in found.items() if count}


def test_after_its_time_a_product_goes_with_the_files_that_nothing_else_needs(
    reds: Client, purge: Purge, settings: Settings, database_url: str
) -> None:
    # The fake surface describes all pictures alike, in one file.
    assert (len(files(settings, "pictures")), len(files(settings, "features"))) == (3, 1)
    reds.delete(f"{CATALOG}/products/P-red")
    purge()
    assert rows(database_url)["product"] == 2
    assert len(files(settings, "pictures")) == 3
    purge(after=NOW)
    assert rows(database_url) == {
        "product": 1,
        "reference_image": 2,
        "surface_signature": 2,
        "product_words": 1,
        "reference_embedding_parked": 0,
        "lookup": 0,
    }
    assert (len(files(settings, "pictures")), len(files(settings, "features"))) == (2, 1)
    left = reds.get(f"{CATALOG}/products/P-blue").json()["referenceImages"]
    assert [reds.get(one["imageUrl"]).status_code for one in left] == [200, 200]
    assert reds.post(f"{CATALOG}/removed-products/P-red").status_code == 404


def test_files_of_single_pictures_and_of_replaced_ones_go_too(
    reds: Client, run_import: Any, purge: Purge, settings: Settings
) -> None:
    red = reds.get(f"{CATALOG}/products/P-red").json()["referenceImages"][0]["id"]
    reds.delete(f"{CATALOG}/references/{red}")
    table = "part_number,name,pictures\nP-blue,blue,navy.jpg;shared.jpg\n"
    run_import("colours", archive(table, {"navy.jpg": picture("navy"), "shared.jpg": picture("lime")}))
    assert len(files(settings, "pictures")) == 4
    purge()
    assert len(files(settings, "pictures")) == 2


def test_a_file_that_was_put_again_a_moment_ago_stays(reds: Client, purge: Purge, settings: Settings) -> None:
    """An import that has put it may not have written its row yet."""
    reds.delete(f"{CATALOG}/products/P-red")
    reds.delete(f"{CATALOG}/removed-products/P-red")
    anyio.run(put_again, open_pictures(settings.pictures_location), picture("red"))
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("UPDATE unused_file SET since = now() - interval '2 hours'")
    purge(files_kept=timedelta(hours=1))
    assert len(files(settings, "pictures")) == 3
    purge()
    assert len(files(settings, "pictures")) == 2


async def put_again(store: PictureStore, content: bytes) -> None:
    await store.put(content)


def test_a_removed_catalog_is_gone_at_once_and_its_rest_soon(
    reds: Client, run_import: Any, purge: Purge, settings: Settings, database_url: str
) -> None:
    photo = {"content": picture("red", mark=9), "headers": {"Content-Type": "image/jpeg"}}
    lookup = reds.post(f"{CATALOG}/lookups", **photo).headers["Location"]  # type: ignore[arg-type]
    reds.post("/v1/catalogs", json={"name": "others"})
    run_import("others", archive("part_number,name,pictures\nO-1,o,red.jpg\n", {"red.jpg": picture("red")}))
    assert reds.delete(f"{CATALOG}", params={"confirm": "colours"}).status_code == 204
    gone = [reds.get(CATALOG), reds.get(f"{CATALOG}/products"), reds.post(f"{CATALOG}/lookups", **photo)]  # type: ignore[arg-type]
    assert [(one.status_code, one.json()["code"]) for one in gone] == [(404, "catalog_not_found")] * 3
    assert (reds.get(lookup).status_code, reds.get(lookup).json()["code"]) == (404, "lookup_not_found")
    assert [one["name"] for one in reds.get("/v1/catalogs").json()["catalogs"]] == ["others"]
    assert reds.post("/v1/catalogs", json={"name": "colours"}).status_code == 201
    purge()
    left = rows(database_url)
    assert (left["product"], left["reference_image"], left["lookup"]) == (1, 1, 0)
    with psycopg.connect(database_url) as connection:
        partitions = connection.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'reference_embedding'::regclass"
        ).fetchone()
        names = connection.execute("SELECT name FROM catalog ORDER BY name").fetchall()
    assert (partitions, names) == ((2,), [("colours",), ("others",)])
    # The red picture is the other catalog's too.
    assert (len(files(settings, "pictures")), len(files(settings, "photos"))) == (1, 0)
    answer = reds.post("/v1/catalogs/others/lookups", **photo).json()  # type: ignore[arg-type]
    assert answer["candidates"][0]["partNumber"] == "O-1"


def test_a_catalog_is_not_removed_by_a_slip(reds: Client) -> None:
    told = [reds.delete(CATALOG), reds.delete(CATALOG, params={"confirm": "colour"})]
    assert [(one.status_code, one.json()["code"]) for one in told] == [(400, "validation_failed")] * 2
    assert reds.get(CATALOG).status_code == 200
    absent = reds.delete("/v1/catalogs/none", params={"confirm": "none"})
    assert (absent.status_code, absent.json()["code"]) == (404, "catalog_not_found")
