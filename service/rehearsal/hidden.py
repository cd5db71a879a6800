"""A catalog's search as it would be without some references of a product, or without the product."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np

from catalog.search.candidates import ProductHit
from catalog.search.keys import KeyHit
from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.resident import Absent
from catalog.search.texts import ProductTexts
from catalog.search.vectors import Vector
from service.recognition.search import CandidateSearch

VECTORS: Final = 1_000
"""Of a product's references, so many at most are compared in place of the hidden ones."""


@dataclass(frozen=True, kw_only=True)
class Hiding:
    """A :class:`~service.recognition.search.CandidateSearch` that does not find ``references``, which are
    ``product``'s; None: not the product at all. By its others it is found. Words and codes name it as they do: what is
    rehearsed are looks.
    """

    search: CandidateSearch
    product: UUID
    references: frozenset[UUID] | None = None

    @property
    def filtered(self) -> bool:
        """As the search is."""
        return self.search.filtered

    async def nearest(self, vector: Vector, products: int) -> list[ProductHit]:
        """The products nearest to a vector, best first."""
        hits = await self.search.nearest(vector, products + 1)
        others = [hit for hit in hits if hit.product_id != self.product]
        if len(others) < len(hits) and (best := await self._best(vector)):
            score, reference = best
            own = [replace(hit, score=score) for hit in await self.search.describe([reference], vector)]
            others = sorted([*others, *own], key=lambda hit: -hit.score)
        return others[:products]

    async def surface_index(self) -> SurfaceIndex | Absent | None:
        """The catalog's index of signatures without the hidden ones."""
        index = await self.search.surface_index()
        if not isinstance(index, SurfaceIndex):
            return index
        gone = self.references
        if gone is None:
            gone = frozenset(one.reference_id for one in index.entries if one.product_id == self.product)
        return index.changed(removed=gone)

    async def index_of(self, reference_ids: Collection[UUID]) -> SurfaceIndex:
        """A small index of these references."""
        return await self.search.index_of([one for one in reference_ids if one not in self._gone])

    async def references_of(self, product_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """Some references of each product."""
        found = await self.search.references_of(product_ids)
        return {product: left for product, some in found.items() if (left := self._left(product, some))}

    async def features(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Packed features by key."""
        return await self.search.features(keys)

    async def by_words(self, text: str, products: int) -> Sequence[tuple[UUID, float]]:
        """As the search has them."""
        return await self.search.by_words(text, products)

    async def words_of(self, text: str, product_ids: Collection[UUID]) -> dict[UUID, float]:
        """As the search has them."""
        return await self.search.words_of(text, product_ids)

    async def by_keys(self, names: Sequence[str]) -> Sequence[KeyHit]:
        """As the search has them."""
        return await self.search.by_keys(names)

    async def texts_of(self, product_ids: Collection[UUID]) -> dict[UUID, ProductTexts]:
        """As the search has them."""
        return await self.search.texts_of(product_ids)

    async def vectors_of(self, product_ids: Collection[UUID], most: int) -> dict[UUID, dict[UUID, Vector]]:
        """Vectors of some references of each product."""
        found = await self.search.vectors_of(product_ids, most + len(self._gone))
        return {
            product: {one: some[one] for one in left[:most]}
            for product, some in found.items()
            if (left := self._left(product, some))
        }

    async def describe(self, reference_ids: Collection[UUID], vector: Vector | None) -> list[ProductHit]:
        """A hit for each of these references but the hidden ones."""
        found = await self.search.describe([one for one in reference_ids if one not in self._gone], vector)
        hits = [hit for hit in found if self._finds(hit.product_id)]
        if vector is None or all(hit.product_id != self.product for hit in hits):
            return hits
        score, _ = await self._best(vector) or (0.0, None)
        return [replace(hit, score=score) if hit.product_id == self.product else hit for hit in hits]

    @property
    def _gone(self) -> frozenset[UUID]:
        return self.references or frozenset()

    def _finds(self, product: UUID) -> bool:
        return self.references is not None or product != self.product

    def _left(self, product: UUID, references: Collection[UUID]) -> list[UUID]:
        return [one for one in references if one not in self._gone] if self._finds(product) else []

    async def _best(self, vector: Vector) -> tuple[float, UUID] | None:
        """The best cosine of the product's other references, and whose it is; None where there is none."""
        vectors = (await self.vectors_of([self.product], VECTORS)).get(self.product, {})
        return max(((float(np.dot(vector, one)), reference) for reference, one in vectors.items()), default=None)
