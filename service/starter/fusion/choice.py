"""Conditional logit: weights by which the right one of several alternatives is most likely chosen (McFadden, 1974)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Bounds = Sequence[tuple[float | None, float | None]]


def fit_choice(tables: Sequence[Floats], rights: Sequence[int], bounds: Bounds, ridge: float) -> Floats:
    """Weights within ``bounds``, one a measure.

    ``tables``: for each photo ``[alternatives, measures]``; ``rights``: the row of each that is right; ``ridge``:
    penalty on squared standardised weights, a photo.
    """
    scale = np.concatenate(tables).std(axis=0) + 1e-6

    def loss(weights: Floats) -> tuple[float, Floats]:
        total = ridge * len(tables) * float(np.square(weights * scale).sum()) / 2
        slope = ridge * len(tables) * weights * scale**2
        for table, right in zip(tables, rights, strict=True):
            scores = table @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            total -= float(np.log(shares[right] + 1e-12))
            slope = slope + table.T @ shares - table[right]
        return total, slope

    start = np.array([min(max(0.0, low or 0.0), np.inf if high is None else high) for low, high in bounds])
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds).x)
