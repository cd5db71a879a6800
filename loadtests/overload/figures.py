"""From what became of each request to figures, and whether they are as good as they should be."""

from collections import Counter
from typing import Final

import msgspec
import numpy as np

from loadtests.machine import Machine
from loadtests.overload.asking import Asked, Outcome

LEAST_GOODPUT: Final = 0.9
MOST_REFUSAL_MS: Final = 100.0
QUANTILES: Final = (50, 95, 99, 100)


class Overload(msgspec.Struct, frozen=True, kw_only=True):
    """Rates are requests a second, times milliseconds by quantile (100: the longest). ``wrong``: answers otherwise than
    documented, and connections that broke, by what was wrong. ``generator_late``: milliseconds.
    """

    machine: Machine
    seconds: float
    clients: int
    capacity: float
    offered: float
    goodput: float
    answered: int
    refused: dict[str, int]
    wrong: dict[str, int]
    answer_ms: dict[int, float]
    refusal_ms: dict[int, float]
    generator_late: float

    @property
    def share(self) -> float:
        """Goodput beside capacity."""
        return self.goodput / self.capacity if self.capacity else 0.0

    @property
    def misses(self) -> list[str]:
        """What is not as good as it should be."""
        found = []
        if self.share < LEAST_GOODPUT:
            found.append(f"goodput is {self.share:.2f} of capacity, not {LEAST_GOODPUT:g}")
        if self.refusal_ms and self.refusal_ms[99] > MOST_REFUSAL_MS:
            found.append(f"1 % of the refusals took more than {self.refusal_ms[99]:.0f} ms, not {MOST_REFUSAL_MS:g}")
        if not self.refusal_ms:
            found.append("nothing was refused: that was no overload")
        if self.wrong:
            found.append(f"{sum(self.wrong.values())} answers were not as documented")
        return found


def summarize(machine: Machine, clients: int, capacity: float, asked: Asked) -> Overload:
    """Goodput counts what was answered while requests came, and not those that were answered after."""
    answered = [one for one in asked.outcomes if one.answered]
    refused = [one for one in asked.outcomes if one.refused and not one.wrong]
    within = [one for one in answered if one.due + one.took <= asked.seconds]
    return Overload(
        machine=machine,
        seconds=asked.seconds,
        clients=clients,
        capacity=capacity,
        offered=len(asked.outcomes) / asked.seconds,
        goodput=len(within) / asked.seconds,
        answered=len(answered),
        refused=dict(Counter(one.refused for one in refused)),
        wrong=dict(Counter(one.wrong for one in asked.outcomes if one.wrong)),
        answer_ms=_quantiles(answered),
        refusal_ms=_quantiles(refused),
        generator_late=1000 * asked.latest,
    )


def _quantiles(outcomes: list[Outcome]) -> dict[int, float]:
    if not outcomes:
        return {}
    found = np.percentile([1000 * one.took for one in outcomes], QUANTILES)
    return {quantile: round(float(value), 1) for quantile, value in zip(QUANTILES, found, strict=True)}
