"""What a day's record comes to, as numbers. Latencies are milliseconds, rates are a second."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from loadtests.machine import Machine
from loadtests.mobile_day.shape import Day

Figures = dict[str, int]


class Latencies(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``count`` wishes; each figure is one that was measured."""

    count: int
    p50: float
    p95: float
    p99: float


class PhaseFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A phase, by what was due in it. ``workers``, ``offered`` (lookups) and ``goodput`` (lookups answered) are a
    second; ``in_time``: the share of the lookups that were answered within a second of when they were due.
    """

    name: str
    begin: float
    end: float
    workers: float
    offered: float
    goodput: float
    in_time: float
    refused: int
    failed: int
    lookups: Latencies | None
    confirmations: Latencies | None


class KindFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Wishes of a kind, or over a kind of uplink. ``waited``: with what the uplink takes by itself."""

    name: str
    wishes: int
    answered: int
    refused: int
    failed: int
    latency: Latencies | None
    waited: Latencies | None


class ImportFigures(msgspec.Struct, frozen=True, kw_only=True):
    """An import beside lookups. ``per_second``: products, from the upload to the last one landed. ``beside``: lookups
    due in the second peak while it ran, ``without``: those due in the first peak. ``ratios``: of p50, p95 and p99; None
    where there are too few of either.
    """

    products: int
    megabytes: float
    begin: float
    seconds: float
    per_second: float
    landed_in_peak: int
    without: Latencies | None
    beside: Latencies | None
    ratios: list[float] | None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """By bins of the day, for plots. ``middles``: seconds. Latencies are by when a lookup was due, None where none was;
    ``answered`` and ``refused`` by when that was known.
    """

    middles: list[float]
    offered: list[float]
    answered: list[float]
    refused: list[float]
    p50: list[float | None]
    p95: list[float | None]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All that is printed. ``refusals``: single requests, by code. ``lateness``: the generator's own, of beginning a
    wish. ``generator_cores``: that it kept busy. ``dropped``: lookups that lacked a stage, by stage and reason.
    """

    machine: Machine
    load_after: float
    day: Day
    seconds: float
    arrivals: int
    lookups: int
    answered: int
    refused: int
    refusals: Figures
    requests: int
    retried: int
    interrupted: Figures
    replayed: int
    broken_declined: int
    confirmed: Figures
    verdicts: Figures
    dropped: Figures
    failures: Figures
    unfinished: int
    goodput: float
    offered: float
    phases: list[PhaseFigures]
    kinds: list[KindFigures]
    uplinks: list[KindFigures]
    imported: ImportFigures | None
    lateness: Latencies | None
    generator_cores: float
    series: Series

    @property
    def good(self) -> bool:
        """Whether nothing was answered otherwise than is documented, and something was answered."""
        return not self.failures and not self.unfinished and self.answered > 0


def latencies(seconds: Iterable[float]) -> Latencies | None:
    """None of none."""
    values = np.fromiter(seconds, np.float64) * 1000
    if not values.size:
        return None
    p50, p95, p99 = (round(float(one), 1) for one in _quantiles(values, (0.5, 0.95, 0.99)))
    return Latencies(count=values.size, p50=p50, p95=p95, p99=p99)


def ratios(beside: Latencies | None, without: Latencies | None, *, least: int) -> list[float] | None:
    """Of p50, p95 and p99; None unless there are ``least`` of both."""
    if beside is None or without is None or min(beside.count, without.count) < least:
        return None
    pairs = [(beside.p50, without.p50), (beside.p95, without.p95), (beside.p99, without.p99)]
    return [round(one / other, 2) for one, other in pairs]


def _quantiles(values: np.ndarray[tuple[int], np.dtype[np.float64]], shares: Sequence[float]) -> list[float]:
    found: list[float] = np.quantile(values, shares, method="inverted_cdf").tolist()
    return found
