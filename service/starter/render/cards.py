"""The printed scale card: as large as a credit card, an ArUco marker of known size in each corner.

All sizes in millimetres; the origin is the card's upper left corner, x to the right, y down.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH = 85.6
HEIGHT = 54.0
MARKER = 16.0
MARGIN = 4.0
DICTIONARY = cv2.aruco.DICT_4X4_50
MARKER_IDS = (0, 1, 2, 3)
"""Upper left, upper right, lower right, lower left."""
CAPTION = ("SCALE", f"{WIDTH:g} x {HEIGHT:g} mm")
PIXELS_PER_MM = 16
MARKERS_NEEDED = 3


def marker_corners() -> dict[int, NDArray[np.float64]]:
    """Marker id -> its corners as they are detected (clockwise from the upper left), float64[4, 2] in mm."""
    right, low = WIDTH - MARGIN - MARKER, HEIGHT - MARGIN - MARKER
    starts = ((MARGIN, MARGIN), (right, MARGIN), (right, low), (MARGIN, low))
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64) * MARKER
    return {number: square + np.array(start) for number, start in zip(MARKER_IDS, starts, strict=True)}


def card_picture(pixels_per_mm: int = PIXELS_PER_MM) -> NDArray[np.uint8]:
    """The card as it is printed: uint8[h, w, 3], 54 mm by 85.6 mm."""
    image = Image.new("L", (round(WIDTH * pixels_per_mm), round(HEIGHT * pixels_per_mm)), 244)
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    edge = round(MARKER * pixels_per_mm)
    for number, corners in marker_corners().items():
        marker = Image.fromarray(cv2.aruco.generateImageMarker(dictionary, number, edge))
        left, top = (round(float(place) * pixels_per_mm) for place in corners[0])
        image.paste(marker.point(lambda level: 18 + level * 226 // 255), (left, top))
    draw = ImageDraw.Draw(image)
    middle = image.width / 2
    for line, (words, size) in enumerate(zip(CAPTION, (5.5, 4.2), strict=True)):
        at = (middle, image.height / 2 + (line - 0.5) * 8 * pixels_per_mm)
        draw.text(at, words, 60, ImageFont.load_default(size * pixels_per_mm), anchor="mm")
    return np.asarray(image.convert("RGB"))


def found_markers(pixels: NDArray[np.uint8]) -> dict[int, NDArray[np.float64]]:
    """The card's markers in a picture uint8[h, w, 3]: id -> corners float64[4, 2] in pixels."""
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY))
    corners, numbers, _ = detector.detectMarkers(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    if numbers is None:
        return {}
    found = zip(np.ravel(numbers), corners, strict=True)
    return {int(number): np.asarray(one, np.float64).reshape(4, 2) for number, one in found if number in MARKER_IDS}


def measured_mm(found: dict[int, NDArray[np.float64]], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where pixels [n, 2] lie on the card's plane, in millimetres [n, 2]; needs one marker at least."""
    known = marker_corners()
    pixels = np.concatenate([found[number] for number in found])
    millimetres = np.concatenate([known[number] for number in found])
    plane, _ = cv2.findHomography(pixels, millimetres)
    return np.asarray(cv2.perspectiveTransform(points[:, None].astype(np.float64), plane), np.float64)[:, 0]
