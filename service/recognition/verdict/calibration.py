"""How far a catalog's verdicts can be trusted: the shared model's certainty, corrected by what the catalog shows.

The shared model was fitted on other catalogs. Two numbers adapt its log-odds to this one (Platt, 1999), fitted by the
greatest posterior with the shared model as the prior: a few answers change little, many decide. The threshold of a
match is then the lowest at which wrong matches were as rare as is wanted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from service.recognition.fusion import FusionModel

Floats = NDArray[np.float64]

WRONG_MATCHES: Final = 0.01
"""Share of wrong ones among matches that is wanted unless a catalog wants another."""

ABSENT: Final = 0.25
"""Share of photos that are taken to show what is in no catalog; so in the shared model's fit."""

SLOPE_SPREAD: Final = 0.5
INTERCEPT_SPREAD: Final = 1.0
"""Of the prior, whose means are 1 and 0: how far catalogs are from the shared model."""

LEAST_SLOPE: Final = 0.5
"""Rehearsed answers whose slope is lower are left aside: what the shared model is sure of is not what comes true of
this catalog's pictures among themselves (parts in a studio look alike from the same side), so they say little of
photos. Of confirmed ones it is the least that is taken: more evidence never speaks against a candidate.
"""

LOOSENED_FROM: Final = 50
"""Confirmed matches from which on the threshold may be lower than the shared one. Rehearsed ones do not count for it:
a catalog's own pictures are better than a worker's photos."""

LOST_ANSWERS: Final = 0.02
"""Share of right answers that may be called no match."""

PRIOR: Final = np.array([1.0, 0.0])
STEPS: Final = 50
LEAST_STEP: Final = 1e-9
NEVER: Final = 1.0
DIGITS: Final = 4
THRESHOLD_DIGITS: Final = 9
"""Of probabilities: near 1 a step in the fourth digit would be as wide as from one answer to another."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer whose truth is known. ``logit``: what the shared model said of its first candidate, in log-odds;
    ``right``: it was the product; ``absent``: the product was in no catalog. ``confirmed`` by a worker, else rehearsed.
    """

    logit: float
    right: bool
    absent: bool
    confirmed: bool


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Of one catalog. The probability that a first candidate is right has ``slope * logit + intercept`` as log-odds;
    from ``match_probability`` on it is a match, below ``no_match_probability`` none.
    """

    slope: float = 1.0
    intercept: float = 0.0
    match_probability: float
    no_match_probability: float

    def probability(self, logit: float) -> float:
        """0..1."""
        return _sigmoid(self.slope * logit + self.intercept)


def shared_calibration(model: FusionModel) -> Calibration:
    """The shared model's own: nothing is corrected."""
    return Calibration(match_probability=model.match_probability, no_match_probability=model.no_match_probability)


def calibrated(model: FusionModel, calibration: Calibration, *, version: int, source: str) -> FusionModel:
    """The shared model as it speaks in a catalog; ``source`` says what it was corrected by."""
    return msgspec.structs.replace(
        model,
        slope=calibration.slope,
        intercept=calibration.intercept,
        match_probability=calibration.match_probability,
        no_match_probability=calibration.no_match_probability,
        calibration=version,
        source=source,
    )


