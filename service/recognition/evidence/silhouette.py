"""How long and broad a thing of known size looks beside the card, seen from where the camera stood.

What stands above the card's plane hides more of it than it covers: the outline on the plane is the shadow that the
camera, were it a lamp, would throw. It is drawn of a box and of the ellipse in it, at its foot and top and at half its
height, lying on each of its sides; between the least and the most of these lies what a real thing shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, log
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.evidence.sizes import Extents

Points = NDArray[np.float64]

LENGTH_ERROR: Final = 0.04
BREADTH_ERROR: Final = 0.08
"""Of logarithms, one standard deviation: the outline's. Measured on drawn parts (``make bench-scale``), and no less
than what a hand that holds a telephone does."""

HIGHEST: Final = 0.6
"""Of the camera's height, up to where the model says anything."""
CORNERS: Final = 24

_ANGLES: Final = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
_SHAPES: Final = (
    np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64) / 2,
    np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1) / 2,
)


@dataclass(frozen=True, kw_only=True)
class Silhouette:
    """A part on the card's plane, as it is seen: the length and breadth of the rectangle around it and its ``middle``
    in mm, its ``direction`` in radians, by the card's axes; ``camera`` as in a pose; ``error``: share of all lengths.
    """

    length: float
    breadth: float
    middle: tuple[float, float]
    direction: float
    camera: tuple[float, float, float]
    error: float


@dataclass(frozen=True)
class Fit:
    """How far a size is from what was measured, in standard deviations, 0 for a full fit; and the length in mm that a
    thing of this size would show, as near to the measured one as may be.
    """

    distance: float
    expected: float


def silhouette(points: Points, camera: tuple[float, float, float], error: float) -> Silhouette:
    """Of an outline on the plane, float64[n, 2] in mm."""
    (x, y), (first, second), degrees = cv2.minAreaRect(points.astype(np.float32))
    return Silhouette(
        length=float(max(first, second)),
        breadth=float(min(first, second)),
        middle=(float(x), float(y)),
        direction=float(np.radians(degrees if first >= second else degrees + 90)),
        camera=camera,
        error=error,
    )


def fit(seen: Silhouette, size: Extents) -> Fit:
    """Of a thing of this size; where fewer than three extents are known, the others may be anything up to the known."""
    return min((_fit_lying(seen, *lying) for lying in _ways(size)), key=lambda one: one.distance)


def _ways(size: Extents) -> Sequence[tuple[float, float | None, float]]:
    """Length, breadth (None: unknown) and height of what lies on each of its sides."""
    if len(size) == 1:
        return ((size[0], None, size[0] / 3),)
    if len(size) == 2:
        longest, across = size
        return ((longest, across, across / 2), (longest, None, across))
    longest, middle, least = size
    return ((longest, middle, least), (longest, least, middle), (middle, least, longest))


def _fit_lying(seen: Silhouette, length: float, breadth: float | None, height: float) -> Fit:
    height = min(height, HIGHEST * seen.camera[2])
    shown = np.array([_shadow(seen, shape, length, breadth or length / 3, height, levels) for shape, levels in _CASES])
    lengths, breadths = shown.max(1), shown.min(1)
    off_length = _outside(seen.length, lengths) / hypot(LENGTH_ERROR, seen.error)
    off_breadth = _outside(seen.breadth, breadths) / hypot(BREADTH_ERROR, seen.error) if breadth else 0.0
    expected = float(np.clip(seen.length, lengths.min(), lengths.max()))
    return Fit(hypot(off_length, off_breadth), expected)


_CASES: Final = tuple((shape, levels) for shape in _SHAPES for levels in ((0.0, 1.0), (0.5,)))


def _shadow(
    seen: Silhouette, shape: Points, length: float, breadth: float, height: float, levels: Sequence[float]
) -> tuple[float, float]:
    """Sides of the rectangle around the shadow that lies where the part is seen."""
    cosine, sine = np.cos(seen.direction), np.sin(seen.direction)
    turned = shape * (length, breadth) @ np.array([(cosine, sine), (-sine, cosine)])
    under, above = np.array(seen.camera[:2]), seen.camera[2]
    place = wanted = np.array(seen.middle)
    sides: Sequence[float] = (0.0, 0.0)
    for _ in range(2):
        thrown = [under + (turned + place - under) * above / (above - level * height) for level in levels]
        middle, sides, _ = cv2.minAreaRect(np.concatenate(thrown).astype(np.float32))
        place = place + wanted - middle
    return float(sides[0]), float(sides[1])


def _outside(value: float, between: NDArray[np.float64]) -> float:
    """How far a length is outside of a range, as a logarithm."""
    return max(0.0, log(between.min() / value), log(value / between.max()))
