"""Whether an aligned reference also has the photo's colours, region by region.

Siblings of one brand share most of their print, and so their features; what differs is often the colour of a band or
a fruit. Both pictures are compared at 48 px, where an alignment need not be exact.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.features import COLOUR_EDGE, EDGE

LEAST_PIXELS: Final = 30
"""Fewer common pixels say nothing."""

SMOOTHING: Final = 1.0
"""Sigma in px: what the alignment may be off by."""

COLOUR_SCALE: Final = 12.0
"""Distance in Lab's a and b at which agreement has fallen to 1/e."""

_SCALE = np.diag([COLOUR_EDGE / EDGE, COLOUR_EDGE / EDGE, 1.0])
_MARGIN = np.ones((7, 7), np.uint8)


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """``lightness`` and ``chroma``: correlation over the common region, -1..1, whatever the exposure and white balance.

    ``colour``: agreement of the colours as they are, 0..1. All are 0 where there is nothing to compare.
    """

    lightness: float = 0.0
    chroma: float = 0.0
    colour: float = 0.0


UNSEEN: Final = Appearance()


def compare_appearance(
    photo: NDArray[np.uint8],
    reference: NDArray[np.uint8],
    transform: NDArray[np.float64],
    points: NDArray[np.float32],
) -> Appearance:
    """Compare two Lab pictures of long edge 48 px over the convex hull of the reference's ``points``.

    ``points``: ``float32[m, 2]`` and ``transform``: as in :mod:`~service.recognition.surface.geometry`, at 480 px.
    """
    height, width = reference.shape[:2]
    small = _SCALE @ transform @ np.linalg.inv(_SCALE)
    region = np.zeros((height, width), np.uint8)
    hull = cv2.convexHull((points * (COLOUR_EDGE / EDGE)).astype(np.float32))
    cv2.fillConvexPoly(region, np.rint(hull).astype(np.int32), 1)
    region = cv2.dilate(region, _MARGIN).astype(np.uint8, copy=False)
    inside = _warp(np.ones(photo.shape[:2], np.uint8), small, (width, height), cv2.INTER_NEAREST)
    common = (region > 0) & (inside > 0)
    if np.count_nonzero(common) < LEAST_PIXELS:
        return UNSEEN
    seen = _smooth(_warp(photo, small, (width, height), cv2.INTER_LINEAR))[common]
    known = _smooth(reference)[common]
    distance = float(np.linalg.norm(seen[:, 1:] - known[:, 1:], axis=1).mean())
    return Appearance(
        lightness=_correlation(seen[:, :1], known[:, :1]),
        chroma=_correlation(seen[:, 1:], known[:, 1:]),
        colour=float(np.exp(-distance / COLOUR_SCALE)),
    )


def _warp(
    picture: NDArray[np.uint8], transform: NDArray[np.float64], size: tuple[int, int], how: int
) -> NDArray[np.uint8]:
    return cv2.warpPerspective(picture, transform, size, flags=how | cv2.WARP_INVERSE_MAP).astype(np.uint8, copy=False)


def _smooth(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), SMOOTHING).astype(np.float32, copy=False)


def _correlation(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    """Of ``float32[n, channels]`` each, after taking every channel's mean off; flat regions give about 0."""
    a, b = left - left.mean(axis=0), right - right.mean(axis=0)
    # One grey level of noise a pixel: what is flatter than that correlates with nothing.
    power = np.sqrt((np.square(a).sum() + a.size) * (np.square(b).sum() + b.size))
    return float((a * b).sum() / power)
