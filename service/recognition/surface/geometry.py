"""Whether matched features moved together: a homography by MAGSAC++, checked for plausibility.

MAGSAC++: Barath et al., CVPR 2020, in OpenCV's USAC framework. A homography also serves boxes, cartons and slightly
curved things: the inliers of their largest plane decide.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.features import EDGE

LEAST_INLIERS: Final = 6
"""Four points always fit; with fewer than two more nothing is verified."""

THRESHOLD: Final = 6.0
"""Distance in px, at a long edge of 480 px, above which a point is no inlier at any noise scale."""

ITERATIONS: Final = 1_000
CONFIDENCE: Final = 0.995

LEAST_AREA: Final = 0.002
MOST_AREA: Final = 25.0
"""Of the reference in the photo, in squares of the long edge: smaller ones are collapsed, larger ones exploded."""

MOST_STRETCH: Final = 8.0
"""Longest to shortest side of the reference's frame in the photo."""

OUTLINE_PERCENTILE: Final = 2.0
"""The box around the reference's features leaves so much out on every side: strays beside the object."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """``transform``: ``float64[3, 3]``, from the reference's working picture to the photo's, px.

    ``inliers``: ``bool[m]``, of the pairs given.
    """

    transform: NDArray[np.float64]
    inliers: NDArray[np.bool_]


def align(
    reference: NDArray[np.float32], photo: NDArray[np.float32], reference_size: tuple[int, int]
) -> Alignment | None:
    """Where a reference lies in a photo, from pairs of points ``float32[m, 2]``, px; None: nothing plausible fits."""
    if len(reference) < LEAST_INLIERS:
        return None
    found, mask = cv2.findHomography(
        reference, photo, cv2.USAC_MAGSAC, THRESHOLD, maxIters=ITERATIONS, confidence=CONFIDENCE
    )
    if found is None or mask is None:
        return None
    transform, inliers = np.asarray(found, dtype=np.float64), np.asarray(mask).ravel() > 0
    if np.count_nonzero(inliers) < LEAST_INLIERS or not is_plausible(transform, reference_size):
        return None
    return Alignment(transform=transform, inliers=inliers)


def is_plausible(transform: NDArray[np.float64], size: tuple[int, int]) -> bool:
    """Whether a camera could see a reference picture of ``size`` so: not mirrored, collapsed, folded or exploded."""
    frame = frame_of(size)
    depths = frame @ transform[2, :2] + transform[2, 2]
    if not np.isfinite(transform).all() or depths.min() <= 0 <= depths.max():
        return False
    corners = project(transform, frame)
    sides = np.roll(corners, -1, axis=0) - corners
    after = np.roll(sides, -1, axis=0)
    # All turns to the same side as in the reference: convex, and not seen from behind.
    if (sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0] <= 0).any():
        return False
    following = np.roll(corners, -1, axis=0)
    area = float(np.sum(corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1])) / 2 / EDGE**2
    lengths = np.linalg.norm(sides, axis=1)
    return LEAST_AREA < area < MOST_AREA and bool(lengths.max() < MOST_STRETCH * lengths.min())


def outline_of(
    transform: NDArray[np.float64], features: NDArray[np.float32], photo_size: tuple[int, int]
) -> list[tuple[float, float]]:
    """The box around the reference's features (``float32[k, 2]``, px) as four corners in the photo, clockwise from the
    reference's upper left, as fractions of the photo's width and height. They may lie outside 0..1.
    """
    low, high = np.percentile(features, [OUTLINE_PERCENTILE, 100 - OUTLINE_PERCENTILE], axis=0)
    box = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    corners = project(transform, box) / np.array(photo_size)
    return [(float(x), float(y)) for x, y in corners]


def frame_of(size: tuple[int, int]) -> NDArray[np.float64]:
    """``float64[4, 2]``: corners of a picture of width and height ``size``, clockwise from the upper left."""
    width, height = size
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)


def project(transform: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """``float64[n, 2]``: where points go."""
    moved = np.column_stack([points, np.ones(len(points))]) @ transform.T
    projected: NDArray[np.float64] = moved[:, :2] / moved[:, 2:]
    return projected
