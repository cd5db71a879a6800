"""Shares with bounds."""

from math import sqrt
from typing import Final

from mobile_contract.self_tests import Share

Z: Final = 1.959964
"""Of the normal distribution, for 95 %."""


def share(count: int, among: int) -> Share | None:
    """A share and its 95 % score interval (E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
    Inference", JASA 22, 1927), which holds for few trials and for none or all of them too. None of nothing.
    """
    if among == 0:
        return None
    value, square = count / among, Z * Z
    middle = (value + square / (2 * among)) / (1 + square / among)
    reach = Z / (1 + square / among) * sqrt(value * (1 - value) / among + square / (4 * among * among))
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Share(
        count=count,
        among=among,
        value=round(value, 4),
        low=0.0 if count == 0 else round(low, 4),
        high=1.0 if count == among else round(high, 4),
    )
