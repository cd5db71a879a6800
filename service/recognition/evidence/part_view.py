"""A photo with a scale card as the other channels are to see it: the part alone, for the card is a thing too."""

from typing import Final

import cv2
import numpy as np
from PIL import Image

from service.recognition.evidence.scaled import Outline, Scaled
from service.recognition.region import Region

AROUND: Final = 1.3
"""Edge of what is shown, of the part's longer one."""


def part_region(scaled: Scaled | None, size: tuple[int, int]) -> Region | None:
    """A square around the part in a picture of this width and height, within it; None where none was measured."""
    if scaled is None or scaled.measured is None:
        return None
    places = np.array(scaled.measured.outline) * size
    low, high = places.min(0), places.max(0)
    middle, edge = (low + high) / 2, AROUND * float((high - low).max())
    left, top = np.clip((middle - edge / 2) / size, 0, 1)
    right, bottom = np.clip((middle + edge / 2) / size, 0, 1)
    return Region(x=float(left), y=float(top), width=float(right - left), height=float(bottom - top))


def part_view(image: Image.Image, scaled: Scaled, region: Region) -> Image.Image:
    """That region of the picture, with the card in the colour of the ground."""
    card = np.zeros((image.height, image.width), np.uint8)
    _fill(card, scaled.card.outline)
    part = np.zeros_like(card)
    if scaled.measured is not None:
        _fill(part, scaled.measured.outline)
    left, top, right, bottom = region.box(image.size)
    here = (slice(top, bottom), slice(left, right))
    pixels = np.array(image.convert("RGB").crop((left, top, right, bottom)))
    hidden = (np.asarray(cv2.dilate(card, np.ones((5, 5), np.uint8)))[here] > 0) & (part[here] == 0)
    ground = ~hidden & (part[here] == 0)
    if hidden.any() and ground.any():
        pixels[hidden] = np.median(pixels[ground], axis=0).astype(np.uint8)
    return Image.fromarray(pixels)


def _fill(mask: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], outline: Outline) -> None:
    corners = np.array(outline) * (mask.shape[1], mask.shape[0])
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 255)
