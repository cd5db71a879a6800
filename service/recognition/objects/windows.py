"""Square windows of a photo, and the box of what lies in the middle of each by its mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.objects.boxes import bounded
from service.recognition.region import Region

Pixels = NDArray[np.uint8]
Mask = NDArray[np.float32]

AROUND: Final = 1.8
"""Edge of a window about a box, in units of the box's longer edge."""

LEAST_MASK: Final = 0.4
"""From here on a pixel is taken to belong to the thing."""

LEAST_PIXELS: Final = 12
"""Of a mask (1,024 in all), that make a thing."""

MIDDLE: Final = 0.2
"""How far from its middle a window is looked at, as the standard deviation in units of its edge."""


@dataclass(frozen=True)
class Window:
    """A square: its middle and its edge, in px of the picture. It may reach beyond."""

    x: float
    y: float
    edge: float


@dataclass(frozen=True)
class Thing:
    """What lies in the middle of a window: its box in the picture, how clearly it is seen (the mask's mean there,
    0..1), and whether the window holds all of it.
    """

    region: Region
    clearness: float
    whole: bool


def squares(width: int, height: int) -> list[Window]:
    """As few windows of the shorter edge as cover a picture, evenly."""
    short, long = min(width, height), max(width, height)
    count = -(-long // short)
    middles = [short / 2 + at * (long - short) / max(count - 1, 1) for at in range(count)]
    return [Window(at, short / 2, short) if width >= height else Window(short / 2, at, short) for at in middles]


def window_about(box: Region, width: int, height: int) -> Window:
    """The window that shows a box with what is around it."""
    edge = AROUND * max(box.width * width, box.height * height)
    return Window((box.x + box.width / 2) * width, (box.y + box.height / 2) * height, edge)


def cut(picture: Pixels, windows: Sequence[Window], edge: int) -> Pixels:
    """``uint8[n, edge, edge, 3]``; mirrored beyond the picture's edges."""
    cuts = np.empty((len(windows), edge, edge, 3), dtype=np.uint8)
    for place, window in enumerate(windows):
        scale = edge / window.edge
        moved = np.array([[scale, 0, edge / 2 - window.x * scale], [0, scale, edge / 2 - window.y * scale]])
        cuts[place] = cv2.warpAffine(picture, moved, (edge, edge), borderMode=cv2.BORDER_REFLECT_101)
    return cuts


def in_the_middle(mask: Mask, window: Window, width: int, height: int) -> Thing | None:
    """The connected piece of a window's mask, ``float32[m, m]`` in 0..1, that lies most in its middle."""
    edge = mask.shape[0]
    count, pieces, facts, _ = cv2.connectedComponentsWithStats((mask > LEAST_MASK).astype(np.uint8), connectivity=4)
    if count < 2:
        return None
    central = mask * _middle(edge)
    weights = np.bincount(pieces.ravel(), central.ravel(), minlength=count)
    best = 1 + int(weights[1:].argmax())
    left, top, wide, high, pixels = (int(value) for value in facts[best])
    if pixels < LEAST_PIXELS:
        return None
    unit = window.edge / edge
    x, y = window.x - window.edge / 2, window.y - window.edge / 2
    low, high_end = (x + left * unit, y + top * unit), (x + (left + wide) * unit, y + (top + high) * unit)
    if min(high_end[0], width) - max(low[0], 0) < 1 or min(high_end[1], height) - max(low[1], 0) < 1:
        return None
    region = bounded(low[0] / width, low[1] / height, high_end[0] / width, high_end[1] / height)
    whole = left > 0 and top > 0 and left + wide < edge and top + high < edge
    return Thing(region, float(mask[pieces == best].mean()), whole)


def _middle(edge: int) -> Mask:
    line = (np.arange(edge, dtype=np.float32) + 0.5) / edge - 0.5
    weights: Mask = np.exp(-(line[None, :] ** 2 + line[:, None] ** 2) / np.float32(2 * MIDDLE**2)).astype(np.float32)
    return weights
