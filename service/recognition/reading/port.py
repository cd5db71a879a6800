"""What reads text off pictures, as lookups and the enrichment of references see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of text in an upright picture. ``confidence``: 0..1; ``outline``: four corners in fractions of width and
    height, clockwise from the line's own upper left.
    """

    text: str
    confidence: float
    outline: Sequence[tuple[float, float]]


class ReaderUnavailable(Exception):
    """Nothing can be read: models are missing or do not load."""


class TextReader(Protocol):
    """Reads text off pictures; keeps nothing of a picture."""

    @property
    def version(self) -> str:
        """Identity of models and settings: references that another one has read are read anew."""
        ...

    @property
    def side(self) -> int:
        """The shorter side in px that a picture should have at least, where the original has it."""
        ...

    def read(self, image: Image.Image) -> list[Line]:
        """The lines in an upright RGB picture of any size, from top to bottom.

        Blocks for some hundred milliseconds of one core: for a thread. Several threads may call it at once.
        """
        ...
