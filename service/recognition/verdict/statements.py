"""What can be said of a product beside which one it is: its kind, as category, part number and metadata tell it."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from catalog.search.candidates import ProductHit

PART_NUMBER: Final = "partNumber"
CATEGORY: Final = "category"
METADATA: Final = "metadata:"
"""Before a key of the metadata."""

LEVELS: Final = "/"
"""Between the levels of a category: "Screws/ISO 4762"."""

_BREAK: Final = re.compile(r"\s*[-–/_:;,|]+\s*")
_LETTER: Final = re.compile(r"[^\W\d_]")
_SHORTEST: Final = 2


class Statement(NamedTuple):
    """Something true of a product. ``field``: ``category`` (``value``: its path or the beginning of it), ``partNumber``
    (``value``: the designation that it begins with), or ``metadata:`` and a key.
    """

    field: str
    value: str


def statements(part_number: str, category: str | None, metadata: Mapping[str, str]) -> list[Statement]:
    """All that is true of a product; of category and part number the longest first."""
    return [
        *(Statement(CATEGORY, path) for path in paths(category or "")),
        *(Statement(PART_NUMBER, beginning) for beginning in designations(part_number)),
        *(Statement(METADATA + key, value) for key, value in metadata.items()),
    ]


def statements_of(product: ProductHit) -> list[Statement]:
    """The same of a candidate."""
    return statements(product.part_number, product.category, product.attributes)


def paths(category: str) -> list[str]:
    """A category and those above it: ``Screws/ISO 4762``, ``Screws``; the category itself as it is written."""
    levels = [level.strip() for level in category.split(LEVELS)]
    above = [LEVELS.join(levels[:depth]) for depth in range(len(levels) - 1, 0, -1)]
    return [path for path in (category, *above) if path.strip(f"{LEVELS} ")]


def designations(part_number: str) -> list[str]:
    """What a part number begins with up to a dash or a stroke, the longest first: of ``ISO 7380-1 - M8x16`` that is
    ``ISO 7380-1`` and ``ISO 7380``. A blank ends nothing: "ISO" is no part of the name without its number. One letter,
    or figures alone, say nothing to anybody.
    """
    ends = [found.start() for found in _BREAK.finditer(part_number) if found.end() < len(part_number)]
    beginnings = [part_number[:end] for end in reversed(ends)]
    return [one for one in beginnings if len(one.strip()) >= _SHORTEST and _LETTER.search(one)]