def calibrate(answers: Sequence[Answered], shared: Calibration, wrong_matches: float = WRONG_MATCHES) -> Calibration:
    """``wrong_matches``: the share of wrong ones among matches that is wanted, 0..1."""
    rehearsed = [one for one in answers if not one.confirmed]
    if rehearsed and _fitted(*_arrays(rehearsed))[0] < LEAST_SLOPE:
        answers = [one for one in answers if one.confirmed]
    if not answers:
        return shared
    logits, right, weights = _arrays(answers)
    slope, intercept = _fitted(logits, right, weights)
    slope = max(slope, LEAST_SLOPE)
    found = Calibration(slope=slope, intercept=intercept, match_probability=NEVER, no_match_probability=0.0)
    least = _least(logits, right, weights, wrong_matches)
    if sum(one.confirmed and one.right and one.logit >= least for one in answers) < LOOSENED_FROM:
        careful = _logit(shared.match_probability)
        above = logits >= careful
        # Right answers below it are no matches now, and no longer make wrong ones above it rare.
        again = _least(logits[above], right[above], weights[above], wrong_matches) if above.any() else careful
        least = max(least, careful, again)
    match = _floored(found.probability(least)) if math.isfinite(least) else NEVER
    lost = float(np.quantile(logits[right], LOST_ANSWERS)) if right.any() else -math.inf
    # Rehearsed answers are surer than a worker's: by them alone, no more is called no match than by the shared model.
    lost = min(lost, _logit(shared.no_match_probability))
    no_match = min(_floored(found.probability(lost)), match)
    return msgspec.structs.replace(found, match_probability=match, no_match_probability=no_match)


def _arrays(answers: Sequence[Answered]) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Log-odds, whether they came true, and weights."""
    logits = np.array([one.logit for one in answers])
    return logits, np.array([one.right for one in answers]), np.array([_weight(one) for one in answers])


def _weight(one: Answered) -> float:
    return ABSENT / (1 - ABSENT) if one.absent and not one.confirmed else 1.0


def _fitted(logits: Floats, right: NDArray[np.bool_], weights: Floats) -> tuple[float, float]:
    """Slope and intercept of the greatest posterior, by Newton's method."""
    table = np.column_stack([logits, np.ones(len(logits))])
    precision = np.diag([SLOPE_SPREAD**-2, INTERCEPT_SPREAD**-2])

    def cost(line: Floats) -> float:
        loss = weights * np.logaddexp(0, np.where(right, -1, 1) * (table @ line))
        return float(loss.sum() + (line - PRIOR) @ precision @ (line - PRIOR) / 2)

    found = PRIOR.copy()
    for _ in range(STEPS):
        said = _sigmoids(table @ found)
        slope = table.T @ (weights * (said - right)) + precision @ (found - PRIOR)
        bend = (table * (weights * said * (1 - said))[:, None]).T @ table + precision
        step = np.linalg.solve(bend, slope)
        # Where most log-odds are far from 0 the curve is flat here and steep there: a full step would leap over.
        while cost(found - step) > cost(found) and float(np.abs(step).max()) >= LEAST_STEP:
            step = step / 2
        if float(np.abs(step).max()) < LEAST_STEP:
            break
        found = found - step
    return round(float(found[0]), DIGITS), round(float(found[1]), DIGITS)


def _least(logits: Floats, right: NDArray[np.bool_], weights: Floats, wrong_matches: float) -> float:
    """The lowest log-odds from which on so few answers are wrong; infinite where there are none."""
    order = np.argsort(-logits, kind="stable")
    ordered = logits[order]
    share = np.cumsum((weights * ~right)[order]) / np.cumsum(weights[order])
    ends_a_tie = np.append(ordered[1:] < ordered[:-1], True)
    allowed = np.flatnonzero(ends_a_tie & (share <= wrong_matches))
    return float(ordered[allowed[-1]]) if len(allowed) else math.inf


def _logit(probability: float) -> float:
    if probability <= 0 or probability >= 1:
        return math.copysign(math.inf, probability - 0.5)
    return math.log(probability / (1 - probability))


def _sigmoid(log_odds: float) -> float:
    return float(_sigmoids(np.array([log_odds]))[0])


def _sigmoids(log_odds: Floats) -> Floats:
    said: Floats = 0.5 * (1 + np.tanh(log_odds / 2))
    return said


def _floored(probability: float) -> float:
    """A threshold that the probability reaches, however it is rounded."""
    return math.floor(probability * 10**THRESHOLD_DIGITS) / 10**THRESHOLD_DIGITS
