"""All references of a catalog in memory, to be ranked by the selective match kernel.

An index is never changed: changes give another one that shares what is the same, so that lookups go on beside. It is a
row of segments, as in a log-structured merge tree: new references come as a small segment at the end, which is merged
with those before it once it is not small beside them; removed ones are marked and go with the next merge.
"""

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.kernel import KernelParameters
from catalog.search.surface.scores import Hit, Scores
from catalog.search.surface.segment import MOST_REFERENCES, Entry, Segment, build_segment, merge_segments
from catalog.search.surface.signatures import FINE_BITS, MOST_WORDS, QuerySignatures, Signatures

MERGE_RATIO = 6
"""A segment is merged with what lies behind it when it is less than so many times as large."""

MOST_DEAD = 0.2
"""Share of removed references in a segment from which on it is built anew."""

WEIGHTS_DRIFT = 0.02
"""Share of references added or removed after which words are weighted anew. Until then idf is a little old."""


@dataclass(frozen=True, eq=False)
class _Part:
    """A segment with what may change beside it: which rows are alive (``bool[n]``), norms (``float32[n]``)."""

    segment: Segment
    alive: NDArray[np.bool_]
    norms: NDArray[np.float32]

    @cached_property
    def living(self) -> int:
        return int(np.count_nonzero(self.alive))


