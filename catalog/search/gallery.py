"""All that one lookup asks of one catalog. Each question has its own short read session."""

import asyncio
from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa

from catalog.database import Database
from catalog.errors import ReferenceNotFound
from catalog.galleries import Gallery
from catalog.models import ReferenceRow, SurfaceState
from catalog.search.candidates import ProductHit, describe_references, find_by_vector
from catalog.search.filters import Filter
from catalog.search.keys import KeyHit, find_by_keys
from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.resident import Absent, ResidentIndexes
from catalog.search.surface.stored import index_of, read_signatures
from catalog.search.texts import ProductTexts, texts_of
from catalog.search.vectors import Vector, stored_vectors
from catalog.search.words import find_by_words, score_by_words
from catalog.storage.pictures import PictureStore

REFERENCES_OF_PRODUCT = 5
"""Compared by surface where a catalog has no index in memory."""


class GallerySearch:
    """A gallery, narrowed by a filter."""

    def __init__(
        self,
        *,
        database: Database,
        pictures: PictureStore,
        indexes: ResidentIndexes | None,
        gallery: Gallery,
        where: Filter,
        keys: Collection[str] = (),
    ) -> None:
        """All stay the caller's to close. Without ``indexes`` there is no surface. ``keys``: of metadata, whose values
        name one product each.
        """
        self._database = database
        self._pictures = pictures
        self._indexes = indexes
        self._gallery = gallery
        self._where = where
        self._keys = keys

    @property
    def filtered(self) -> bool:
        """Whether there is a filter."""
        return bool(self._where)

    async def nearest(self, vector: Vector, products: int) -> list[ProductHit]:
        """The products nearest to a vector, best first."""
        async with self._database.read() as session:
            return await find_by_vector(session, self._gallery, vector, limit=products, where=self._where)

    async def surface_index(self) -> SurfaceIndex | Absent | None:
        """The catalog's index of signatures, why it cannot be had now, or None where surfaces are off."""
        return await self._indexes.get(self._gallery.catalog_id) if self._indexes else None

    async def index_of(self, reference_ids: Collection[UUID]) -> SurfaceIndex:
        """A small index of these references."""
        if self._indexes is None:
            return SurfaceIndex()
        async with self._database.read() as session:
            rows = await read_signatures(session, self._gallery.catalog_id, self._indexes.vocabulary, reference_ids)
        return await asyncio.to_thread(index_of, rows)

    async def references_of(self, product_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """A few references of each product: those whose surfaces are described first, of these the oldest."""
        described = ReferenceRow.surface_state == SurfaceState.ENRICHED.value
        statement = (
            sa.select(ReferenceRow.product_id, ReferenceRow.id)
            .where(ReferenceRow.product_id.in_(product_ids))
            .order_by(described.desc(), ReferenceRow.created_at, ReferenceRow.id)
        )
        found: dict[UUID, list[UUID]] = {}
        async with self._database.read() as session:
            for product_id, reference_id in await session.execute(statement):
                found.setdefault(product_id, []).append(reference_id)
        return {product_id: some[:REFERENCES_OF_PRODUCT] for product_id, some in found.items()}

    async def features(self, keys: Sequence[str]) -> list[bytes | None]:
        """Packed features by key, in order; None where one is gone."""
        return list(await asyncio.gather(*(self._feature(key) for key in keys)))

    async def by_words(self, text: str, products: int) -> list[tuple[UUID, float]]:
        """The products that bear words of a text, best first, with the share of the words, 0..1."""
        async with self._database.read() as session:
            hits = await find_by_words(session, self._gallery, text, limit=products, where=self._where)
        return [(hit.product_id, hit.score) for hit in hits]

    async def words_of(self, text: str, product_ids: Collection[UUID]) -> dict[UUID, float]:
        """For each of these products that bears any, the share of a text's words that it bears, 0..1."""
        async with self._database.read() as session:
            return await score_by_words(session, self._gallery, text, product_ids)

    async def by_keys(self, names: Sequence[str]) -> list[KeyHit]:
        """The products that bear one of these names, as their part number or as a key of their metadata."""
        async with self._database.read() as session:
            return await find_by_keys(session, self._gallery, names, self._keys, where=self._where)

    async def texts_of(self, product_ids: Collection[UUID]) -> dict[UUID, ProductTexts]:
        """What was read on the pictures of each of these products."""
        async with self._database.read() as session:
            return await texts_of(session, product_ids)

    async def describe(self, reference_ids: Collection[UUID], vector: Vector | None) -> list[ProductHit]:
        """A hit for each of these references that passes the filter; its score is the product's best cosine."""
        async with self._database.read() as session:
            return await describe_references(session, self._gallery, reference_ids, vector, where=self._where)

    async def vectors_of(self, product_ids: Collection[UUID], most: int) -> dict[UUID, dict[UUID, Vector]]:
        """The vectors of ``most`` references of each of these products; by product, then by reference."""
        async with self._database.read() as session:
            return await stored_vectors(session, self._gallery.partition, product_ids, most=most)

    async def _feature(self, key: str) -> bytes | None:
        try:
            return await self._pictures.get(key)
        except ReferenceNotFound:
            # Its reference was removed a moment ago.
            return None
