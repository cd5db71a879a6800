"""Overall sizes out of a product's metadata: "88 x 13.3 x 13.3", "2 cm", "3/4 in", in millimetres."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

MOST_EXTENTS: Final = 3
LEAST_MM: Final = 0.1
MOST_MM: Final = 10_000.0

MILLIMETRES: Final = {
    "": 1.0, "mm": 1.0, "cm": 10.0, "dm": 100.0, "m": 1000.0,
    "in": 25.4, "inch": 25.4, "inches": 25.4, '"': 25.4, "″": 25.4, "ft": 304.8,
}  # fmt: skip

_NUMBER: Final = r"(?:\d+[ -]\d+/\d+|\d+/\d+|\d+(?:[.,]\d+)?|[.,]\d+)"
_UNIT: Final = r"(?:mm|cm|dm|m|inch(?:es)?|in|ft|\"|″)?"
_LENGTH: Final = re.compile(rf"\s*[ø⌀]?\s*({_NUMBER})\s*({_UNIT})\s*", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"\s*[x×*]\s*", re.IGNORECASE)

Extents = tuple[float, ...]
"""One to three edges of the smallest box around a thing, in mm, the longest first."""


def sizes_in(metadata: Mapping[str, str], keys: Sequence[str]) -> Extents | None:
    """What the first of these keys that holds a size says; None where none does."""
    return next((found for key in keys if (found := extents_of(metadata.get(key, ""))) is not None), None)


def extents_of(text: str) -> Extents | None:
    """One to three lengths with a cross between them; a unit behind the last is that of all that have none. Without a
    unit they are millimetres. None for anything else.
    """
    parts = [_LENGTH.fullmatch(part) for part in _SEPARATOR.split(text)]
    found = [part for part in parts if part is not None]
    if len(found) != len(parts) or len(found) > MOST_EXTENTS:
        return None
    last = found[-1][2]
    lengths = [_number(part[1]) * MILLIMETRES[(part[2] or last).lower()] for part in found]
    if not all(LEAST_MM <= length <= MOST_MM for length in lengths):
        return None
    return tuple(sorted(lengths, reverse=True))


def _number(text: str) -> float:
    """Decimals with a point or a comma, fractions of inches: "3/4", "1 1/2", "1-1/2"."""
    if "/" not in text:
        return float(text.replace(",", "."))
    try:
        return float(sum(Fraction(part) for part in re.split("[ -]", text)))
    except ZeroDivisionError:
        return 0.0
