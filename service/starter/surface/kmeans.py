"""Lloyd's k-means (IEEE Transactions on Information Theory 1982), with empty clusters moved to where they help most."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

JITTER: Final = 0.01
"""Standard deviation of what makes copies differ, where there are fewer vectors than clusters."""

_ROWS_AT_ONCE: Final = 50_000


def kmeans(vectors: NDArray[np.float32], count: int, rounds: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """``float32[count, d]``: means of ``count`` clusters of ``float32[n, d]``, n at least 1."""
    if len(vectors) <= count:
        copies = np.resize(np.arange(len(vectors)), count)
        centroids: NDArray[np.float32] = vectors[copies]
        centroids[len(vectors) :] += rng.normal(0, JITTER, centroids[len(vectors) :].shape).astype(np.float32)
        return centroids
    centroids = vectors[rng.choice(len(vectors), count, replace=False)]
    for _ in range(rounds):
        owners, scores = nearest(vectors, centroids)
        centroids = _means(vectors, owners, scores, count)
    return centroids


def nearest(
    vectors: NDArray[np.float32], centroids: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Number of each vector's nearest centroid, ``intp[n]``, and half their squared distance, ``float32[n]``."""
    owners = np.empty(len(vectors), np.intp)
    halves = np.empty(len(vectors), np.float32)
    offsets = np.square(centroids).sum(axis=1) / 2
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        some = vectors[start : start + _ROWS_AT_ONCE]
        scores = some @ centroids.T - offsets
        best = scores.argmax(axis=1)
        owners[start : start + len(some)] = best
        halves[start : start + len(some)] = np.square(some).sum(axis=1) / 2 - scores[np.arange(len(some)), best]
    return owners, halves


def _means(
    vectors: NDArray[np.float32], owners: NDArray[np.intp], halves: NDArray[np.float32], count: int
) -> NDArray[np.float32]:
    order = np.argsort(owners, kind="stable")
    present, starts, sizes = np.unique(owners[order], return_index=True, return_counts=True)
    centroids = np.empty((count, vectors.shape[1]), np.float32)
    centroids[present] = np.add.reduceat(vectors[order], starts, axis=0) / sizes[:, None]
    empty = np.setdiff1d(np.arange(count), present)
    # The vectors that are worst represented; one alone is a cluster without any error.
    centroids[empty] = vectors[np.argsort(-halves, kind="stable")[: len(empty)]]
    return centroids
