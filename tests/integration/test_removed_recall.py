"""With half of a large gallery removed, the vector index finds of the rest what a scan finds."""

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from catalog.database import Database
from catalog.galleries import Gallery, SpaceKey
from catalog.removal import remove_products, restore_product
from catalog.search.vectors import exact
from loadtests.galleries import SyntheticCatalog, build_index, create_synthetic_gallery
from loadtests.recall import FILTERS, compare
from tests.databases import fresh_database

REFERENCES, DIMENSION = 20_000, 64
QUERIES = 30


@pytest.fixture(scope="module")
def products() -> SyntheticCatalog:
    """The products of the gallery."""
    return SyntheticCatalog(references=REFERENCES, dimension=DIMENSION, seed=5)


@pytest.fixture(scope="module")
def halved(postgres: str, products: SyntheticCatalog) -> Iterator[tuple[str, Gallery]]:
    """A database with a large gallery, every second product of which is removed; it has not been vacuumed since."""
    with fresh_database(postgres) as url:
        yield url, asyncio.run(_halved(url, products))


async def _halved(url: str, products: SyntheticCatalog) -> Gallery:
    space = SpaceKey(bundle_identity="s", bundle_name="synthetic", preprocessing_revision=1, dimension=DIMENSION)
    gallery = await create_synthetic_gallery(url, "halved", space, products)
    await build_index(url, gallery)
    database = Database(url)
    gone = [f"P-{product.number:07}" for product in products if product.number % 2]
    async with database.write() as session:
        assert sorted(await remove_products(session, gallery.catalog_id, gone)) == gone
    await database.close()
    return gallery


@pytest.mark.parametrize("leaves", FILTERS)
def test_finds_what_a_scan_finds(halved: tuple[str, Gallery], products: SyntheticCatalog, leaves: str) -> None:
    url, gallery = halved

    async def ask() -> None:
        database = Database(url, pool_size=1)
        found = await compare(database, gallery.partition, products.queries(QUERIES), FILTERS[leaves])
        await database.close()
        assert found.recall >= 0.98
        assert found.short == 0

    asyncio.run(ask())


def test_of_what_is_removed_nothing_is_found_and_of_what_is_back_all(
    halved: tuple[str, Gallery], products: SyntheticCatalog
) -> None:
    url, gallery = halved
    odd = next(product for product in products if product.number == 7)

    async def ask() -> None:
        database = Database(url, pool_size=1)
        async with database.read() as session:
            before = await exact(session, gallery.partition, odd.vectors[0], products=50)
        async with database.write() as session:
            await restore_product(session, gallery.catalog_id, "P-0000007")
        async with database.read() as session:
            after = await exact(session, gallery.partition, odd.vectors[0], products=50)
            parked = await session.scalar(
                sa.text("SELECT count(*) FROM reference_embedding_parked WHERE product_id = :id"), {"id": odd.id}
            )
        await database.close()
        numbers = {product.id: product.number for product in products}
        assert all(numbers[one.product_id] % 2 == 0 for one in before)
        assert (after[0].product_id, round(after[0].score, 2), parked) == (odd.id, 1.0, 0)

    asyncio.run(ask())
