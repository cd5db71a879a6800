"""The three levels of a vocabulary: cells, the words of each, and the fine words of each word."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.rootsift import SCALE
from service.recognition.surface.vocabulary import (
    CELLS,
    FINE_OF_WORD,
    FINE_WORDS,
    WORDS,
    WORDS_OF_CELL,
    Vocabulary,
)
from service.starter.surface.kmeans import kmeans, nearest
from service.starter.surface.sampling import Plan, Sample, share_of

CELL_SAMPLE: Final = 100_000
"""Descriptors that the cells are learned on."""

CELL_ROUNDS: Final = 12
WORD_ROUNDS: Final = 10
FINE_ROUNDS: Final = 6
_ROWS_AT_ONCE: Final = 50_000


def learn(descriptors: NDArray[np.uint8], seed: int, provenance: str, report: Callable[[str], None]) -> Vocabulary:
    """A vocabulary of ``uint8[n, 128]``, RootSIFT x 255.

    Raises:
        ValueError: there are fewer descriptors than cells.

    """
    if len(descriptors) < CELLS:
        raise ValueError(f"{len(descriptors)} descriptors are too few for {CELLS} cells")
    rng = np.random.default_rng(seed)
    some = descriptors[np.sort(rng.permutation(len(descriptors))[:CELL_SAMPLE])]
    cells = _coded(kmeans(_floats(some), CELLS, CELL_ROUNDS, rng))
    report(f"{CELLS} cells")
    owners = _in_parts(descriptors, lambda vectors: nearest(vectors, _floats(cells))[0])
    words = _divide(descriptors, owners, cells, WORDS_OF_CELL, WORD_ROUNDS, rng)
    report(f"{WORDS:,} words")
    # Fine words are for the descriptors that a lookup would give their word: some lie in a neighbouring cell.
    coarse = Vocabulary(cells, words, np.zeros((FINE_WORDS, 128), np.uint8), "")
    owners = _in_parts(descriptors, lambda vectors: coarse.nearest_words(vectors, 1)[:, 0])
    fine = _divide(descriptors, owners, words, FINE_OF_WORD, FINE_ROUNDS, rng)
    report(
        f"{FINE_WORDS:,} fine words; {np.count_nonzero(np.bincount(owners, minlength=WORDS) == 0)} words without any"
    )
    return Vocabulary(cells, words, fine, provenance)


def describe_learning(samples: Sequence[Sample], plan: Plan, command: str, today: date) -> str:
    """Provenance: what a vocabulary was learned on, how, and when."""
    count = sum(sample.source.count for sample in samples)
    total = sum(len(sample.descriptors) for sample in samples)
    share = share_of([sample.source for sample in samples], plan)
    origins = [
        f"- {sample.source.name}: {sample.source.count:,} pictures, {len(sample.descriptors):,} descriptors; "
        f"{sample.source.licence}"
        for sample in samples
    ]
    head = (
        f"{CELLS} cells, {WORDS:,} words, {FINE_WORDS:,} fine words by k-means on {total:,} RootSIFT descriptors of "
        f"{count:,} pictures, at most {share} a picture by chance:"
    )
    return "\n".join([head, *origins, f"seed {plan.seed}; {today.isoformat()}; {command}"])


def _divide(
    descriptors: NDArray[np.uint8],
    owners: NDArray[np.intp],
    parents: NDArray[np.uint8],
    count: int,
    rounds: int,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """``uint8[count of each parent, 128]``: clusters of each parent's descriptors, around itself where it has none."""
    order = np.argsort(owners, kind="stable")
    bounds = np.searchsorted(owners[order], np.arange(len(parents) + 1))
    divided = []
    for parent, centroid in enumerate(parents):
        own = descriptors[order[bounds[parent] : bounds[parent + 1]]]
        divided.append(_coded(kmeans(_floats(own if len(own) else centroid[None]), count, rounds, rng)))
    return np.concatenate(divided)


def _in_parts(
    descriptors: NDArray[np.uint8], owners_of: Callable[[NDArray[np.float32]], NDArray[np.intp]]
) -> NDArray[np.intp]:
    starts = range(0, len(descriptors), _ROWS_AT_ONCE)
    return np.concatenate([owners_of(_floats(descriptors[start : start + _ROWS_AT_ONCE])) for start in starts])


def _floats(coded: NDArray[np.uint8]) -> NDArray[np.float32]:
    return coded.astype(np.float32) / np.float32(SCALE)


def _coded(centroids: NDArray[np.float32]) -> NDArray[np.uint8]:
    coded: NDArray[np.uint8] = np.rint(np.clip(centroids * SCALE, 0, 255)).astype(np.uint8)
    return coded
