"""Synthetic signatures of any number of pictures, with the statistics of real ones.

What decides over an index's speed is how often words occur; over its recall, how signatures of one spot on two photos
differ, and how alike those of different spots are: real ones are nearer than chance, because signs of a residual depend
on each other and on the word. So signs are taken from real signatures of any word, and some of them from the word.
"""

from collections.abc import Iterator
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.segment import Entry
from catalog.search.surface.signatures import BITS, FINE_BITS, MOST_WORDS, QuerySignatures, Signatures
from loadtests.surface_statistics import COARSE_WORDS, SurfaceStatistics

MASKS = 1 << 12

Words = NDArray[np.uint16]
Bits = NDArray[np.uint64]


class SyntheticSurfaces:
    """Draws the same pictures from the same seed."""

    def __init__(self, statistics: SurfaceStatistics, *, seed: int = 0) -> None:
        """The statistics say of which words."""
        self._rng = np.random.default_rng(seed)
        self._statistics = statistics
        self._shares = {
            level: np.cumsum(share / share.sum())
            for level, share in (
                (None, statistics.share),
                (0, statistics.fine.share),
                (FINE_BITS, statistics.coarse.share),
            )
        }
        self._of_coarse, self._of_fine = self._random(COARSE_WORDS), self._random(MOST_WORDS)
        self._coarse_masks = self._masks(statistics.alike_coarse)
        self._fine_masks = self._masks(statistics.alike_fine)

    def references(self, count: int, *, first: int = 0) -> Iterator[tuple[Entry, Signatures]]:
        """So many, one after the other, numbered from ``first``."""
        for number in range(first, first + count):
            words = self._words(int(self._rng.choice(self._statistics.counts)))
            identity = UUID(int=number)
            entry = Entry(identity, identity, f"features/{number:032x}")
            yield entry, Signatures(words, self._signs(words >> np.uint16(FINE_BITS), words))

    def query(self, planted: Signatures, shared: float, *, fine: bool) -> QuerySignatures:
        """A photo that sees ``shared`` (0..1) of the planted reference's words again, among words of other things.

        Its words are fine or coarse ones, as the index is searched by.
        """
        level = 0 if fine else FINE_BITS
        asked = self._statistics.asked(fine=fine)
        known, first = np.unique(planted.words >> np.uint16(level), return_index=True)
        seen = self._rng.random(len(known)) < shared
        count = int(self._rng.choice(asked.counts)) - int(seen.sum())
        others = np.setdiff1d(self._words(count, level), known)
        words = np.concatenate([known[seen], others])
        again = planted.bits[first[seen]] ^ self._differences(int(seen.sum()), asked.differing)
        signs = self._signs(others >> np.uint16(FINE_BITS), others) if fine else self._signs(others)
        return QuerySignatures(words, np.concatenate([again, signs]), np.ones(len(words), np.float32))

    def _words(self, count: int, level: int | None = None) -> Words:
        """``count`` different words, increasing: of a reference, or of a photo by words of ``level``."""
        cumulated = self._shares[level]
        found = np.empty(0, np.uint16)
        while len(found) < count:
            drawn = np.searchsorted(cumulated, self._rng.random(count), side="right")
            found = np.union1d(found, np.minimum(drawn, len(cumulated) - 1).astype(np.uint16))
        return np.sort(self._rng.permutation(found)[:count])

    def _signs(self, coarse: Words, fine: Words | None = None) -> Bits:
        patterns = self._statistics.patterns
        signs = patterns[self._rng.integers(0, len(patterns), len(coarse))]
        signs = self._of_word(signs, self._of_coarse[coarse], self._coarse_masks)
        return signs if fine is None else self._of_word(signs, self._of_fine[fine], self._fine_masks)

    def _of_word(self, signs: Bits, word: Bits, masks: Bits) -> Bits:
        """Signs with some of the word's own in their place."""
        mask = masks[self._rng.integers(0, MASKS, len(signs))]
        return signs ^ ((signs ^ word) & mask)

    def _random(self, count: int) -> Bits:
        return self._rng.integers(0, 1 << 64, (count, BITS // 64), np.uint64)

    def _masks(self, share: float) -> Bits:
        return np.packbits(self._rng.random((MASKS, BITS)) < share, axis=1).view(np.uint64)

    def _differences(self, count: int, differing: NDArray[np.float64]) -> Bits:
        many = self._rng.choice(BITS + 1, count, p=differing / differing.sum())
        order = self._rng.random((count, BITS)).argsort(axis=1)
        return np.packbits(order < many[:, None], axis=1).view(np.uint64)
