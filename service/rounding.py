"""Figures as the wire shows them."""

import math

from msgspec import UNSET, UnsetType

DIGITS = 4


def rounded(value: float | None) -> float | UnsetType:
    """Left out where there is none."""
    return UNSET if value is None else round(value, DIGITS)


def floored(probability: float) -> float:
    """Never more than there is, so that sums stay below 1."""
    units = 10.0**DIGITS
    return math.floor(probability * units) / units
