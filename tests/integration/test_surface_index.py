"""Indexes in memory and the database: what changes there is found here, whoever changed it and however late."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import psycopg
import pytest

from catalog.database import Database
from catalog.removal import remove_products, restore_product
from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.kernel import KernelParameters
from catalog.search.surface.resident import Absent, ResidentIndexes
from catalog.search.surface.signatures import QuerySignatures, Signatures
from catalog.search.surface.stored import (
    LogPosition,
    index_of,
    log_end,
    prune_changes,
    read_changes,
    read_signatures,
    stream_signatures,
)

VOCABULARY = "0123456789ab"


def drawn(number: int) -> Signatures:
    rng = np.random.default_rng(number)
    words = np.sort(rng.choice(65_536, 40, replace=False)).astype(np.uint16)
    return Signatures(words, rng.integers(0, 2**64, (40, 2), np.uint64))


@dataclass
class Writer:
    """Another process's connection."""

    connection: psycopg.Connection[tuple[Any, ...]]

    def catalog(self) -> UUID:
        catalog = uuid4()
        values = [catalog, f"catalog-{catalog}"]
        self.connection.execute("INSERT INTO catalog (id, name, title) VALUES (%s, %s, '')", values)
        return catalog

    def product(self, catalog: UUID) -> UUID:
        product = uuid4()
        self.connection.execute(
            "INSERT INTO product (id, catalog_id, part_number, name, metadata) VALUES (%s, %s, %s, '', '{}')",
            [product, catalog, str(product)],
        )
        return product

    def reference(self, catalog: UUID, number: int, *, product: UUID | None = None) -> UUID:
        """A reference with the signatures of this number."""
        reference, product = uuid4(), product or self.product(catalog)
        self.connection.execute(
            "INSERT INTO reference_image (id, product_id, content_hash, role, width, height, byte_count, media_type, "
            "object_key) VALUES (%s, %s, %s, 'catalog', 1, 1, 1, 'image/jpeg', '')",
            [reference, product, str(reference)],
        )
        self.put(catalog, product, reference, number)
        return reference

    def put(self, catalog: UUID, product: UUID, reference: UUID, number: int, vocabulary: str = VOCABULARY) -> None:
        self.connection.execute(
            "INSERT INTO surface_signature VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (reference_id) "
            "DO UPDATE SET signatures = excluded.signatures, vocabulary = excluded.vocabulary",
            [reference, catalog, product, vocabulary, f"features/{number}", drawn(number).to_bytes()],
        )


