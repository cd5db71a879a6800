"""The shape of a day: how many workers come when, whatever becomes of those before them."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the day: ``begin`` to ``end`` as shares of it; the rate runs evenly from ``first`` to ``last``, shares
    of the rate at the peak.
    """

    name: str
    begin: float
    end: float
    first: float
    last: float


RAMP, PEAK, LULL, SECOND_PEAK, EVENING = "ramp", "peak", "lull", "second peak", "evening"
AFTER: Final = "after"
"""When nobody comes any more, and those who came look again and say what it was."""
PHASES: Final = (
    Phase(name=RAMP, begin=0.0, end=0.2, first=0.2, last=1.0),
    Phase(name=PEAK, begin=0.2, end=0.45, first=1.0, last=1.0),
    Phase(name=LULL, begin=0.45, end=0.6, first=0.3, last=0.3),
    Phase(name=SECOND_PEAK, begin=0.6, end=0.85, first=1.0, last=1.0),
    Phase(name=EVENING, begin=0.85, end=1.0, first=1.0, last=0.2),
)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """``rate``: workers a second at the peak; ``seconds``: the day's length. Times are seconds from its begin."""

    rate: float
    seconds: float

    def span(self, name: str) -> tuple[float, float]:
        """When a phase begins and ends.

        Raises:
            KeyError: there is none of this name.

        """
        phase = _phase(name)
        return phase.begin * self.seconds, phase.end * self.seconds

    def phase_at(self, when: float) -> str:
        """The name of the phase; ``AFTER`` once the day has ended."""
        share = when / self.seconds
        return next((one.name for one in PHASES if share < one.end), AFTER)

    def rate_at(self, when: float) -> float:
        """Workers a second; none before and after the day."""
        share = when / self.seconds
        for one in PHASES:
            if one.begin <= share < one.end:
                within = (share - one.begin) / (one.end - one.begin)
                return self.rate * (one.first + (one.last - one.first) * within)
        return 0.0

    def expected(self, name: str) -> float:
        """How many workers come in a phase, in the mean."""
        phase = _phase(name)
        return self.rate * self.seconds * (phase.end - phase.begin) * (phase.first + phase.last) / 2

    def arrivals(self, rng: np.random.Generator) -> Floats:
        """When workers come, ``float64[n]`` in order: a Poisson process of this rate, by thinning (Lewis & Shedler)."""
        count = rng.poisson(self.rate * self.seconds)
        times = np.sort(rng.uniform(0.0, self.seconds, count))
        rates = np.array([self.rate_at(when) for when in times])
        kept: Floats = times[rng.uniform(0.0, self.rate, count) < rates]
        return kept


def _phase(name: str) -> Phase:
    return {one.name: one for one in PHASES}[name]
