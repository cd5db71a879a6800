"""How much oftener popular parts are photographed than others."""

import numpy as np
from numpy.typing import NDArray


def zipf(count: int, skew: float) -> NDArray[np.float64]:
    """Probabilities of ``count`` parts by Zipf's law, the most popular first; ``skew`` is its exponent, 0 is evenly."""
    weights: NDArray[np.float64] = np.arange(1, count + 1, dtype=np.float64) ** -skew
    probabilities: NDArray[np.float64] = weights / weights.sum()
    return probabilities
