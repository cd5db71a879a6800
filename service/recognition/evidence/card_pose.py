"""Where the scale card lies in a photo: its markers, the plane that it lies in, and where the camera stood."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.evidence.card import CARDS, DICTIONARY, Card, marker_corners

Points = NDArray[np.float64]
"""float64[n, 2]."""

LEAST_EDGE: Final = 14.0
"""Of a marker in px: smaller ones are read out of textures."""

MOST_OFF: Final = 0.08
"""Of a marker's edge that its corners may lie beside where the other markers say."""

FIELDS: Final = (0.9, 1.1, 1.35, 1.7, 2.2)
"""Focal lengths that are tried, in short edges of the photo: from a telephone's main camera to a long one."""

USUAL_FIELD: Final = 1.35
DOUBT: Final = 0.4
"""Of the logarithm of a focal length, where the card does not tell."""

CORNER_PX: Final = 0.7
"""Standard deviation of a marker's corner."""


@dataclass(frozen=True, kw_only=True)
class Pose:
    """A card in a picture. ``plane``: float64[3, 3], from the picture's pixels to millimetres on the card's plane;
    ``camera``: where it stood, in millimetres, by the card's axes and the height above it (always above 0);
    ``markers``: how many were seen; ``error``: how far lengths beside the card may be off, as a share (one standard
    deviation).
    """

    card: Card
    plane: NDArray[np.float64]
    camera: tuple[float, float, float]
    markers: int
    error: float

    def millimetres(self, pixels: Points) -> Points:
        """Where pixels [n, 2] lie on the plane."""
        return np.asarray(cv2.perspectiveTransform(pixels[:, None].astype(np.float64), self.plane), np.float64)[:, 0]

    def pixels(self, millimetres: Points) -> Points:
        """Where places on the plane [n, 2] are in the picture."""
        back = np.linalg.inv(self.plane)
        return np.asarray(cv2.perspectiveTransform(millimetres[:, None].astype(np.float64), back), np.float64)[:, 0]


def find_card(grey: NDArray[np.uint8]) -> Pose | None:
    """The card in a picture uint8[h, w]; of several the one of which most markers are seen. None where there is none:
    neither where what looks like its markers does not lie as they do.
    """
    found = find_markers(grey)
    poses = [pose for card in CARDS if (pose := _pose(card, found, grey.shape[1], grey.shape[0])) is not None]
    return max(poses, key=lambda pose: pose.markers, default=None)


def find_markers(grey: NDArray[np.uint8]) -> dict[int, Points]:
    """Markers of any card, each that was seen once: id -> corners [4, 2] in px."""
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    settings.errorCorrectionRate = 0.0
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY), settings)
    corners, numbers, _ = detector.detectMarkers(grey)
    if numbers is None:
        return {}
    known = {number for card in CARDS for number in card.ids}
    seen = [int(number) for number in np.ravel(numbers)]
    squares = [np.asarray(one, np.float64).reshape(4, 2) for one in corners]
    return {
        number: square
        for number, square in zip(seen, squares, strict=True)
        if number in known and seen.count(number) == 1 and _edge(square) >= LEAST_EDGE
    }


def _pose(card: Card, found: Mapping[int, Points], width: int, height: int) -> Pose | None:
    known = marker_corners(card)
    seen = _agreeing({number: found[number] for number in card.ids if number in found}, known)
    if not seen:
        return None
    pixels = np.concatenate([seen[number] for number in seen])
    millimetres = np.concatenate([known[number] for number in seen])
    plane, _ = cv2.findHomography(pixels, millimetres)
    camera = _camera(pixels, millimetres, width, height)
    if plane is None or camera is None:
        return None
    span = float(np.ptp(pixels, axis=0).max())
    # A line of n pixels is known to some corners' errors; what lies beside it, by so much the worse as it is short.
    error = CORNER_PX / span * (8.0 if len(seen) == 1 else 4.0)
    return Pose(card=card, plane=np.asarray(plane, np.float64), camera=camera, markers=len(seen), error=error)


def _agreeing(seen: Mapping[int, Points], known: Mapping[int, Points]) -> dict[int, Points]:
    """More than half of the markers, which lie as they do on the card; of two that do not, neither is believed."""
    if not seen:
        return {}
    pixels = np.concatenate(list(seen.values()))
    millimetres = np.concatenate([known[number] for number in seen])
    there, _ = cv2.findHomography(millimetres, pixels, cv2.RANSAC, MOST_OFF * min(map(_edge, seen.values())))
    if there is None:
        return {}
    together = {}
    for number, square in seen.items():
        told = cv2.perspectiveTransform(known[number][:, None], there)[:, 0]
        if np.linalg.norm(told - square, axis=1).max() <= MOST_OFF * _edge(square):
            together[number] = square
    return together if 2 * len(together) > len(seen) else {}


def _camera(pixels: Points, millimetres: Points, width: int, height: int) -> tuple[float, float, float] | None:
    """By the focal length that suits the corners best, the usual one where all do."""
    flat = np.concatenate([millimetres, np.zeros((len(millimetres), 1))], axis=1)
    best: tuple[float, NDArray[np.float64]] | None = None
    for field in FIELDS:
        focal = field * min(width, height)
        matrix = np.array([(focal, 0, width / 2), (0, focal, height / 2), (0, 0, 1)], np.float64)
        there, turns, shifts, errors = cv2.solvePnPGeneric(flat, pixels, matrix, None, flags=cv2.SOLVEPNP_IPPE)
        if not there:
            continue
        misfit = float(np.ravel(errors)[0]) ** 2 * len(pixels) / CORNER_PX**2 / 2
        misfit += (np.log(field / USUAL_FIELD) / DOUBT) ** 2 / 2
        if best is None or misfit < best[0]:
            turned, _ = cv2.Rodrigues(turns[0])
            best = (misfit, np.ravel(-turned.T @ shifts[0]))
    if best is None:
        return None
    x, y, z = (float(value) for value in best[1])
    return x, y, abs(z)


def _edge(square: Points) -> float:
    """The shortest side."""
    return float(np.linalg.norm(square - np.roll(square, 1, axis=0), axis=1).min())
