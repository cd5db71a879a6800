"""The selective match kernel: how alike two pictures are, from the signatures at the words that both have.

    score(q, x) = 1 / (|q| |x|) * sum over common words c of  w_c idf_c^p sel(1 - 2 h_c / 128)
    sel(u) = u^alpha where u > tau, else 0

``h_c``: Hamming distance of the two signatures at the word; ``w_c``: weight of the query's word; ``|x|``: root of the
picture's similarity with itself, so that a picture scores 1 with itself. Tolias, Avrithis and Jégou, IJCV 2016.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.signatures import BITS, QuerySignatures


@dataclass(frozen=True, kw_only=True)
class KernelParameters:
    """What the kernel can be tuned by."""

    alpha: float = 3.0
    """How much more near signatures count; >= 0."""
    tau: float = 0.0
    """Similarity up to which a word counts nothing; 0..1."""
    idf_power: float = 1.0
    """How much more rare words count (p); >= 0."""

    def selectivity(self) -> NDArray[np.float32]:
        """``float32[129]``: what a word counts by the Hamming distance; zeros from some distance on."""
        similarity = 1 - 2 * np.arange(BITS + 1) / BITS
        counted = np.maximum(similarity, 0) ** self.alpha
        return np.where(similarity > max(self.tau, 0), counted, 0).astype(np.float32)

    def word_weights(self, occurrences: NDArray[np.int64], references: int) -> NDArray[np.float32]:
        """``float32[words]``: idf^p of each word, from the number of references that have it.

        Smoothed, so that a word that all or none have gets a weight too, and a catalog of one picture can be searched.
        """
        idf = np.log((references + 1) / (occurrences + 0.5))
        return (idf**self.idf_power).astype(np.float32)


def query_norm(query: QuerySignatures, word_weights: NDArray[np.float32]) -> float:
    """``|q|``; 1 for a query without words."""
    return float(np.sqrt((query.weights * word_weights[query.words]).sum(dtype=np.float64))) or 1.0
