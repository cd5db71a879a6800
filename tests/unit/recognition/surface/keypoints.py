"""Pairs of keypoints, right ones as a homography moves them and wrong ones by chance."""

import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.geometry import Keypoints, project
from tests.unit.recognition.surface.drawing import SIZE


def keypoints_in(rng: np.random.Generator, count: int) -> Keypoints:
    """Anywhere in a picture, of any angle and of the scales that SIFT has."""
    return Keypoints(
        points=rng.uniform((0, 0), SIZE, (count, 2)).astype(np.float32),
        scales=np.exp2(rng.uniform(1, 5, count)).astype(np.float32),
        angles=rng.uniform(0, 360, count).astype(np.float32),
    )


def moved(transform: NDArray[np.float64], known: Keypoints) -> Keypoints:
    """As a transform moves them: scales grow as areas do at each point, directions turn as they do there."""
    points = project(transform, known.points)
    homogeneous = np.column_stack([known.points, np.ones(len(known))])
    depths = homogeneous @ transform[2]
    # The derivative of a homography: how a point's neighbourhood is sheared, scaled and turned.
    local = (transform[None, :2, :2] - points[:, :, None] * transform[2, :2]) / depths[:, None, None]
    angles = np.deg2rad(known.angles)
    directions = np.einsum("nij,nj->ni", local, np.column_stack([np.cos(angles), np.sin(angles)]))
    return Keypoints(
        points=points.astype(np.float32),
        scales=(known.scales * np.sqrt(np.abs(np.linalg.det(local)))).astype(np.float32),
        angles=(np.rad2deg(np.arctan2(directions[:, 1], directions[:, 0])) % 360).astype(np.float32),
    )


def noisy(known: Keypoints, rng: np.random.Generator) -> Keypoints:
    """As a detector finds them again: half a pixel off, 7 % of scale, 5 degrees."""
    count = len(known)
    return Keypoints(
        points=(known.points + rng.normal(0, 0.5, (count, 2))).astype(np.float32),
        scales=(known.scales * np.exp2(rng.normal(0, 0.1, count))).astype(np.float32),
        angles=((known.angles + rng.normal(0, 5, count)) % 360).astype(np.float32),
    )


def chosen(which: NDArray[np.bool_], one: Keypoints, other: Keypoints) -> Keypoints:
    """``one``'s where ``which`` says, ``other``'s elsewhere."""
    return Keypoints(
        points=np.where(which[:, None], one.points, other.points),
        scales=np.where(which, one.scales, other.scales),
        angles=np.where(which, one.angles, other.angles),
    )


def among(which: NDArray[np.bool_], known: Keypoints) -> Keypoints:
    """Some of them."""
    return Keypoints(known.points[which], known.scales[which], known.angles[which])
