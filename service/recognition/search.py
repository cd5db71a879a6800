"""What the pipeline asks of a catalog: the port that :class:`catalog.search.gallery.GallerySearch` fills."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from catalog.search.candidates import ProductHit
from catalog.search.keys import KeyHit
from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.resident import Absent
from catalog.search.texts import ProductTexts
from catalog.search.vectors import Vector


class CandidateSearch(Protocol):
    """One catalog's gallery, narrowed by a lookup's filter."""

    @property
    def filtered(self) -> bool:
        """Whether there is a filter: then recall has to look further."""
        ...

    async def nearest(self, vector: Vector, products: int) -> Sequence[ProductHit]:
        """The products nearest to a vector, best first."""
        ...

    async def surface_index(self) -> SurfaceIndex | Absent | None:
        """The catalog's index of signatures, why it cannot be had now, or None where surfaces are off."""
        ...

    async def index_of(self, reference_ids: Collection[UUID]) -> SurfaceIndex:
        """A small index of these references, where the catalog's is too large."""
        ...

    async def references_of(self, product_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """Some references of each product."""
        ...

    async def features(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Packed features by key, in order; None where one is gone."""
        ...

    async def by_words(self, text: str, products: int) -> Sequence[tuple[UUID, float]]:
        """The products that bear words of a text, best first, with the share of the words, 0..1."""
        ...

    async def words_of(self, text: str, product_ids: Collection[UUID]) -> dict[UUID, float]:
        """For each of these products that bears any, the share of a text's words that it bears, 0..1."""
        ...

    async def by_keys(self, names: Sequence[str]) -> Sequence[KeyHit]:
        """The products that bear one of these names, as their part number or as a key of their metadata."""
        ...

    async def texts_of(self, product_ids: Collection[UUID]) -> dict[UUID, ProductTexts]:
        """What was read on the pictures of each of these products."""
        ...

    async def vectors_of(self, product_ids: Collection[UUID], most: int) -> dict[UUID, dict[UUID, Vector]]:
        """The vectors of ``most`` references of each of these products; by product, then by reference."""
        ...

    async def describe(self, reference_ids: Collection[UUID], vector: Vector | None) -> Sequence[ProductHit]:
        """A hit for each of these references that passes the filter; its score is the product's best cosine."""
        ...
