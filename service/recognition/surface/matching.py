"""Pairs of local features of a photo and a reference that look alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """``query`` and ``reference``: ``intp[m]``, row numbers of mutual nearest neighbours.

    ``nearest``: ``float32[n]``, for each of the photo's features the similarity (0..1) of the reference's nearest.
    """

    query: NDArray[np.intp]
    reference: NDArray[np.intp]
    nearest: NDArray[np.float32]

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.query)


def match_features(query: NDArray[np.float32], reference: NDArray[np.float32]) -> Pairs:
    """Pairs of ``float32[n, 128]`` and ``float32[k, 128]``, rows of length 1.

    Without a ratio test: it would lose print that repeats within a picture, and what is wrong geometry takes out.
    """
    if len(query) < 2 or len(reference) < 2:
        none = np.zeros(0, np.intp)
        return Pairs(query=none, reference=none, nearest=np.zeros(len(query), np.float32))
    similarity = query @ reference.T
    rows = np.arange(len(query))
    best = similarity.argmax(axis=1)
    nearest = similarity[rows, best]
    # By value, because along columns numpy finds the largest six times as fast as its place.
    mutual = nearest == similarity.max(axis=0)[best]
    return Pairs(query=rows[mutual], reference=best[mutual], nearest=nearest)
