"""What synthetic galleries of surfaces are drawn from: how often words occur, and how signatures differ.

Measured on photos where there are some (:mod:`loadtests.surface_measured`), and constants where there are none.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.signatures import BITS, FINE_OF_COARSE, MOST_WORDS

COARSE_WORDS: Final = MOST_WORDS // FINE_OF_COARSE

EXPONENT: Final = 0.9
SHIFT: Final = 0.02
"""Of the law of ranks, share(r) ~ 1 / (r + shift)^exponent; ``SHIFT`` as a share of the vocabulary. Measured on photos
of clothing and groceries by a vocabulary learned shortly: that which ships has more even words, so the law is
cautious, more postings are scored."""

WORDS_OF_REFERENCE: Final = (350, 600)
WORDS_ASKED: Final = {False: 1_780, True: 3_480}
"""Of a photo with multiple assignment, by whether words are fine: medians of photos of groceries."""

DIFFERING: Final = {False: (37.0, 16.0), True: (30.0, 13.0)}
"""Mean and deviation of the signs that differ between two photos at words that both have of one spot."""


@dataclass(frozen=True, eq=False)
class AskedWords:
    """Of photos that are looked up, by coarse words or by fine ones.

    ``share``: ``float64[words]``, how often each word occurs, up to a factor. ``counts``: ``int64[n]``, of a photo.
    ``differing``: ``float64[129]``, how often so many signs differ from those of a reference at words of the same spot.
    """

    share: NDArray[np.float64]
    counts: NDArray[np.int64]
    differing: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurfaceStatistics:
    """``share``: ``float64[65,536]``, references with each fine word, up to a factor. ``counts``: words of a reference.

    Signs are those of a Gaussian: ``bias``: ``float64[128]``, its mean, ``covariance``: ``float64[128, 128]``, of unit
    diagonal. ``alike_coarse``, ``alike_fine``: 0..1, how much of the variance a word determines, and its fine word
    beside; means over the words, of which some have much and most little.
    """

    source: str
    share: NDArray[np.float64]
    counts: NDArray[np.int64]
    coarse: AskedWords
    fine: AskedWords
    bias: NDArray[np.float64]
    covariance: NDArray[np.float64]
    alike_coarse: float = 0.0
    alike_fine: float = 0.0

    def asked(self, *, fine: bool) -> AskedWords:
        """Of photos looked up by these words."""
        return self.fine if fine else self.coarse


def by_law(*, fine: bool, seed: int = 0) -> SurfaceStatistics:
    """By the constants: of fine words, or of coarse ones that are evenly divided. Signs are independent.

    Ranks are shuffled, as in a real vocabulary.
    """
    rng = np.random.default_rng(seed)
    words = MOST_WORDS if fine else COARSE_WORDS
    law = np.power(np.arange(words) + SHIFT * words + 1.0, -EXPONENT, dtype=np.float64)
    by_coarse = np.repeat(law, MOST_WORDS // words).reshape(COARSE_WORDS, FINE_OF_COARSE)
    share = rng.permutation(by_coarse).ravel()
    return SurfaceStatistics(
        source="constants, because there are no photos",
        share=share,
        counts=np.arange(*WORDS_OF_REFERENCE),
        coarse=_asked_by_law(share.reshape(COARSE_WORDS, -1).sum(axis=1), fine=False),
        fine=_asked_by_law(share, fine=True),
        bias=np.zeros(BITS),
        covariance=np.eye(BITS),
    )


def _asked_by_law(share: NDArray[np.float64], *, fine: bool) -> AskedWords:
    mean, deviation = DIFFERING[fine]
    differing = np.exp(-0.5 * ((np.arange(BITS + 1) - mean) / deviation) ** 2)
    return AskedWords(share=share, counts=np.array([WORDS_ASKED[fine]]), differing=differing)
