"""What a worker types: a hint beside photos, or all that is asked.

Two ways at once: the text tower's vector among the pictures, for what things look like ("red knob"), and full-text
search, for what they are called ("ISO 4762 M8").
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from catalog.search.candidates import ProductHit
from catalog.search.vectors import Vector
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.search import CandidateSearch

TEXT_WEIGHT: Final = 0.5
"""Of the text's cosine beside the photo's. On the demo's photos 1 would find 3 points more by a true colour and noun,
and lose 9 points instead of 2 by another product's.
"""

WORDS_WEIGHT: Final = 0.3
"""Of words that a product bears: as much as lies between a photo's best and its hundredth candidate."""

SHORTLIST: Final = 20
"""Products that each of both proposes beside photos."""

TEXT_ALONE: Final = 50
"""The same where nothing else is asked: enough to page through."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the text says of a product. ``words``: share of the words that it bears, 0..1; ``cosine`` of the text with
    its nearest picture, None without a text tower; ``proposed``: whether it was proposed for it.
    """

    words: float
    cosine: float | None
    proposed: bool

    @property
    def weight(self) -> float:
        """To be added to a cosine."""
        return WORDS_WEIGHT * self.words + TEXT_WEIGHT * (self.cosine or 0.0)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A text and what it proposes: products, and a reference of each."""

    text: str
    vector: Vector | None
    products: frozenset[UUID]
    references: frozenset[UUID]


async def read_typed(text: str, engine: ImageEmbedder, search: CandidateSearch, *, most: int) -> Typed:
    """Understand a text by what the model and the catalog know; each proposes ``most`` products.

    Raises:
        Overloaded: too much waits for the model.
        EmbeddingError: the model gave no usable vector.

    """
    (vector, nearest), named = await asyncio.gather(_looks(text, engine, search, most), search.by_words(text, most))
    looks_so = {hit.product_id: hit.reference.id for hit in nearest}
    called_so = {product for product, _ in named}
    references = await search.references_of(called_so - looks_so.keys())
    return Typed(
        text=text,
        vector=vector,
        products=frozenset(called_so | looks_so.keys()),
        references=frozenset([*looks_so.values(), *(some[0] for some in references.values())]),
    )


async def _looks(
    text: str, engine: ImageEmbedder, search: CandidateSearch, most: int
) -> tuple[Vector | None, Sequence[ProductHit]]:
    if not engine.has_text:
        return None, ()
    vector = (await engine.embed_texts([text]))[0]
    return vector, await search.nearest(vector, most)


async def compared(typed: Typed, reference_ids: Collection[UUID], search: CandidateSearch) -> dict[UUID, ProductHit]:
    """The products of these references; a hit's score is the text's cosine, 0 without a text tower."""
    return {hit.product_id: hit for hit in await search.describe(reference_ids, typed.vector)}


async def said_of(typed: Typed, products: Mapping[UUID, ProductHit], search: CandidateSearch) -> dict[UUID, Said]:
    """What the text says of products that it was compared with."""
    words = await search.words_of(typed.text, products.keys())
    return {
        product: Said(
            words=words.get(product, 0.0),
            cosine=None if typed.vector is None else hit.score,
            proposed=product in typed.products,
        )
        for product, hit in products.items()
    }
