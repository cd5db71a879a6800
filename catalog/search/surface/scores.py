"""What the kernel says of every reference of an index, for one photo."""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.segment import Entry, Segment


class Hit(NamedTuple):
    """A reference that shares words with the photo. ``score``: the kernel, 0..1."""

    reference_id: UUID
    product_id: UUID
    features_key: str
    score: float


class Strength(NamedTuple):
    """Of a product. ``best``: the kernel of its best reference, 0..1; ``together``: the root of the summed squares of
    all its references'.
    """

    best: float
    together: float


@dataclass(frozen=True, eq=False)
class Scores:
    """``parts``: segments, each with the kernel of its references, ``float32[n]``, 0..1; 0 for those that have gone."""

    parts: Sequence[tuple[Segment, NDArray[np.float32]]] = ()

    def top(self, most: int, *, products: Container[UUID] | None = None) -> list[Hit]:
        """The ``most`` (>= 1) best references, best first; fewer where fewer share anything with the photo.

        ``products``: narrows to references of these.
        """
        hits: list[Hit] = []
        for segment, scores in self.parts:
            hits += _best(segment.entries, scores, most, products)
        return sorted(hits, key=lambda hit: (-hit.score, hit.reference_id))[:most]

    def of_products(self, products: Collection[UUID]) -> dict[UUID, Strength]:
        """Of each of these; 0 for one without references here."""
        best, squares = np.zeros(len(products)), np.zeros(len(products))
        wanted = np.array([one.bytes for one in products], dtype="S16")
        for segment, scores in self.parts:
            sorted_products, rows = segment.by_product
            first, last = (np.searchsorted(sorted_products, wanted, side) for side in ("left", "right"))
            for place in np.flatnonzero(first < last):
                some = scores[rows[first[place] : last[place]]]
                best[place] = max(best[place], some.max())
                squares[place] += np.square(some, dtype=np.float64).sum()
        found = zip(products, best.tolist(), np.sqrt(squares).tolist(), strict=True)
        return {product: Strength(one, together) for product, one, together in found}


def _best(
    entries: Sequence[Entry], scores: NDArray[np.float32], most: int, products: Container[UUID] | None
) -> list[Hit]:
    rows = np.flatnonzero(scores > 0)
    if products is None and most < len(rows):
        # All that tie with the last one stay, so that which of them are given does not depend on segments.
        rows = rows[scores[rows] >= np.partition(scores[rows], -most)[-most]]
    hits: list[Hit] = []
    for row in rows[np.argsort(-scores[rows], kind="stable")].tolist():
        entry = entries[row]
        if products is None or entry.product_id in products:
            hits.append(Hit(entry.reference_id, entry.product_id, entry.features_key, float(scores[row])))
            if products is not None and len(hits) == most:
                break
    return hits
