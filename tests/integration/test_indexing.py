"""Galleries get an HNSW index when they have outgrown a scan, once, and again where a build was cut off."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from catalog.database import Database
from catalog.galleries import Gallery, SpaceKey
from catalog.indexing import WHILE_IMPORTING, building
from catalog.search.vectors import EXACT_UP_TO, exact, nearest
from loadtests.galleries import SyntheticCatalog, create_synthetic_gallery
from service.jobs.indexing import IndexWorker
from tests.databases import fresh_database
from tests.integration.conftest import Client
from tests.pictures import archive, picture

DIMENSION = 16
SPACE = SpaceKey(bundle_identity="s", bundle_name="synthetic", preprocessing_revision=1, dimension=DIMENSION)
LARGE = EXACT_UP_TO + 1_000
INDEXES = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
RUNNING = "INSERT INTO import_job (id, catalog_id, state, archive_key) VALUES (gen_random_uuid(), %s, 'running', '')"


@pytest.fixture
def url(postgres: str) -> Iterator[str]:
    """An empty database."""
    with fresh_database(postgres) as url:
        yield url


def grown(url: str, references: int = LARGE) -> Gallery:
    products = SyntheticCatalog(references=references, dimension=DIMENSION)
    return asyncio.run(create_synthetic_gallery(url, f"of-{references}", SPACE, products))


def valid(url: str, gallery: Gallery) -> bool | None:
    """Whether the gallery's index is valid; None where there is none."""
    with psycopg.connect(url) as connection:
        row = connection.execute(INDEXES, [gallery.partition.index]).fetchone()
    return row[0] if row else None


def indexes(url: str) -> int:
    """How many galleries have a valid one."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text LIKE '%hnsw'"
        ).fetchone()
    return int(row[0]) if row else 0


def steps(url: str) -> int:
    """How many indexes a worker builds until it has nothing to do."""

    async def all_of_them() -> None:
        database = Database(url)
        worker = IndexWorker(database)
        while await worker.step():
            pass
        await database.close()

    before = indexes(url)
    asyncio.run(all_of_them())
    return indexes(url) - before


def found(url: str, gallery: Gallery) -> tuple[list[Any], list[Any]]:
    """What a search finds, and what a scan does."""
    (query,) = SyntheticCatalog(references=LARGE, dimension=DIMENSION).queries(1)

    async def ask() -> tuple[list[Any], list[Any]]:
        database = Database(url, pool_size=1)
        async with database.read() as session:
            ways = [await way(session, gallery.partition, query, products=5) for way in (nearest, exact)]
        await database.close()
        return ways[0], ways[1]

    return asyncio.run(ask())


def wait_until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_a_large_gallery_gets_an_index_and_a_small_one_none(url: str) -> None:
    large, small = grown(url), grown(url, EXACT_UP_TO // 2)
    searched, scanned = found(url, large)
    assert searched == scanned

    assert steps(url) == 1
    assert valid(url, large) is True
    assert valid(url, small) is None
    assert steps(url) == 0
    searched, scanned = found(url, large)
    assert [near.product_id for near in searched] == [near.product_id for near in scanned]


def test_what_a_killed_build_left_is_built_again(url: str) -> None:
    gallery = grown(url)
    assert steps(url) == 1
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)", [gallery.partition.index]
        )

    assert steps(url) == 1
    assert valid(url, gallery) is True


def test_a_catalog_that_is_being_imported_into_waits_until_it_is_much_larger(url: str) -> None:
    large, largest = grown(url), grown(url, WHILE_IMPORTING * EXACT_UP_TO)
    with psycopg.connect(url) as connection:
        for gallery in (large, largest):
            connection.execute(RUNNING, [gallery.catalog_id])

    assert steps(url) == 1
    assert (valid(url, large), valid(url, largest)) == (None, True)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE import_job SET state = 'completed'")
    assert steps(url) == 1
    assert valid(url, large) is True


def test_what_one_process_builds_no_other_does(url: str) -> None:
    gallery = grown(url)

    async def beside() -> bool:
        database = Database(url)
        async with database.statements() as session, building(session, gallery.partition) as alone:
            assert alone
            did = await IndexWorker(database).step()
        await database.close()
        return did

    assert asyncio.run(beside()) is False
    assert valid(url, gallery) is None
    assert steps(url) == 1


def test_a_service_builds_it_when_an_import_has_ended(
    client: Client, database_url: str, run_import: Callable[..., dict[str, Any]]
) -> None:
    assert client.post("/v1/catalogs", json={"name": "colours"}).status_code == 201
    gallery = grown(database_url)
    table = "part_number,name,pictures\nP-red,red,red.jpg\n"

    assert run_import("colours", archive(table, {"red.jpg": picture("red")}))["state"] == "completed"

    wait_until(lambda: valid(database_url, gallery) is True)


def test_who_is_stopped_while_it_builds_ends_and_the_next_builds(url: str) -> None:
    gallery = grown(url)

    async def stopped() -> None:
        database = Database(url)
        async with IndexWorker(database).running():
            await asyncio.to_thread(wait_until, lambda: valid(url, gallery) is not None)
        await database.close()

    with psycopg.connect(url) as connection:
        # A build waits for all who write.
        connection.execute(f"LOCK TABLE {gallery.partition.table} IN ROW EXCLUSIVE MODE")
        asyncio.run(stopped())
        assert valid(url, gallery) is False

    assert steps(url) == 1
    assert valid(url, gallery) is True


def test_one_that_cannot_be_built_keeps_no_other_from_its_index(url: str) -> None:
    refused, other = grown(url), grown(url, LARGE + 1_000)
    with psycopg.connect(url) as connection:
        # Its name is taken by what is no index.
        connection.execute(f"CREATE VIEW {refused.partition.index} AS SELECT 1")

    assert steps(url) == 1
    assert (valid(url, refused), valid(url, other)) == (None, True)
