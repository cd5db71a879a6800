"""The scale card as a picture, as it is laid into drawn scenes."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from service.recognition.evidence.card import MODULES, POCKET, Card, marker_corners, marker_modules
from service.recognition.evidence.card_pose import find_markers

WIDTH, HEIGHT = POCKET.width, POCKET.height
PIXELS_PER_MM = 16
MARKERS_NEEDED = 3
PAPER, INK, GREY = 244, 18, 60


def card_picture(pixels_per_mm: float = PIXELS_PER_MM, card: Card = POCKET) -> NDArray[np.uint8]:
    """The card as it is printed: uint8[h, w, 3]."""
    image = Image.new("L", (round(card.width * pixels_per_mm), round(card.height * pixels_per_mm)), PAPER)
    draw = ImageDraw.Draw(image)
    module = card.marker / MODULES * pixels_per_mm
    for number, corners in marker_corners(card).items():
        left, top = corners[0] * pixels_per_mm
        for row, column in marker_modules(number):
            start = (round(left + column * module), round(top + row * module))
            end = (round(left + (column + 1) * module) - 1, round(top + (row + 1) * module) - 1)
            draw.rectangle((start, end), INK)
    middle = image.width / 2
    for line, (words, size) in enumerate(zip(card.caption, (5.5, 4.2), strict=True)):
        at = (middle, image.height / 2 + (line - 0.5) * 8 * pixels_per_mm)
        draw.text(at, words, GREY, ImageFont.load_default(size * pixels_per_mm), anchor="mm")
    left, right, down = (place * pixels_per_mm for place in card.bar_ends)
    draw.line((left, down, right, down), GREY, max(1, round(0.4 * pixels_per_mm)))
    return np.asarray(image.convert("RGB"))


def found_markers(pixels: NDArray[np.uint8]) -> dict[int, NDArray[np.float64]]:
    """The card's markers in a picture uint8[h, w, 3]: id -> corners float64[4, 2] in pixels."""
    found = find_markers(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8))
    return {number: square for number, square in found.items() if number in POCKET.ids}


def measured_mm(found: dict[int, NDArray[np.float64]], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where pixels [n, 2] lie on the card's plane, in millimetres [n, 2]; needs one marker at least."""
    known = marker_corners(POCKET)
    pixels = np.concatenate([found[number] for number in found])
    millimetres = np.concatenate([known[number] for number in found])
    plane, _ = cv2.findHomography(pixels, millimetres)
    return np.asarray(cv2.perspectiveTransform(points[:, None].astype(np.float64), plane), np.float64)[:, 0]
