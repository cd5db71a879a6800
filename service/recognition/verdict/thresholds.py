"""Where a first verdict is drawn: thresholds on score and margin, fitted on labelled lookups."""

import numpy as np
from numpy.typing import NDArray

from service.recognition.embedding.bundle import Thresholds

WRONG_AMONG_MATCHES = 0.01
LOST_ANSWERS = 0.01
MATCHES_NEEDED = 20
MARGINS_TRIED = 65
NEVER = 1.0
DIGITS = 4


def fit_thresholds(
    score: NDArray[np.floating],
    margin: NDArray[np.floating],
    correct: NDArray[np.bool_],
    present: NDArray[np.bool_],
    *,
    source: str,
) -> Thresholds:
    """Fit on lookups with and without their product in the catalog.

    A pair of ``match_score`` and ``match_margin`` is allowed if at most 1 % of the lookups that reach both are wrong:
    of another product, or of one that the catalog does not hold. Fewer than 20 right matches are no ground for any
    pair, and under 100 the 1 % means none seen. Of the allowed pairs the one with the most right matches is taken.
    Where there is none, both are 1: nothing is called a match. ``no_match_score`` is the highest score that loses at
    most 1 % of the right answers, and never above ``match_score``.

    Args:
        score: ``[n]``, cosine of the best product, -1..1.
        margin: ``[n]``, best minus second product, 0..2.
        correct: ``[n]``, the best product is the one in the photo.
        present: ``[n]``, the photographed product is in the catalog.
        source: what the lookups were, for the record.

    Raises:
        ValueError: the arrays differ in length, are empty, or say correct where the product is absent.

    """
    if not len(score) == len(margin) == len(correct) == len(present) or not len(score):
        raise ValueError("four arrays of one length, not empty, are wanted")
    if (correct & ~present).any():
        raise ValueError("an absent product cannot be the right answer")
    # On the grid that thresholds are written on: rounding them afterwards would move lookups across them.
    score, margin = _on_grid(score), _on_grid(margin)
    match_score, match_margin = _match_pair(score, margin, correct)
    right = score[correct]
    lost = float(np.quantile(right, LOST_ANSWERS, method="lower")) if len(right) else -1.0
    return Thresholds(
        match_score=round(match_score, DIGITS),
        match_margin=round(match_margin, DIGITS),
        no_match_score=round(min(lost, match_score), DIGITS),
        source=source,
    )


def _match_pair(
    score: NDArray[np.floating], margin: NDArray[np.floating], correct: NDArray[np.bool_]
) -> tuple[float, float]:
    best, best_right = (NEVER, NEVER), MATCHES_NEEDED - 1
    for least_margin in np.unique(np.quantile(margin, np.linspace(0, 1, MARGINS_TRIED), method="lower")):
        among = margin >= least_margin
        least_score, right = _lowest_score(score[among], correct[among])
        if right > best_right:
            best, best_right = (least_score, float(least_margin)), right
    return best


def _lowest_score(score: NDArray[np.floating], correct: NDArray[np.bool_]) -> tuple[float, int]:
    """Give the lowest allowed score and how many right matches reach it."""
    order = np.argsort(-score, kind="stable")
    ordered, right = score[order], np.cumsum(correct[order])
    count = np.arange(1, len(ordered) + 1)
    ends_a_tie = np.append(ordered[1:] < ordered[:-1], True)
    allowed = np.flatnonzero(ends_a_tie & (count - right <= WRONG_AMONG_MATCHES * count))
    if not len(allowed):
        return NEVER, 0
    last = allowed[-1]
    return float(ordered[last]), int(right[last])


def _on_grid(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """The highest threshold of so many digits that each value reaches; a hair is added against binary fractions."""
    floored: NDArray[np.float64] = np.floor(values.astype(np.float64) * 10**DIGITS + 1e-9) / 10**DIGITS
    return floored