@dataclass(frozen=True, eq=False)
class SurfaceIndex:
    """Use :func:`build_index` or :class:`IndexBuilder`, or begin with an empty one; then :meth:`changed`."""

    parameters: KernelParameters = field(default_factory=KernelParameters)
    parts: tuple[_Part, ...] = ()
    word_weights: NDArray[np.float32] | None = None
    fine: bool = False
    """Whether queries are of fine words: so in large catalogs."""
    drift: int = 0

    def __len__(self) -> int:
        """How many references."""
        return sum(part.living for part in self.parts)

    @property
    def memory_bytes(self) -> int:
        """Of the arrays; the entries take about 500 bytes a reference more."""
        return sum(part.segment.memory_bytes + part.alive.nbytes + part.norms.nbytes for part in self.parts)

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """The references in the order of :meth:`score`."""
        return [
            entry
            for part in self.parts
            for entry, living in zip(part.segment.entries, part.alive.tolist(), strict=True)
            if living
        ]

    def entries_of(self, reference_ids: Iterable[UUID]) -> dict[UUID, Entry]:
        """Those of these references that are in."""
        found: dict[UUID, Entry] = {}
        for reference_id in reference_ids:
            for part in self.parts:
                row = part.segment.row_of.get(reference_id)
                if row is not None and part.alive[row]:
                    found[reference_id] = part.segment.entries[row]
        return found

    def score(self, query: QuerySignatures) -> NDArray[np.float32]:
        """``float32[n]``: the kernel of each of :attr:`entries` with the query, 0..1."""
        return np.concatenate([np.empty(0, np.float32), *(scores[alive] for scores, alive in self._scored(query))])

    def scores(self, query: QuerySignatures) -> Scores:
        """The kernel of every reference with the query."""
        scored = zip(self.parts, self._scored(query), strict=self.word_weights is not None)
        return Scores([(part.segment, np.where(alive, scores, np.float32(0))) for part, (scores, alive) in scored])

    def top(self, query: QuerySignatures, most: int, *, products: Container[UUID] | None = None) -> list[Hit]:
        """As :meth:`~catalog.search.surface.scores.Scores.top`."""
        return self.scores(query).top(most, products=products)

    def changed(self, put: Sequence[tuple[Entry, Signatures]] = (), removed: Collection[UUID] = ()) -> "SurfaceIndex":
        """An index with these references in (each at most once, in place of what is there of the same id) or out."""
        gone = {*removed, *(entry.reference_id for entry, _ in put)}
        parts = [_without(part, gone) for part in self.parts]
        dropped = len(self) - sum(part.living for part in parts)
        for start in range(0, len(put), MOST_REFERENCES):
            some = put[start : start + MOST_REFERENCES]
            segment = build_segment([entry for entry, _ in some], [signatures for _, signatures in some])
            parts.append(self._part(segment))
        drift = self.drift + dropped + len(put)
        changed = replace(self, parts=tuple(self._merged(parts)), drift=drift)
        return changed.reweighted() if drift > WEIGHTS_DRIFT * len(changed) else changed

    def reweighted(self) -> "SurfaceIndex":
        """With idf and norms of exactly the references that are in."""
        occurrences = sum((part.segment.occurrences(part.alive) for part in self.parts), np.zeros(MOST_WORDS, np.int64))
        weights = self.parameters.word_weights(occurrences, len(self))
        parts = tuple(replace(part, norms=self._norms(part.segment, weights)) for part in self.parts)
        fine = len(self) > self.parameters.fine_above
        return replace(self, parts=parts, word_weights=weights, fine=fine, drift=0)

    def _scored(self, query: QuerySignatures) -> Iterable[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
        if self.word_weights is None:
            return
        level = 0 if self.fine else FINE_BITS
        weights = self.word_weights[query.words.astype(np.intp) << level]
        selectivity, norm = self.parameters.selectivity(), self.parameters.query_norm(query, weights)
        for part in self.parts:
            sums = part.segment.similarities(query, query.weights * weights, selectivity, level)
            yield np.minimum(sums / (norm * part.norms), 1).astype(np.float32), part.alive

    def _part(self, segment: Segment) -> _Part:
        weights = np.ones(MOST_WORDS, np.float32) if self.word_weights is None else self.word_weights
        return _Part(segment, np.ones(len(segment), np.bool_), self._norms(segment, weights))

    def _norms(self, segment: Segment, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.parameters.reference_norms(segment.self_similarities(weights))

    def _merged(self, parts: Sequence[_Part]) -> list[_Part]:
        kept: list[_Part] = []
        for part in parts:
            if part.living == 0:
                continue
            wasteful = len(part.segment) - part.living > MOST_DEAD * len(part.segment)
            kept.append(self._join([part]) if wasteful else part)
        while len(kept) > 1:
            before, last = kept[-2:]
            if before.living >= MERGE_RATIO * last.living or before.living + last.living > MOST_REFERENCES:
                break
            kept[-2:] = [self._join([before, last])]
        return kept

    def _join(self, parts: Sequence[_Part]) -> _Part:
        return self._part(merge_segments([(part.segment, part.alive) for part in parts]))


class IndexBuilder:
    """Builds an index of many references that come some at a time; beside it needs memory for one segment's work."""

    def __init__(self, parameters: KernelParameters | None = None) -> None:
        """With the default parameters unless others are given."""
        self._index = SurfaceIndex(parameters or KernelParameters())
        self._parts: list[_Part] = []
        self._waiting: list[tuple[Entry, Signatures]] = []

    def add(self, references: Iterable[tuple[Entry, Signatures]]) -> None:
        """More references, each at most once over all."""
        self._waiting += references
        while len(self._waiting) >= MOST_REFERENCES:
            some, self._waiting = self._waiting[:MOST_REFERENCES], self._waiting[MOST_REFERENCES:]
            self._parts += self._index.changed(some).parts

    def build(self) -> SurfaceIndex:
        """The index of all that were added."""
        last = self._index.changed(self._waiting).parts
        return replace(self._index, parts=(*self._parts, *last)).reweighted()


def build_index(
    references: Iterable[tuple[Entry, Signatures]], parameters: KernelParameters | None = None
) -> SurfaceIndex:
    """An index of these references, each at most once."""
    builder = IndexBuilder(parameters)
    builder.add(references)
    return builder.build()


def _without(part: _Part, gone: Collection[UUID]) -> _Part:
    row_of = part.segment.row_of
    rows = [row_of[one] for one in gone if one in row_of]
    if not rows or not part.alive[rows].any():
        return part
    alive = part.alive.copy()
    alive[rows] = False
    return replace(part, alive=alive)
