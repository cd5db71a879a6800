"""A part of the inverted file: for each visual word the references that have it, with their signatures.

A segment is never changed. Its postings lie word by word without gaps, so that what one query needs are slices; these
are joined and scored together, some ten thousand postings at a time, so that the work stays in the processor's cache.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.signatures import MOST_WORDS, QuerySignatures, Signatures

MOST_REFERENCES = 1 << 14
"""Of a segment. More would make a merge take longer and need more memory beside; rows must fit 16 bits."""

POSTINGS_AT_ONCE = 1 << 16
"""Scored together: 1.6 MB of work. A quarter and four times as many were measured to be slower."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A reference in the index. ``features_key``: where its local features lie in the picture store."""

    reference_id: UUID
    product_id: UUID
    features_key: str


@dataclass(frozen=True, eq=False)
class Segment:
    """``entries``: n references, a posting's row counts them. Postings of word w are ``offsets[w]:offsets[w + 1]``.

    ``offsets``: ``int64[65,537]``. ``rows``: ``uint16[postings]``. ``bits``: ``uint64[postings, 2]``.
    """

    entries: Sequence[Entry]
    offsets: NDArray[np.int64]
    rows: NDArray[np.uint16]
    bits: NDArray[np.uint64]

    def __len__(self) -> int:
        """How many references."""
        return len(self.entries)

    @cached_property
    def row_of(self) -> dict[UUID, int]:
        """The row of each reference id."""
        return {entry.reference_id: row for row, entry in enumerate(self.entries)}

    @cached_property
    def by_product(self) -> tuple[NDArray[np.bytes_], NDArray[np.intp]]:
        """``S16[n]``, the references' products in order, and ``intp[n]``, the rows in that order."""
        products = np.array([entry.product_id.bytes for entry in self.entries], dtype="S16")
        rows = np.argsort(products, kind="stable")
        return products[rows], rows

    @property
    def memory_bytes(self) -> int:
        """Of the arrays."""
        return self.offsets.nbytes + self.rows.nbytes + self.bits.nbytes

    def words(self) -> NDArray[np.uint16]:
        """``uint16[postings]``: the word of each posting."""
        return np.repeat(np.arange(MOST_WORDS, dtype=np.uint16), np.diff(self.offsets))

    def occurrences(self, alive: NDArray[np.bool_]) -> NDArray[np.int64]:
        """``int64[65,536]``: how many of the references that are alive have each word."""
        if alive.all():
            return np.diff(self.offsets)
        return np.bincount(self.words()[alive[self.rows]], minlength=MOST_WORDS)

    def self_similarities(self, word_weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """``float64[n]``: each reference's similarity with itself, 0 for one without words."""
        weights = np.repeat(word_weights, np.diff(self.offsets))
        return np.bincount(self.rows, weights, minlength=len(self)).astype(np.float64)

    def similarities(
        self, query: QuerySignatures, gains_of_words: NDArray[np.float32], selectivity: NDArray[np.float32], level: int
    ) -> NDArray[np.float64]:
        """``float64[n]``: the kernel's sum over common words, not normalised (:mod:`catalog.search.surface.kernel`).

        ``gains_of_words``: ``float32[k]``, what each of the query's words counts. ``level``: bits by which a fine word
        is shifted to be one of the query's; fine words of a coarse one lie side by side.
        """
        first = query.words.astype(np.intp) << level
        starts = self.offsets[first]
        lengths = self.offsets[first + (1 << level)] - starts
        # From this distance on a word counts nothing: about half of the postings, which then cost no more.
        counts_below = int(np.flatnonzero(selectivity).max(initial=-1)) + 1
        sums = np.zeros(len(self))
        for some in _shares(lengths, POSTINGS_AT_ONCE):
            slices = [slice(start, start + length) for start, length in zip(starts[some], lengths[some], strict=True)]
            differing = np.concatenate([self.bits[one] for one in slices])
            differing ^= np.repeat(query.bits[some], lengths[some], axis=0)
            counted = np.bitwise_count(differing)
            distances = counted[:, 0] + counted[:, 1]
            near = np.flatnonzero(distances < counts_below)
            gains = np.take(selectivity, np.take(distances, near))
            gains *= np.take(np.repeat(gains_of_words[some], lengths[some]), near)
            rows = np.take(np.concatenate([self.rows[one] for one in slices]), near)
            sums += np.bincount(rows, gains, minlength=len(self))
        return sums


def build_segment(entries: Sequence[Entry], signatures: Sequence[Signatures]) -> Segment:
    """A segment of these references, at most :data:`MOST_REFERENCES`."""
    counts = [len(one) for one in signatures]
    rows = np.repeat(np.arange(len(entries), dtype=np.uint16), counts)
    words = np.concatenate([np.empty(0, np.uint16), *(one.words for one in signatures)])
    bits = np.concatenate([np.empty((0, 2), np.uint64), *(one.bits for one in signatures)])
    return _by_word(entries, words, rows, bits)


def merge_segments(parts: Sequence[tuple[Segment, NDArray[np.bool_]]]) -> Segment:
    """One segment of the references that are alive in these (segment, ``bool[n]`` of its rows)."""
    entries: list[Entry] = []
    words, rows, bits = [], [], []
    for segment, alive in parts:
        kept = np.flatnonzero(np.take(alive, segment.rows))
        # Rows that are dead get a number too; no posting is left that has it.
        renumbered = (len(entries) + np.cumsum(alive) - 1).astype(np.uint16)
        words.append(np.take(segment.words(), kept))
        rows.append(np.take(renumbered, np.take(segment.rows, kept)))
        bits.append(np.take(segment.bits, kept, axis=0))
        entries += [entry for entry, living in zip(segment.entries, alive.tolist(), strict=True) if living]
    return _by_word(entries, np.concatenate(words), np.concatenate(rows), np.concatenate(bits))


def _by_word(
    entries: Sequence[Entry], words: NDArray[np.uint16], rows: NDArray[np.uint16], bits: NDArray[np.uint64]
) -> Segment:
    if len(entries) > MOST_REFERENCES:
        raise ValueError(f"{len(entries)} references are too many for a segment")
    # Stable, and of 16-bit numbers: NumPy sorts these by radix, in linear time.
    order = np.argsort(words, kind="stable")
    offsets = np.zeros(MOST_WORDS + 1, np.int64)
    np.cumsum(np.bincount(words, minlength=MOST_WORDS), out=offsets[1:])
    # take and not an index: many times as fast, and other threads run meanwhile.
    return Segment(entries=entries, offsets=offsets, rows=np.take(rows, order), bits=np.take(bits, order, axis=0))


def _shares(lengths: NDArray[np.int64], most: int) -> Iterator[slice]:
    """Runs of words with about ``most`` postings each; none without any."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.searchsorted(ends, np.arange(most, total, most)) + 1
    for first, last in pairwise([0, *np.unique(cuts).tolist(), len(lengths)]):
        if last > first and lengths[first:last].any():
            yield slice(first, last)
