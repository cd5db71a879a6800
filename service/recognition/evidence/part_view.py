"""A photo with a scale card as the other channels are to see it: the part alone, for the card is a thing too."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.recognition.evidence.card_painting import painted_over
from service.recognition.evidence.scaled import Outline, Scaled
from service.recognition.region import Region

AROUND: Final = 1.3
"""Edge of what is shown, of the part's longer one."""


def part_region(scaled: Scaled | None, size: tuple[int, int]) -> Region | None:
    """A square around the part in a picture of this width and height, within it; the whole picture where no part was
    measured beside the card, and None where there is no card.
    """
    if scaled is None:
        return None
    if scaled.measured is None:
        return Region(x=0.0, y=0.0, width=1.0, height=1.0)
    places = np.array(scaled.measured.outline) * size
    low, high = places.min(0), places.max(0)
    middle, edge = (low + high) / 2, AROUND * float((high - low).max())
    left, top = np.clip((middle - edge / 2) / size, 0, 1)
    right, bottom = np.clip((middle + edge / 2) / size, 0, 1)
    return Region(x=float(left), y=float(top), width=float(right - left), height=float(bottom - top))


def part_view(image: Image.Image, scaled: Scaled, region: Region) -> Image.Image:
    """That region of the picture, with ground in place of the card."""
    card = np.zeros((image.height, image.width), np.uint8)
    _fill(card, scaled.card.outline)
    card = np.asarray(cv2.dilate(card, np.ones((5, 5), np.uint8)), np.uint8)
    if scaled.measured is not None:
        part = np.zeros_like(card)
        _fill(part, scaled.measured.outline)
        card[part > 0] = 0
    left, top, right, bottom = region.box(image.size)
    pixels = np.array(image.convert("RGB"))
    if card[top:bottom, left:right].any() and not card.all():
        pixels = painted_over(pixels, card)
    return Image.fromarray(pixels[top:bottom, left:right])


def _fill(mask: NDArray[np.uint8], outline: Outline) -> None:
    corners = np.array(outline) * (mask.shape[1], mask.shape[0])
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 255)
