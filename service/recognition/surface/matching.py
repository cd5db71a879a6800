"""Pairs of local features of a photo and a reference that look alike."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATIO: Final = 0.92
"""A pair is kept where its distance is below so much of that to the second nearest (Lowe, IJCV 2004). Loose, because
geometry follows."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """``query`` and ``reference``: ``intp[m]``, row numbers of mutual nearest neighbours that pass the ratio test.

    ``nearest``: ``float32[n]``, for each of the photo's features the similarity (0..1) of the reference's nearest.
    """

    query: NDArray[np.intp]
    reference: NDArray[np.intp]
    nearest: NDArray[np.float32]

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.query)


def match_features(query: NDArray[np.float32], reference: NDArray[np.float32]) -> Pairs:
    """Pairs of ``float32[n, 128]`` and ``float32[k, 128]``, rows of length 1."""
    if len(query) < 2 or len(reference) < 2:
        none = np.zeros(0, np.intp)
        return Pairs(query=none, reference=none, nearest=np.zeros(len(query), np.float32))
    similarity = query @ reference.T
    rows = np.arange(len(query))
    best = similarity.argmax(axis=1)
    nearest = similarity[rows, best]
    mutual = similarity.argmax(axis=0)[best] == rows
    some = rows[mutual]
    # Only mutual ones need a second neighbour; half of the matrix is left out.
    rest = similarity[some]
    rest[np.arange(len(some)), best[some]] = -1
    second = rest.max(axis=1)
    # On the unit sphere the squared distance is 2 - 2 cos.
    clear = 1 - nearest[some] < RATIO**2 * (1 - second)
    kept = some[clear]
    return Pairs(query=kept, reference=best[kept], nearest=nearest)
