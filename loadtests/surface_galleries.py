"""Synthetic signatures of any number of pictures, with the statistics of real ones.

What decides over an index's speed is how often words occur; over its recall, how signatures of one spot on two
photos differ. Words are drawn by a law of rank, share(r) ~ 1 / (r + shift)^exponent. Its constants were measured on
RootSIFT words of photos of clothing and groceries (65,536 words learned on 1,200 pictures, counted on 400 others, up
to 600 features each; words of a picture: median 538). Small galleries are searched by coarse words: there the law is
of 8,192 coarse words, each divided evenly into its fine ones. A vocabulary of 8,192 learned longer had more even words,
so the law is cautious there: more postings are scored. Signs are random: 64 of 128 differ between any two pictures, and
about 30 between two photos of one spot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.segment import Entry
from catalog.search.surface.signatures import BITS, FINE_BITS, MOST_WORDS, QuerySignatures, Signatures

COARSE_WORDS = MOST_WORDS >> FINE_BITS

EXPONENT = 0.9
SHIFT = 0.02
"""Of the law, ``SHIFT`` as a share of the vocabulary."""
WORDS_OF_REFERENCE = (350, 600)
WORDS_OF_QUERY = 2_000
DIFFERING = (30.0, 8.0)
"""Mean and deviation of the signs that differ between two photos of one spot."""

Words = NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class WordStatistics:
    """``share``: ``float64[65,536]``, pictures with each fine word, up to a factor. ``counts``: words of a picture."""

    share: NDArray[np.float64]
    counts: NDArray[np.int64]

    @classmethod
    def by_law(cls, *, fine: bool) -> "WordStatistics":
        """The law with the measured constants, of fine words or of coarse ones."""
        words = MOST_WORDS if fine else COARSE_WORDS
        share = np.power(np.arange(words) + SHIFT * words + 1.0, -EXPONENT, dtype=np.float64)
        return cls(np.repeat(share, MOST_WORDS // words), np.arange(*WORDS_OF_REFERENCE))

    @classmethod
    def read(cls, path: Path) -> "WordStatistics":
        """Of an ``.npz`` with ``occurrences`` (pictures with each fine word) and ``counts`` (words of each picture)."""
        with np.load(path) as stored:
            return cls(stored["occurrences"].astype(np.float64), stored["counts"].astype(np.int64))


class SyntheticSurfaces:
    """Draws the same pictures from the same seed."""

    def __init__(self, statistics: WordStatistics, *, seed: int = 0) -> None:
        """Ranks of coarse words are shuffled, as in a real vocabulary; each keeps its fine ones."""
        self._rng = np.random.default_rng(seed)
        share = self._rng.permutation(statistics.share.reshape(COARSE_WORDS, -1)).ravel()
        self._cumulated = np.cumsum(share / share.sum())
        self._counts = statistics.counts

    def references(self, count: int, *, first: int = 0) -> Iterator[tuple[Entry, Signatures]]:
        """So many, one after the other, numbered from ``first``."""
        for number in range(first, first + count):
            words = self._words(int(self._rng.choice(self._counts)))
            identity = UUID(int=number)
            yield Entry(identity, identity, f"features/{number:032x}"), Signatures(words, self._signs(len(words)))

    def query(self, planted: Signatures, shared: float, *, fine: bool) -> QuerySignatures:
        """A photo that sees ``shared`` (0..1) of the planted reference's words again, among words of other things.

        Its words are fine or coarse ones, as the index is searched by.
        """
        level = 0 if fine else FINE_BITS
        known, first = np.unique(planted.words >> np.uint16(level), return_index=True)
        seen = self._rng.random(len(known)) < shared
        others = np.setdiff1d(self._words(WORDS_OF_QUERY - int(seen.sum()), level), known)
        words = np.concatenate([known[seen], others])
        again = planted.bits[first[seen]] ^ self._differences(int(seen.sum()))
        bits = np.concatenate([again, self._signs(len(others))])
        return QuerySignatures(words, bits, np.ones(len(words), np.float32))

    def _words(self, count: int, level: int = 0) -> Words:
        """``count`` different words, increasing: fine ones, or these without their last ``level`` bits."""
        found = np.empty(0, np.uint16)
        while len(found) < count:
            drawn = np.searchsorted(self._cumulated, self._rng.random(count), side="right")
            found = np.union1d(found, np.minimum(drawn, MOST_WORDS - 1).astype(np.uint16) >> np.uint16(level))
        return np.sort(self._rng.permutation(found)[:count])

    def _signs(self, count: int) -> NDArray[np.uint64]:
        return self._rng.integers(0, 1 << 64, (count, BITS // 64), np.uint64)

    def _differences(self, count: int) -> NDArray[np.uint64]:
        many = np.clip(np.round(self._rng.normal(*DIFFERING, count)), 0, BITS)
        order = self._rng.random((count, BITS)).argsort(axis=1)
        return np.packbits(order < many[:, None], axis=1).view(np.uint64)
