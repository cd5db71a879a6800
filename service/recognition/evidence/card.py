"""The printed scale card: ArUco markers of known size in its corners (Garrido-Jurado et al., 2014).

The one place that says what a card looks like: what is printed, what the demo's renderer draws and what is looked for
in photos. All sizes in millimetres; the origin is the card's upper left corner, x to the right, y down.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

DICTIONARY: Final = cv2.aruco.DICT_4X4_50
MODULES: Final = 6
"""Of a marker's edge: four bits and the black border."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A card of one size. ``ids``: of the markers upper left, upper right, lower right, lower left; no two cards share
    one, so that a single marker says which card it is on. ``bar``: length of the line by which a print is checked.
    """

    name: str
    width: float
    height: float
    marker: float
    margin: float
    ids: tuple[int, int, int, int]
    bar: float

    @property
    def caption(self) -> tuple[str, str]:
        """What is printed in its middle."""
        return "SCALE", f"{self.width:g} x {self.height:g} mm"

    @property
    def outline(self) -> NDArray[np.float64]:
        """Its corners, clockwise from the upper left: float64[4, 2]."""
        return _SQUARE * (self.width, self.height)

    @property
    def bar_ends(self) -> tuple[float, float, float]:
        """Left and right end of the bar, and how far down it lies."""
        left = (self.width - self.bar) / 2
        return left, left + self.bar, self.height - self.margin - self.marker / 2


_SQUARE: Final = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)

POCKET: Final = Card(name="card", width=85.6, height=54.0, marker=16.0, margin=4.0, ids=(0, 1, 2, 3), bar=40.0)
"""As large as a credit card (ISO/IEC 7810 ID-1), for parts up to the size of a hand."""

SHEET: Final = Card(name="a4", width=297.0, height=210.0, marker=45.0, margin=15.0, ids=(4, 5, 6, 7), bar=100.0)
"""A whole sheet of A4, lying, for larger parts."""

CARDS: Final = (POCKET, SHEET)


def marker_corners(card: Card) -> dict[int, NDArray[np.float64]]:
    """Marker id -> its corners as they are detected (clockwise from the upper left), float64[4, 2]."""
    right, low = card.width - card.margin - card.marker, card.height - card.margin - card.marker
    starts = ((card.margin, card.margin), (right, card.margin), (right, low), (card.margin, low))
    return {number: _SQUARE * card.marker + start for number, start in zip(card.ids, starts, strict=True)}


@cache
def marker_modules(number: int) -> tuple[tuple[int, int], ...]:
    """Row and column of a marker's black modules, of :data:`MODULES` each way."""
    picture = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(DICTIONARY), number, MODULES)
    return tuple((int(row), int(column)) for row, column in np.argwhere(picture == 0))
