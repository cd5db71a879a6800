"""Whether an aligned reference shows the photo's very detail: letters, fruit, the lot of its print or casting.

What siblings share fits by geometry however much else differs, because what differs has no inliers to be missed. So
both pictures are laid over each other and compared place by place by their local correlation (zero-mean, normalised),
which neither exposure nor a slope of light changes.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.features import at_edge

GREY_EDGE: Final = 240
"""Long edge in px that both are compared at: alignments are good to about a pixel of it."""

WINDOW: Final = 13
"""Side in px of the neighbourhood of each pixel that is correlated."""

SMOOTHING: Final = 1.0
"""Sigma in px: what the alignment may be off by."""

NOISE: Final = 16.0
"""Variance in grey levels that is no detail: flat places correlate with nothing."""

LEAST_PIXELS: Final = 100
"""Fewer common pixels say nothing."""


def compare_detail(
    photo: NDArray[np.uint8],
    reference: NDArray[np.uint8],
    transform: NDArray[np.float64],
    box: NDArray[np.floating],
    edge: int,
) -> float:
    """Mean local correlation over the part of ``box`` that the photo shows, -1..1; 0 where that is next to nothing.

    ``photo``, ``reference``: ``uint8[h, w]``, grey, of any size. ``transform``: ``float64[3, 3]``, from the reference
    to the photo, and ``box``: ``float[2, 2]``, its upper left and lower right corner in the reference, both in px where
    long edges are ``edge``.
    """
    known = at_edge(reference, min(GREY_EDGE, max(reference.shape)))
    height, width = known.shape
    to_known, to_photo = _scale(max(known.shape) / edge), _scale(max(photo.shape) / edge)
    # From the small reference to the photo's own pixels: what the warp looks up.
    between = to_photo @ transform @ np.linalg.inv(to_known)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(photo, between, (width, height), flags=how)
    there = cv2.warpPerspective(
        np.ones(photo.shape, np.uint8), between, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    left, top, right, bottom = np.rint(np.asarray(box).ravel() * max(known.shape) / edge).astype(int).clip(0)
    inside = there[top : bottom + 1, left : right + 1] > 0
    if np.count_nonzero(inside) < LEAST_PIXELS:
        return 0.0
    alike = _correlations(_smooth(seen), _smooth(known))[top : bottom + 1, left : right + 1]
    return float(alike[inside].mean())


def _correlations(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """``float32[h, w]``: of the neighbourhoods of each pixel."""
    mean_left, mean_right = _mean(left), _mean(right)
    spread_left = np.maximum(_mean(left * left) - mean_left**2, 0)
    spread_right = np.maximum(_mean(right * right) - mean_right**2, 0)
    together = _mean(left * right) - mean_left * mean_right
    correlations: NDArray[np.float32] = together / np.sqrt((spread_left + NOISE) * (spread_right + NOISE))
    return correlations


def _mean(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return cv2.blur(picture, (WINDOW, WINDOW)).astype(np.float32, copy=False)


def _smooth(picture: "NDArray[np.uint8] | cv2.typing.MatLike") -> NDArray[np.float32]:
    # Centred, because variances of large numbers lose what float32 has.
    centred = picture.astype(np.float32) - 128
    return cv2.GaussianBlur(centred, (0, 0), SMOOTHING).astype(np.float32, copy=False)


def _scale(factor: float) -> NDArray[np.float64]:
    return np.diag([factor, factor, 1.0])
