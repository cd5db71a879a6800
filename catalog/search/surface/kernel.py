"""The selective match kernel: how alike two pictures are, from the signatures at the words that both have.

    score(q, x) = 1 / (s_q^(1-n) s_x^n) * sum over common words c of  w_c idf_c^p sel(1 - 2 h_c / 128)
    sel(u) = u^alpha where u > tau, else 0

``h_c``: Hamming distance of the two signatures at the word; ``w_c``: weight of the query's word; ``s``: a picture's
similarity with itself, so that it scores 1 with itself. Tolias, Avrithis and Jégou, IJCV 2016, where n is 1/2; less
prefers references with little texture less, which few features in common can make look alike.

Words are compared on one of two levels: a fine word w belongs to the coarse word ``w >> 3``, and signatures are
residuals to the coarse word on both. Coarse words forgive more; the lists of fine ones are an eighth as long, which
large catalogs need.

Of a coarse word a reference may have several signatures, of which each counts. Only these, or weights above 1, could
give more than 1: what is above counts as 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.signatures import BITS, FINE_OF_COARSE, QuerySignatures


@dataclass(frozen=True, kw_only=True)
class KernelParameters:
    """What the kernel can be tuned by."""

    alpha: float = 3.0
    """How much more near signatures count; >= 0."""
    tau: float = 0.0
    """Similarity up to which a word counts nothing; 0..1."""
    idf_power: float = 1.0
    """How much more rare words count (p); >= 0."""
    norm_power: float = 0.3
    """How much the reference's own similarity is divided by (n), the query's the rest; 0..1."""
    fine_above: int = 20_000
    """References up to which coarse words are compared, and fine ones above."""

    def selectivity(self) -> NDArray[np.float32]:
        """``float32[129]``: what a word counts by the Hamming distance; zeros from some distance on."""
        similarity = 1 - 2 * np.arange(BITS + 1) / BITS
        counted = np.maximum(similarity, 0) ** self.alpha
        return np.where(similarity > max(self.tau, 0), counted, 0).astype(np.float32)

    def word_weights(self, occurrences: NDArray[np.int64], references: int) -> NDArray[np.float32]:
        """``float32[fine words]``: idf^p of each word's level, from how often each fine word occurs in references.

        Smoothed, so that a word that all or none have gets a weight too, and a catalog of one picture can be searched.
        """
        if references <= self.fine_above:
            coarse = occurrences.reshape(-1, FINE_OF_COARSE).sum(axis=1)
            # A reference with several fine words of a coarse one counts once for each: an upper bound is enough.
            occurrences = np.repeat(np.minimum(coarse, references), FINE_OF_COARSE)
        idf = np.log((references + 1) / (occurrences + 0.5))
        return (idf**self.idf_power).astype(np.float32)

    def reference_norms(self, self_similarities: NDArray[np.float64]) -> NDArray[np.float32]:
        """``float32[n]``: what references' scores are divided by; 1 for one without words."""
        known = np.where(self_similarities > 0, self_similarities, 1)
        return (known**self.norm_power).astype(np.float32)

    def query_norm(self, query: QuerySignatures, weights: NDArray[np.float32]) -> float:
        """The query's part, from the weight of each of its words; 1 for a query without words."""
        total = float((query.weights * weights).sum(dtype=np.float64))
        return float(total ** (1 - self.norm_power)) if total > 0 else 1.0