@pytest.fixture
def run(database_url: str) -> Callable[[Callable[[Database], Coroutine[Any, Any, None]]], None]:
    """Run a test's coroutine with connections of its own."""

    def run(test: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
        async def within() -> None:
            database = Database(database_url, pool_size=4)
            try:
                await test(database)
            finally:
                await database.close()

        asyncio.run(within())

    return run


@pytest.fixture
def writer(database_url: str) -> Any:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Writer(connection)


FINE = KernelParameters(fine_above=-1)


@asynccontextmanager
async def resident(database: Database, **options: Any) -> AsyncIterator[ResidentIndexes]:
    indexes = ResidentIndexes(database, VOCABULARY, **{"patience_seconds": 30.0, "parameters": FINE, **options})
    try:
        yield indexes
    finally:
        await indexes.close()


async def best(indexes: ResidentIndexes, catalog: UUID, number: int) -> UUID | None:
    """The reference that shows the picture of this number."""
    index = await indexes.loaded(catalog)
    assert isinstance(index, SurfaceIndex)
    hits = index.top(QuerySignatures.of(drawn(number)), 1)
    return hits[0].reference_id if hits and hits[0].score > 0.9 else None


def test_a_catalog_is_loaded_beside_lookups_and_stays_up_to_date(run: Any, writer: Writer) -> None:
    catalog, other = writer.catalog(), writer.catalog()
    product = writer.product(catalog)
    first = [writer.reference(catalog, number) for number in range(20)]
    writer.reference(other, 100)

    async def test(database: Database) -> None:
        async with resident(database) as indexes:
            assert await indexes.get(catalog) is Absent.LOADING
            assert [await best(indexes, catalog, number) for number in range(20)] == first
            assert await best(indexes, catalog, 100) is None
            added = writer.reference(catalog, 50, product=product)
            assert await best(indexes, catalog, 50) == added
            writer.put(catalog, product, added, 51)
            assert (await best(indexes, catalog, 50), await best(indexes, catalog, 51)) == (None, added)
            writer.put(catalog, product, added, 51, vocabulary="another")
            assert await best(indexes, catalog, 51) is None
            writer.put(catalog, product, added, 52)
            writer.connection.execute("DELETE FROM reference_image WHERE id = %s", [first[3]])
            assert (await best(indexes, catalog, 3), await best(indexes, catalog, 52)) == (None, added)
            assert indexes.references == 20

    run(test)


def test_deleting_products_and_catalogs_takes_their_references_out(run: Any, writer: Writer) -> None:
    catalog = writer.catalog()
    product = writer.product(catalog)
    for number in range(3):
        writer.reference(catalog, number, product=product)
    kept = writer.reference(catalog, 3)

    async def test(database: Database) -> None:
        async with resident(database) as indexes:
            assert await best(indexes, catalog, 1) is not None
            writer.connection.execute("DELETE FROM product WHERE id = %s", [product])
            assert (await best(indexes, catalog, 1), await best(indexes, catalog, 3)) == (None, kept)
            writer.connection.execute("DELETE FROM catalog WHERE id = %s", [catalog])
            assert await best(indexes, catalog, 3) is None
            assert indexes.references == 0

    run(test)


def test_removed_products_are_in_no_index_until_they_are_restored(run: Any, writer: Writer) -> None:
    catalog = writer.catalog()
    product = writer.product(catalog)
    removed = writer.reference(catalog, 1, product=product)
    kept = writer.reference(catalog, 2)

    async def test(database: Database) -> None:
        async with resident(database) as indexes, resident(database) as later:
            assert await best(indexes, catalog, 1) == removed
            async with database.write() as session:
                assert await remove_products(session, catalog, [str(product)]) == [str(product)]
            for one in (indexes, later):
                assert (await best(one, catalog, 1), await best(one, catalog, 2), one.references) == (None, kept, 1)
            async with database.write() as session:
                await restore_product(session, catalog, str(product))
            for one in (indexes, later):
                assert (await best(one, catalog, 1), one.references) == (removed, 2)

    run(test)


def test_a_transaction_that_commits_late_is_not_missed(run: Any, writer: Writer, database_url: str) -> None:
    catalog = writer.catalog()
    product = writer.product(catalog)
    writer.reference(catalog, 0)

    async def test(database: Database) -> None:
        async with resident(database) as indexes:
            await best(indexes, catalog, 0)
            with psycopg.connect(database_url) as late, psycopg.connect(database_url) as undone:
                reference = Writer(late).reference(catalog, 1, product=product)
                Writer(undone).reference(catalog, 2, product=product)
                # Others commit after it began, with higher numbers, and are read before it ends.
                after = [writer.reference(catalog, number) for number in (10, 11)]
                assert [await best(indexes, catalog, number) for number in (10, 11)] == after
                assert await best(indexes, catalog, 1) is None
                late.commit()
                assert await best(indexes, catalog, 1) == reference
                undone.rollback()
                assert await best(indexes, catalog, 2) is None
            assert indexes.references == 4

    run(test)


def test_a_load_misses_nothing_that_is_written_beside(run: Any, writer: Writer, database_url: str) -> None:
    catalog = writer.catalog()
    product = writer.product(catalog)

    async def test(database: Database) -> None:
        with psycopg.connect(database_url) as late:
            early = Writer(late).reference(catalog, 1, product=product)
            async with resident(database) as indexes:
                await indexes.loaded(catalog)
                late.commit()
                assert await best(indexes, catalog, 1) == early

    run(test)


def test_changes_are_told_once_while_an_old_transaction_is_open(run: Any, writer: Writer, database_url: str) -> None:
    catalog = writer.catalog()

    async def test(database: Database) -> None:
        with psycopg.connect(database_url) as old:
            old.execute("SELECT pg_current_xact_id()")
            async with database.read() as session:
                start = await log_end(session, catalog)
                reference = writer.reference(catalog, 1)
                first = await read_changes(session, catalog, start)
                assert first.reference_ids == {reference}
                again = await read_changes(session, catalog, first.position)
                assert (again.reference_ids, again.position.horizon) == (frozenset(), start.horizon)
                old.rollback()
                last = await read_changes(session, catalog, again.position)
                assert last.reference_ids == frozenset()
                assert last.position.horizon > start.horizon
                assert last.position.applied == frozenset()

    run(test)


def test_old_changes_are_forgotten(run: Any, writer: Writer) -> None:
    catalog = writer.catalog()
    writer.reference(catalog, 1)
    writer.connection.execute("UPDATE surface_change SET created_at = now() - interval '25 hours'")
    recent = writer.reference(catalog, 2)

    async def test(database: Database) -> None:
        async with database.write() as session:
            assert await prune_changes(session) == 1
        async with database.read() as session:
            assert (await read_changes(session, catalog, LogPosition(horizon=0))).reference_ids == {recent}

    run(test)


def test_an_idle_index_is_dropped_and_comes_back(run: Any, writer: Writer) -> None:
    catalog = writer.catalog()
    reference = writer.reference(catalog, 1)

    async def test(database: Database) -> None:
        async with resident(database, idle_seconds=0.3) as indexes:
            assert await best(indexes, catalog, 1) == reference
            assert indexes.memory_bytes > 0
            for _ in range(5):
                await asyncio.sleep(0.1)
                assert await indexes.get(catalog) is not Absent.LOADING
            for _ in range(250):
                await asyncio.sleep(0.02)
                if not indexes.memory_bytes:
                    break
            assert await indexes.get(catalog) is Absent.LOADING
            assert await best(indexes, catalog, 1) == reference

    run(test)


def test_a_catalog_that_is_too_large_is_said_to_be(run: Any, writer: Writer) -> None:
    catalog = writer.catalog()
    references = [writer.reference(catalog, number) for number in range(4)]

    async def test(database: Database) -> None:
        async with resident(database, most_references=3) as indexes:
            assert await indexes.loaded(catalog) is Absent.TOO_LARGE
            assert await indexes.get(catalog) is Absent.TOO_LARGE
        async with resident(database, most_references=4) as indexes:
            assert await best(indexes, catalog, 1) == references[1]
            writer.reference(catalog, 5)
            assert await indexes.get(catalog) is Absent.TOO_LARGE
            assert indexes.memory_bytes == 0
        async with database.read() as session:
            rows = await read_signatures(session, catalog, VOCABULARY, [*references[:2], uuid4()])
            assert await read_signatures(session, uuid4(), VOCABULARY, references) == []
        hits = index_of(rows, FINE).top(QuerySignatures.of(drawn(1)), 5)
        assert (hits[0].reference_id, hits[0].features_key, len(rows)) == (references[1], "features/1", 2)

    run(test)


def test_the_index_used_longest_ago_makes_room(run: Any, writer: Writer) -> None:
    catalogs = [writer.catalog() for _ in range(3)]
    for catalog in catalogs:
        for number in range(2):
            writer.reference(catalog, number)

    async def test(database: Database) -> None:
        async with resident(database, most_references=4) as indexes:
            await indexes.loaded(catalogs[0])
            await indexes.loaded(catalogs[1])
            await indexes.loaded(catalogs[0])
            await indexes.loaded(catalogs[2])
            assert indexes.references == 4
            assert isinstance(await indexes.get(catalogs[0]), SurfaceIndex)
            assert await indexes.get(catalogs[1]) is Absent.LOADING

    run(test)


def test_many_lookups_at_once_see_what_was_written_before_them(run: Any, writer: Writer) -> None:
    catalog = writer.catalog()
    writer.reference(catalog, 0)

    async def test(database: Database) -> None:
        async with resident(database) as indexes:
            await indexes.loaded(catalog)
            for number in range(1, 6):
                reference = writer.reference(catalog, number)
                found = await asyncio.gather(*(best(indexes, catalog, number) for _ in range(16)))
                assert found == [reference] * 16

    run(test)


def test_a_lookup_waits_no_longer_than_its_patience(run: Any, writer: Writer, database_url: str) -> None:
    catalog = writer.catalog()
    writer.reference(catalog, 0)

    async def test(database: Database) -> None:
        async with resident(database, patience_seconds=0.05) as indexes:
            await indexes.loaded(catalog)
            with psycopg.connect(database_url) as blocker:
                blocker.execute("LOCK TABLE surface_change IN ACCESS EXCLUSIVE MODE")
                async with asyncio.timeout(5):
                    assert isinstance(await indexes.get(catalog), SurfaceIndex)
                    assert isinstance(await indexes.get(catalog), SurfaceIndex)
                blocker.rollback()
            reference = writer.reference(catalog, 1)
            for _ in range(500):
                if await best(indexes, catalog, 1) == reference:
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("the change was never taken in")

    run(test)


def test_pages_give_every_reference_once(run: Any, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.search.surface.stored.ROWS_AT_ONCE", 3)
    catalog = writer.catalog()
    references = [writer.reference(catalog, number) for number in range(9)]

    async def test(database: Database) -> None:
        pages = [page async for page in stream_signatures(database, catalog, VOCABULARY)]
        assert [len(page) for page in pages] == [3, 3, 3]
        assert sorted(row[0] for page in pages for row in page) == sorted(references)

    run(test)


def test_nothing_is_left_behind_at_close(run: Any, writer: Writer) -> None:
    catalog = writer.catalog()
    for number in range(5):
        writer.reference(catalog, number)

    async def test(database: Database) -> None:
        for seconds in (0.0, 0.005, 0.02):
            async with resident(database) as indexes:
                await indexes.get(catalog)
                await asyncio.sleep(seconds)
            left = [task.get_name() for task in asyncio.all_tasks()]
            assert "surface-index" not in left
            assert not [one for one in threading.enumerate() if one.name.startswith("surface-index")]

    run(test)


def test_a_database_that_is_away_costs_the_channel_and_no_lookup(run: Any, writer: Writer) -> None:
    catalog = writer.catalog()
    writer.reference(catalog, 1)

    async def test(database: Database) -> None:
        async with resident(database) as indexes:
            assert isinstance(await indexes.loaded(catalog), SurfaceIndex)
            writer.connection.execute("ALTER TABLE surface_change RENAME TO away")
            assert isinstance(await indexes.get(catalog), SurfaceIndex)
            assert await indexes.loaded(uuid4()) is Absent.LOADING
            writer.connection.execute("ALTER TABLE away RENAME TO surface_change")
            reference = writer.reference(catalog, 2)
            assert await best(indexes, catalog, 2) == reference

    run(test)


def test_an_index_is_not_kept_longer_than_the_log(database_url: str) -> None:
    with pytest.raises(ValueError, match="up to date"):
        ResidentIndexes(Database(database_url), VOCABULARY, idle_seconds=86_400)
