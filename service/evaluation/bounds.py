"""Bounds of figures: the bootstrap over products, and the exact binomial bound.

Photos of one product resemble each other, so products and not photos are drawn again (cluster bootstrap; Field and
Welsh, JRSS B 2007). Where nothing ever went wrong the bootstrap knows no doubt; the exact bound of Clopper and Pearson
(Biometrika 1934) does, so the wider of the two is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import special

RESAMPLES: Final = 2_000
CONFIDENCE: Final = 0.95
_TAILS: Final = (100 * (1 - CONFIDENCE) / 2, 100 * (1 + CONFIDENCE) / 2)

Floats = NDArray[np.float64]


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A figure with its 95 % bounds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Resamples:
    """How often each cluster was drawn: ``counts[b, c]``, of resample b and cluster c."""

    counts: Floats

    @classmethod
    def draw(cls, clusters: int, seed: int, resamples: int = RESAMPLES) -> "Resamples":
        """Draw as many clusters as there are (at least one), with replacement, ``resamples`` times."""
        generator = np.random.default_rng(seed)
        drawn = generator.multinomial(clusters, np.full(clusters, 1 / clusters), size=resamples)
        return cls(drawn.astype(np.float64))

    def totals(self, values: Floats, clusters: NDArray[np.intp]) -> Floats:
        """Sums of the queries' values in each resample; ``clusters[q]`` is the cluster of query q."""
        return self.counts @ np.bincount(clusters, weights=values, minlength=self.counts.shape[1])

    def weights(self, clusters: NDArray[np.intp]) -> Floats:
        """How often each query was drawn: [b, q]."""
        return self.counts[:, clusters]


def exact_bounds(successes: float, trials: int) -> tuple[float, float]:
    """Clopper-Pearson's 95 % bounds of a proportion.

    ``successes`` may be a sum of values in 0..1: with the same mean no such variable varies more than the binomial.
    """
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if successes <= 0 else float(special.betaincinv(successes, trials - successes + 1, tail))
    high = 1.0 if successes >= trials else float(special.betaincinv(successes + 1, trials - successes, 1 - tail))
    return low, high


def rate(values: Floats, among: NDArray[np.bool_], clusters: NDArray[np.intp], drawn: Resamples) -> Estimate | None:
    """Mean of ``values`` (0..1) over the queries ``among``; None where there are none."""
    trials = int(among.sum())
    if trials == 0:
        return None
    kept = np.where(among, values, 0.0)
    spread = resampled_rate(kept, among, clusters, drawn)
    exact = exact_bounds(float(kept.sum()), trials)
    return bounded(float(kept.sum()) / trials, spread, exact)


def resampled_rate(values: Floats, among: NDArray[np.bool_], clusters: NDArray[np.intp], drawn: Resamples) -> Floats:
    """The rate in each resample; NaN in one that drew none of the queries."""
    trials = drawn.totals(among.astype(np.float64), clusters)
    sums = drawn.totals(np.where(among, values, 0.0), clusters)
    return np.divide(sums, trials, out=np.full_like(sums, np.nan), where=trials > 0)


def bounded(value: float, spread: Floats, *others: tuple[float, float]) -> Estimate:
    """The percentile bounds of resampled figures, widened to the other bounds and to the value itself."""
    known = spread[np.isfinite(spread)]
    bounds: Sequence[tuple[float, float]] = [(value, value), *others]
    if len(known):
        low, high = np.percentile(known, _TAILS)
        bounds = [*bounds, (float(low), float(high))]
    return Estimate(value=value, low=min(low for low, _ in bounds), high=max(high for _, high in bounds))
