"""Sets of channels side by side on the same photos, with paired differences."""

from collections.abc import Sequence

import msgspec
import numpy as np

from service.evaluation.bounds import Estimate, Resamples, bounded, exact_bounds, rate, resampled_rate
from service.evaluation.figures import RATES, Values
from service.evaluation.outcomes import Outcomes


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one set of channels: its value, and that value less the reported set's, on the same photos."""

    value: Estimate
    difference: Estimate


class Ablation(msgspec.Struct, frozen=True, kw_only=True):
    """One set of channels beside the reported one; metrics that no photo counts for are left out."""

    channels: list[str]
    figures: dict[str, Compared]


def compare(reported: Outcomes, other: Outcomes, channels: Sequence[str], drawn: Resamples) -> Ablation:
    """Compare two sets' answers to the same queries; both are resampled together."""
    found = {name: _compare(values, reported, other, drawn) for name, values in RATES.items()}
    return Ablation(channels=list(channels), figures={name: one for name, one in found.items() if one is not None})


def _compare(values: Values, reported: Outcomes, other: Outcomes, drawn: Resamples) -> Compared | None:
    theirs, among = values(other)
    ours, _ = values(reported)
    value = rate(theirs, among, other.clusters, drawn)
    if value is None:
        return None
    # Both are about the same queries, so the difference of rates is the rate of differences.
    gaps = np.where(among, theirs - ours, 0.0)
    spread = resampled_rate(gaps, among, other.clusters, drawn)
    difference = bounded(float(gaps.sum()) / int(among.sum()), spread, *_never_differed(gaps, int(among.sum())))
    return Compared(value=value, difference=difference)


def _never_differed(gaps: np.ndarray[tuple[int], np.dtype[np.float64]], trials: int) -> list[tuple[float, float]]:
    """Where no answer differed the bootstrap knows no doubt: the exact bound on how many might differ does."""
    if np.any(gaps):
        return []
    _, most = exact_bounds(0, trials)
    return [(-most, most)]
