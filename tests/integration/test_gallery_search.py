"""What a lookup asks of one catalog: products by vector, facts of references, their features, small indexes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
import sqlalchemy as sa

from catalog.catalogs import create_catalog
from catalog.database import Database
from catalog.enrichment import SURFACE, claim_pending
from catalog.galleries import Gallery, SpaceKey
from catalog.models import ReferenceRow, SurfaceState
from catalog.products import ProductFields, upsert_product
from catalog.references import NewReference, add_reference
from catalog.search.filters import Filter
from catalog.search.gallery import REFERENCES_OF_PRODUCT, GallerySearch
from catalog.search.surface.enrichment import put_signatures
from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.resident import Absent, ResidentIndexes
from catalog.search.surface.signatures import FINE_BITS, QuerySignatures, Signatures
from catalog.search.vectors import Vector
from catalog.storage.pictures import PictureStore, open_pictures

VOCABULARY = "0123456789ab"
SPACE = SpaceKey(bundle_identity="bundle", bundle_name="bundle", preprocessing_revision=1, dimension=8)
NO_FILTER = Filter()
BOLTS = Filter(categories=("bolts",))

Test = Callable[["Shop"], Coroutine[Any, Any, None]]


def unit(*values: float) -> Vector:
    """A vector of length 1 that begins with these."""
    vector = np.zeros(SPACE.dimension, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def drawn(number: int) -> Signatures:
    """Fine words that all have different parents."""
    rng = np.random.default_rng(number)
    parents = np.sort(rng.choice(8_192, 40, replace=False)).astype(np.uint16)
    return Signatures(parents << np.uint16(FINE_BITS), rng.integers(0, 2**64, (40, 2), np.uint64))


def asked(number: int) -> QuerySignatures:
    """The same picture as a query by coarse words."""
    picture = drawn(number)
    return QuerySignatures(picture.words >> np.uint16(FINE_BITS), picture.bits, np.ones(40, np.float32))


@dataclass
class Shop:
    """A database with one catalog."""

    database: Database
    gallery: Gallery
    pictures: PictureStore

    def search(self, where: Filter = NO_FILTER, indexes: ResidentIndexes | None = None) -> GallerySearch:
        return GallerySearch(
            database=self.database, pictures=self.pictures, indexes=indexes, gallery=self.gallery, where=where
        )

    async def product(
        self, part_number: str, *vectors: Vector, category: str | None = None, gallery: Gallery | None = None
    ) -> tuple[UUID, list[UUID]]:
        """A product with a reference for each vector: their ids in this order."""
        gallery = gallery or self.gallery
        async with self.database.write() as session:
            fields = ProductFields(part_number=part_number, name=f"Part {part_number}", category=category)
            product, _ = await upsert_product(session, gallery.catalog_id, fields)
            for number, vector in enumerate(vectors):
                new = NewReference(
                    content_hash=f"{number:04}",
                    object_key="",
                    media_type="image/jpeg",
                    width=100 + number,
                    height=50,
                    byte_count=1,
                    vector=vector,
                )
                await add_reference(session, gallery, product, new)
            references = sa.select(ReferenceRow.id).where(ReferenceRow.product_id == product)
            return product, list(await session.scalars(references.order_by(ReferenceRow.content_hash)))

    async def describe_surfaces(self) -> list[UUID]:
        """Give every reference the signatures of its place in the list that comes back."""
        async with self.database.write() as session:
            pending = await claim_pending(session, SURFACE, 100)
            for number, one in enumerate(pending):
                await put_signatures(
                    session, one, vocabulary=VOCABULARY, features_key=f"features/{number}", signatures=drawn(number)
                )
        return [one.reference_id for one in pending]

    @asynccontextmanager
    async def resident(self, **options: Any) -> AsyncIterator[ResidentIndexes]:
        indexes = ResidentIndexes(self.database, VOCABULARY, **options)
        try:
            yield indexes
        finally:
            await indexes.close()


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Callable[[Test], None]:
    """Run a test's coroutine with a catalog of its own."""

    def run(test: Test) -> None:
        async def within() -> None:
            database = Database(database_url, pool_size=4)
            try:
                async with database.write() as session:
                    gallery = (await create_catalog(session, "parts", "", SPACE)).gallery
                await test(Shop(database, gallery, open_pictures(str(tmp_path))))
            finally:
                await database.close()

        asyncio.run(within())

    return run


