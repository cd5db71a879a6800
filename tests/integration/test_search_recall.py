"""The vector index on 20,000 references: what it finds, what filters leave, and that PostgreSQL keeps using it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.galleries import Gallery, SpaceKey
from catalog.search.vectors import Partition, Vector, drop_partition, index_statement, literal, nearest
from loadtests.galleries import SyntheticCatalog, build_index, create_synthetic_gallery
from loadtests.recall import FILTERS, PRODUCTS, compare
from tests.databases import fresh_database

REFERENCES, DIMENSION = 20_000, 128
EXECUTIONS = 14
PREPARE_THRESHOLD = 3
"""Of the service's connections; the executions before it are of no prepared statement."""
QUERIES = 40


@pytest.fixture(scope="module")
def large() -> SyntheticCatalog:
    """The products of the large gallery."""
    return SyntheticCatalog(references=REFERENCES, dimension=DIMENSION)


@pytest.fixture(scope="module")
def loaded(postgres: str, large: SyntheticCatalog) -> Iterator[tuple[str, Gallery]]:
    """A database with the large gallery."""
    with fresh_database(postgres) as url:
        yield url, asyncio.run(_load(url, "large", large))


async def _load(url: str, name: str, products: SyntheticCatalog) -> Gallery:
    space = SpaceKey(
        bundle_identity=f"synthetic-{products.dimension}",
        bundle_name="synthetic",
        preprocessing_revision=1,
        dimension=products.dimension,
    )
    gallery = await create_synthetic_gallery(url, name, space, products)
    await build_index(url, gallery)
    return gallery


@pytest.mark.parametrize("leaves", FILTERS)
def test_finds_what_a_scan_finds(loaded: tuple[str, Gallery], large: SyntheticCatalog, leaves: str) -> None:
    url, gallery = loaded

    async def ask() -> None:
        async with connected(url) as database:
            found = await compare(database, gallery.partition, large.queries(QUERIES), FILTERS[leaves])
            assert found.recall >= 0.98
            assert found.short == 0
            if leaves in ("1 %", "0.1 %"):
                assert found.recall == 1

    asyncio.run(ask())


def test_the_index_is_used_after_many_prepared_executions(loaded: tuple[str, Gallery], large: SyntheticCatalog) -> None:
    url, gallery = loaded
    queries = large.queries(EXECUTIONS)

    async def ask() -> tuple[str, str]:
        async with connected(url) as database:
            async with database.read() as session:
                for query in queries:
                    await nearest(session, gallery.partition, query, products=PRODUCTS)
                kept = await plan_of_prepared(session, gallery.partition, queries[0])
                control = await plan_without_cast(session, gallery.partition, queries[0])
            return kept, control

    kept, control = asyncio.run(ask())
    index_scan = f"Index Scan using {gallery.partition.index}"
    assert index_scan in kept
    assert index_scan not in control


def test_galleries_of_two_dimensions_live_side_by_side(loaded: tuple[str, Gallery], large: SyntheticCatalog) -> None:
    url, gallery = loaded
    small = SyntheticCatalog(references=1_000, dimension=64, seed=1)

    async def ask() -> None:
        other = await _load(url, "small", small)
        async with connected(url) as database:
            for partition, catalog in ((gallery.partition, large), (other.partition, small)):
                found = await compare(database, partition, catalog.queries(10), FILTERS["no filter"])
                assert found.recall >= 0.98
            async with database.write() as session:
                await drop_partition(await session.connection(), other.partition)
            found = await compare(database, gallery.partition, large.queries(10), FILTERS["no filter"])
            assert found.recall >= 0.98
            async with database.read() as session:
                left = await session.scalar(sa.text("SELECT count(*) FROM reference_embedding"))
            assert left == REFERENCES

    asyncio.run(ask())


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Database]:
    """One connection to a database."""
    database = Database(url, pool_size=1)
    try:
        yield database
    finally:
        await database.close()


async def plan_of_prepared(session: AsyncSession, partition: Partition, query: Vector) -> str:
    """How PostgreSQL would run the statement that the search has prepared on this connection, the next time."""
    prepared = await session.execute(
        sa.text(
            "SELECT name, generic_plans + custom_plans FROM pg_prepared_statements "
            "WHERE statement LIKE :search AND statement NOT LIKE '%pg_prepared%'"
        ),
        {"search": f"%FROM {partition.table} v%ORDER BY%<#>%LIMIT%"},
    )
    [(name, executions)] = prepared.all()
    assert executions >= EXECUTIONS - PREPARE_THRESHOLD
    plan = await session.scalars(sa.text(f"EXPLAIN EXECUTE {name}('{literal(query)}', 64, {PRODUCTS})"))
    return "\n".join(plan)


async def plan_without_cast(session: AsyncSession, partition: Partition, query: Vector) -> str:
    """How PostgreSQL runs the search when it is not written as the index has it: the cast of the column is missing."""
    statement = str(index_statement(partition)[0]).replace(
        f"v.embedding::halfvec({partition.dimension})", "v.embedding"
    )
    plan = await session.scalars(sa.text(f"EXPLAIN {statement}"), {"query": literal(query), "fetch": 64})
    return "\n".join(plan)
