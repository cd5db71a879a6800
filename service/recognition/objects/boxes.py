"""Arithmetic on boxes in fractions of a photo."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from service.recognition.region import Points, Region

LEAST_SHARE: Final = 0.01
"""Of the photo's width and height that a box has at the least, so that it can be asked for as a region."""

SAME: Final = 0.4
"""Two boxes with a greater intersection over union are of one object."""

WITHIN: Final = 0.75
"""A box is taken for a piece, or a surrounding, of another one where so much of the smaller lies in the larger."""


@dataclass(frozen=True, kw_only=True)
class Detected:
    """An object's box and how sure the detector is that there is one, 0..1. Confidences order the boxes of a photo;
    they are no probabilities.
    """

    region: Region
    confidence: float


def shared(one: Region, other: Region) -> float:
    """Area of the intersection, in fractions of the photo."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(0.0, width) * max(0.0, height)


def area(one: Region) -> float:
    """In fractions of the photo."""
    return one.width * one.height


def overlap(one: Region, other: Region) -> float:
    """Intersection over union, 0..1."""
    both = shared(one, other)
    return both / (area(one) + area(other) - both)


def same(one: Region, other: Region) -> bool:
    """Whether two boxes are of one object, by what they share."""
    within = shared(one, other) / min(area(one), area(other))
    return overlap(one, other) > SAME or within > WITHIN


def apart(found: Iterable[Detected], most: int, taken: Sequence[Region] = ()) -> list[Detected]:
    """The surest ``most`` boxes, of which no two are of one object, nor of an object that is ``taken``."""
    kept: list[Detected] = []
    for one in sorted(found, key=lambda one: -one.confidence):
        if len(kept) == most:
            break
        if not any(same(one.region, other) for other in (*taken, *(other.region for other in kept))):
            kept.append(one)
    return kept


def bounded(left: float, top: float, right: float, bottom: float) -> Region:
    """The box as far as it lies in the photo, no smaller than :data:`LEAST_SHARE` each way, moved inwards for that."""
    x, width = _span(left, right)
    y, height = _span(top, bottom)
    return Region(x=x, y=y, width=width, height=height)


def around(points: Points) -> Region:
    """The upright box around places, as far as it lies in the photo."""
    across, down = [x for x, _ in points], [y for _, y in points]
    return bounded(min(across), min(down), max(across), max(down))


def padded(box: Region, margin: float) -> Region:
    """The box with ``margin`` of its own width and height more on every side, as far as it lies in the photo."""
    wide, high = margin * box.width, margin * box.height
    return bounded(box.x - wide, box.y - high, box.x + box.width + wide, box.y + box.height + high)


def in_whole(box: Region, region: Region | None) -> Region:
    """A box in a region's fractions, in those of the whole photo."""
    if region is None:
        return box
    (left, top), (right, bottom) = region.outwards([(box.x, box.y), (box.x + box.width, box.y + box.height)])
    return bounded(left, top, right, bottom)


def holds(box: Region, points: Points) -> bool:
    """Whether the middle of some places lies in the box."""
    x = sum(x for x, _ in points) / len(points)
    y = sum(y for _, y in points) / len(points)
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height


def _span(low: float, high: float) -> tuple[float, float]:
    """Start and length within 0..1."""
    low, high = min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)
    length = min(1.0, max(high - low, LEAST_SHARE))
    return min(low, 1.0 - length), length