def test_products_come_by_vector_with_their_ids(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        near, references = await shop.product("near", unit(0, 1), unit(1, 0.1))
        far, _ = await shop.product("far", unit(1, 1), category="bolts")
        hits = await shop.search().nearest(unit(1), 5)
        assert [hit.product_id for hit in hits] == [near, far]
        assert hits[0].reference.id == references[1]
        assert [hit.product_id for hit in await shop.search(BOLTS).nearest(unit(1), 5)] == [far]
        assert (shop.search().filtered, shop.search(BOLTS).filtered) == (False, True)

    run(test)


def test_a_reference_is_described_with_the_score_of_its_products_best_one(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        first, (low, high) = await shop.product("first", unit(0.2, 1), unit(1, 0.1))
        second, (only,) = await shop.product("second", unit(0, 1))
        hits = {hit.reference.id: hit for hit in await shop.search().describe({low, high, only}, unit(1))}
        best = float(unit(1) @ unit(1, 0.1))
        assert {one: hit.product_id for one, hit in hits.items()} == {low: first, high: first, only: second}
        assert hits[low].score == pytest.approx(best, abs=1e-3)
        assert hits[high].score == pytest.approx(best, abs=1e-3)
        assert hits[only].score == pytest.approx(0, abs=1e-3)
        assert (hits[low].part_number, hits[low].name, hits[low].attributes) == ("first", "Part first", {})
        assert (hits[low].reference.width, hits[high].reference.width) == (100, 101)
        by_none = await shop.search().describe([low, only], None)
        assert {hit.reference.id: hit.score for hit in by_none} == {low: 0.0, only: 0.0}
        assert await shop.search().describe([], unit(1)) == []

    run(test)


def test_what_is_described_passes_the_filter_and_is_of_the_catalog(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        _, bolts = await shop.product("bolt", unit(1), unit(0, 1), category="bolts")
        _, nuts = await shop.product("nut", unit(1), category="nuts")
        async with shop.database.write() as session:
            other = (await create_catalog(session, "other", "", SPACE)).gallery
        _, elsewhere = await shop.product("bolt", unit(1), category="bolts", gallery=other)
        every = [*bolts, *nuts, *elsewhere, uuid4()]
        for vector in (unit(1), None):
            described = await shop.search(BOLTS).describe(every, vector)
            assert sorted(hit.reference.id for hit in described) == sorted(bolts)
            described = await shop.search().describe(every, vector)
            assert sorted(hit.reference.id for hit in described) == sorted([*bolts, *nuts])
        by_metadata = Filter(metadata=(("thread", ("M8",)),))
        assert await shop.search(by_metadata).describe(every, unit(1)) == []

    run(test)


def test_a_deleted_reference_is_neither_described_nor_counted(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        product, (gone, kept) = await shop.product("one", unit(1), unit(1, 1))
        async with shop.database.write() as session:
            await session.execute(sa.delete(ReferenceRow).where(ReferenceRow.id == gone))
        described = await shop.search().describe([gone, kept], unit(1))
        assert [hit.reference.id for hit in described] == [kept]
        assert described[0].score == pytest.approx(0.5**0.5, abs=1e-3)
        assert await shop.search().references_of([product, uuid4()]) == {product: [kept]}

    run(test)


def test_a_few_references_of_each_product(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        many, references = await shop.product("many", *(unit(1, number) for number in range(REFERENCES_OF_PRODUCT + 2)))
        few, own = await shop.product("few", unit(1))
        described = sorted(references[2:])
        async with shop.database.write() as session:
            await session.execute(
                sa.update(ReferenceRow)
                .where(ReferenceRow.id.in_(described))
                .values(surface_state=SurfaceState.ENRICHED.value)
            )
        found = await shop.search().references_of({many, few})
        assert found.keys() == {many, few}
        assert found[few] == own
        assert sorted(found[many]) == described

    run(test)


def test_features_come_in_order_and_a_missing_one_is_none(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        keys = [await shop.pictures.put(content, "features") for content in (b"first", b"second")]
        found = await shop.search().features([keys[1], "features/00/gone", keys[0]])
        assert found == [b"second", None, b"first"]
        assert await shop.search().features([]) == []

    run(test)


def test_a_store_that_is_away_is_said_to_be(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        shop.pictures = open_pictures("http://127.0.0.1:9/away")
        with pytest.raises(Exception, match=r"127\.0\.0\.1:9"):
            await shop.search().features(["features/00/one"])

    run(test)


def test_the_catalogs_index_and_a_small_one_where_it_is_too_large(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.product("one", unit(1), unit(0, 1))
        await shop.product("two", unit(1, 1))
        references = await shop.describe_surfaces()
        assert await shop.search().surface_index() is None
        assert len(await shop.search().index_of(references)) == 0
        async with shop.resident() as indexes:
            assert await shop.search(indexes=indexes).surface_index() is Absent.LOADING
            await indexes.loaded(shop.gallery.catalog_id)
            whole = await shop.search(indexes=indexes).surface_index()
            assert isinstance(whole, SurfaceIndex)
            assert [whole.top(asked(number), 1)[0].reference_id for number in range(3)] == references
        async with shop.resident(most_references=2) as indexes:
            await indexes.loaded(shop.gallery.catalog_id)
            search = shop.search(indexes=indexes)
            assert await search.surface_index() is Absent.TOO_LARGE
            small = await search.index_of([references[2], references[0], uuid4()])
            assert (len(small), small.fine) == (2, False)
            hits = small.top(asked(2), 5)
            assert (hits[0].reference_id, hits[0].features_key) == (references[2], "features/2")
            assert hits[0].score == pytest.approx(1, abs=1e-3)
            assert small.entries_of(references).keys() == {references[0], references[2]}

    run(test)
