"""Whether matched features moved together: one view of the reference that explains them, checked for plausibility.

First every pair votes: its two keypoints' scales and angles already say how the reference would lie (Philbin et al.,
CVPR 2007), so that a few right pairs are found among two hundred wrong ones. Then a homography is fitted to the voters
by MAGSAC++ (Barath et al., CVPR 2020, in OpenCV's USAC framework). It also serves boxes, cartons and slightly curved
things; where too few pairs lie in one plane, the similarity that was voted for stands.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.features import EDGE, LocalFeatures

LEAST_INLIERS: Final = 8
"""Fewer often agree by chance."""

VOTE_DISTANCE: Final = 18.0
VOTE_ANGLE: Final = 30.0
VOTE_OCTAVES: Final = 0.8
"""How far a pair may be from another's view to be its voter: px at a long edge of 480 px, degrees, octaves of scale.
Wide, because a similarity stands for a tilted view here."""

MOST_PAIRS: Final = 250
"""That vote; the strongest of the photo's features. Votes cost by the square."""

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
class Keypoints:
    """``points``: ``float32[m, 2]``, px. ``scales``: ``float32[m]``, px. ``angles``: ``float32[m]``, degrees."""

    points: NDArray[np.float32]
    scales: NDArray[np.float32]
    angles: NDArray[np.float32]

    @classmethod
    def of(cls, features: LocalFeatures, rows: NDArray[np.intp]) -> "Keypoints":
        """Some of a picture's features."""
        return cls(features.points[rows], features.scales[rows], features.angles[rows])

    def __len__(self) -> int:
        """How many."""
        return len(self.points)


@dataclass(frozen=True, eq=False)
class Alignment:
    """``transform``: ``float64[3, 3]``, from the reference's working picture to the photo's, px.

    ``inliers``: ``bool[m]``, of the pairs given.
    """

    transform: NDArray[np.float64]
    inliers: NDArray[np.bool_]


def align(reference: Keypoints, photo: Keypoints, reference_size: tuple[int, int]) -> Alignment | None:
    """Where a reference lies in a photo, from m pairs of keypoints; None where nothing plausible explains enough."""
    if len(reference) < LEAST_INLIERS:
        return None
    voted = _vote(reference, photo)
    if np.count_nonzero(voted.inliers) < LEAST_INLIERS:
        return None
    refined = _refine(reference, photo, voted.inliers)
    for found in (refined, voted):
        if found and np.count_nonzero(found.inliers) >= LEAST_INLIERS and is_plausible(found.transform, reference_size):
            return found
    return None


def _vote(reference: Keypoints, photo: Keypoints) -> Alignment:
    """The similarity of the pair that most pairs agree with, fitted to these."""
    some = slice(0, MOST_PAIRS)
    known, seen = _complex(reference.points[some]), _complex(photo.points[some])
    octaves = np.log2(photo.scales[some] / reference.scales[some])
    # As complex numbers a similarity is one product and one sum: z -> factor z + shift.
    turns = np.exp(1j * np.deg2rad(photo.angles[some] - reference.angles[some])).astype(np.complex64)
    factors = turns * np.exp2(octaves)
    agree = _misses(factors, seen - factors * known, known, seen) < VOTE_DISTANCE**2
    agree &= np.stack([turns.real, turns.imag], axis=1) @ [turns.real, turns.imag] > np.cos(np.deg2rad(VOTE_ANGLE))
    agree &= np.abs(octaves[:, None] - octaves[None]) < VOTE_OCTAVES
    best = agree[agree.sum(axis=1).argmax()]
    inliers = np.zeros(len(reference), np.bool_)
    inliers[some] = best
    return Alignment(transform=_similarity(known[best], seen[best]), inliers=inliers)


def _misses(
    factors: NDArray[np.complex64],
    shifts: NDArray[np.complex64],
    known: NDArray[np.complex64],
    seen: NDArray[np.complex64],
) -> NDArray[np.float32]:
    """``float32[m, m]``: the squared distance in px by which the similarity of each row misses the pair of each column.

    By real products of matrices, which take less than half the time of complex outer ones.
    """
    ones = np.ones(len(known), np.float32)
    to_x = np.stack([factors.real, -factors.imag, shifts.real, -ones], axis=1)
    to_y = np.stack([factors.imag, factors.real, shifts.imag, -ones], axis=1)
    off_x = to_x @ np.stack([known.real, known.imag, ones, seen.real])
    off_y = to_y @ np.stack([known.real, known.imag, ones, seen.imag])
    off_x *= off_x
    off_y *= off_y
    off_x += off_y
    return off_x


def _similarity(known: NDArray[np.complex64], seen: NDArray[np.complex64]) -> NDArray[np.float64]:
    """The least-squares similarity from ``known`` to ``seen``."""
    centre, aim = known.mean(), seen.mean()
    spread = float(np.square(np.abs(known - centre)).sum())
    factor = complex((np.conj(known - centre) * (seen - aim)).sum() / spread) if spread > 0 else 0j
    shift = aim - factor * centre
    return np.array(
        [
            (factor.real, -factor.imag, shift.real),
            (factor.imag, factor.real, shift.imag),
            (0, 0, 1),
        ]
    )


def _refine(reference: Keypoints, photo: Keypoints, voters: NDArray[np.bool_]) -> Alignment | None:
    """A homography of the voters, and all pairs that it explains."""
    found, _ = cv2.findHomography(
        reference.points[voters],
        photo.points[voters],
        cv2.USAC_MAGSAC,
        THRESHOLD,
        maxIters=ITERATIONS,
        confidence=CONFIDENCE,
    )
    if found is None:
        return None
    transform = np.asarray(found, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = np.linalg.norm(project(transform, reference.points) - photo.points, axis=1)
    return Alignment(transform=transform, inliers=distances < THRESHOLD)


def _complex(points: NDArray[np.float32]) -> NDArray[np.complex64]:
    return np.ascontiguousarray(points, dtype=np.float32).view(np.complex64)[:, 0]


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
    low, high = box_of(features)
    box = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    corners = project(transform, box) / np.array(photo_size)
    return [(float(x), float(y)) for x, y in corners]


def box_of(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """``float64[2, 2]``: upper left and lower right corner of the box around features (``float32[k, 2]``, px)."""
    box: NDArray[np.float64] = np.percentile(features, [OUTLINE_PERCENTILE, 100 - OUTLINE_PERCENTILE], axis=0)
    return box


def frame_of(size: tuple[int, int]) -> NDArray[np.float64]:
    """``float64[4, 2]``: corners of a picture of width and height ``size``, clockwise from the upper left."""
    width, height = size
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)


def project(transform: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """``float64[n, 2]``: where points go."""
    moved = np.column_stack([points, np.ones(len(points))]) @ transform.T
    projected: NDArray[np.float64] = moved[:, :2] / moved[:, 2:]
    return projected
