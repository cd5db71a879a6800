"""Synthetic signatures of any number of pictures, with the statistics of real ones.

What decides over an index's speed is how often words occur; over its recall, how signatures of one spot on two photos
differ, and how alike those of different spots are: real ones are often nearer than chance, because signs of a residual
depend on each other and on the word. So signs are those of a Gaussian with the covariance that gives the correlations
of real signs, part of whose variance each word fixes.
"""

from collections.abc import Iterator
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.segment import Entry
from catalog.search.surface.signatures import BITS, FINE_BITS, FINE_OF_COARSE, MOST_WORDS, QuerySignatures, Signatures
from loadtests.surface_statistics import COARSE_WORDS, SurfaceStatistics

SAMPLES = 1 << 16
"""Of the Gaussian: signatures are drawn from so many, each moved to its word."""

UNEVENNESS = 0.2
"""Shape of the Beta distribution of what words fix; below 1 few words have most."""

MOST_FIXED = 0.9

Words = NDArray[np.uint16]
Bits = NDArray[np.uint64]
Floats = NDArray[np.float32]


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
        root = _root(statistics.covariance)
        self._samples = self._normal(SAMPLES, root) + statistics.bias.astype(np.float32)
        self._moved = self._moves(root, statistics.alike_coarse, statistics.alike_fine)

    def references(self, count: int, *, first: int = 0) -> Iterator[tuple[Entry, Signatures]]:
        """So many, one after the other, numbered from ``first``."""
        for number in range(first, first + count):
            words = self._words(int(self._rng.choice(self._statistics.counts)))
            identity = UUID(int=number)
            entry = Entry(identity, identity, f"features/{number:032x}")
            yield entry, Signatures(words, self._signs(words))

    def query(self, planted: Signatures, shared: float, *, fine: bool) -> QuerySignatures:
        """A photo that sees ``shared`` (0..1) of the planted reference's words again, among words of other things.

        Its words are fine or coarse ones, as the index is searched by.
        """
        level = 0 if fine else FINE_BITS
        asked = self._statistics.asked(fine=fine)
        known, first = np.unique(planted.words >> np.uint16(level), return_index=True)
        seen = self._rng.random(len(known)) < shared
        count = int(self._rng.choice(asked.counts))
        # Words of the planted one that other things have as well may be among the others, as in real photos.
        others = np.setdiff1d(self._words(count, level), known[seen])
        others = self._rng.permutation(others)[: count - int(seen.sum())]
        again = planted.bits[first[seen]] ^ self._differences(int(seen.sum()), asked.differing)
        # A coarse word's signature is like those of its fine words, some one of them.
        of_fine = others if fine else (others << np.uint16(level)) + self._any_fine(len(others))
        signs = self._signs(of_fine)
        words = np.concatenate([known[seen], others])
        return QuerySignatures(words, np.concatenate([again, signs]), np.ones(len(words), np.float32))

    def _words(self, count: int, level: int | None = None) -> Words:
        """``count`` different words, increasing: of a reference, or of a photo by words of ``level``."""
        cumulated = self._shares[level]
        found = np.empty(0, np.uint16)
        while len(found) < count:
            drawn = np.searchsorted(cumulated, self._rng.random(count), side="right")
            found = np.union1d(found, np.minimum(drawn, len(cumulated) - 1).astype(np.uint16))
        return np.sort(self._rng.permutation(found)[:count])

    def _any_fine(self, count: int) -> Words:
        return self._rng.integers(0, FINE_OF_COARSE, count, np.uint16)

    def _signs(self, words: Words) -> Bits:
        samples = self._samples[self._rng.integers(0, SAMPLES, len(words))]
        samples += self._moved[words]
        return np.packbits(samples > 0, axis=1).view(np.uint64)

    def _moves(self, root: Floats, alike_coarse: float, alike_fine: float) -> Floats:
        """``float32[65,536, 128]``: where fine words move the Gaussian, in units of the deviation that they leave."""
        coarse = self._fixed(alike_coarse, COARSE_WORDS)
        moves = np.repeat(np.sqrt(coarse) * self._normal(COARSE_WORDS, root), FINE_OF_COARSE, axis=0)
        fine = self._fixed(alike_fine, MOST_WORDS)
        moves += np.sqrt(fine) * self._normal(MOST_WORDS, root)
        moves /= np.sqrt(1 - fine - np.repeat(coarse, FINE_OF_COARSE, axis=0))
        return moves

    def _fixed(self, mean: float, words: int) -> Floats:
        if mean == 0:
            return np.zeros((words, 1), np.float32)
        shares = self._rng.beta(UNEVENNESS, UNEVENNESS * (1 / mean - 1), (words, 1))
        return np.minimum(shares, MOST_FIXED / 2).astype(np.float32)

    def _normal(self, count: int, root: Floats) -> Floats:
        normal: Floats = self._rng.standard_normal((count, BITS), np.float32) @ root
        return normal

    def _differences(self, count: int, differing: NDArray[np.float64]) -> Bits:
        many = self._rng.choice(BITS + 1, count, p=differing / differing.sum())
        order = self._rng.random((count, BITS)).argsort(axis=1)
        return np.packbits(order < many[:, None], axis=1).view(np.uint64)


def _root(covariance: NDArray[np.float64]) -> Floats:
    """``R`` with ``R.T R`` the covariance; what sampling made negative in it counts as 0."""
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = (np.sqrt(np.maximum(values, 0))[:, None] * vectors.T).astype(np.float32)
    return root
