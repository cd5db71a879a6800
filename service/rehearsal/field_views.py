"""Field views of a flat picture: as a phone would see it lying before another one, drawn by chance."""

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_EDGE = 768
"""In px."""
SHARE = (0.45, 0.95)
"""Of the photo's short edge that the picture's long edge takes."""
TILT = 0.16
"""How far a corner may leave its place, of the picture's edge."""
BLUR = (0.3, 1.6)
NOISE = 6.0
QUALITY = (60, 92)

BENT = 0.03
"""How far places of a handled picture leave theirs at most (sigma), of its long edge."""
COVERS = 2
COVER = (0.08, 0.35)
"""Half axes of what covers a handled picture, of its edges."""


def field_view(
    picture: NDArray[np.uint8], ground: NDArray[np.uint8], rng: np.random.Generator, *, long_edge: int = LONG_EDGE
) -> bytes:
    """A JPEG of ``picture`` (``uint8[h, w, 3]``, BGR) turned, tilted and lit anew before ``ground``."""
    size = (long_edge, long_edge * 3 // 4) if rng.random() < 0.5 else (long_edge * 3 // 4, long_edge)
    photo = cv2.resize(ground, size, interpolation=cv2.INTER_CUBIC)
    transform = _placed(picture.shape[1], picture.shape[0], size, rng)
    seen = cv2.warpPerspective(picture, transform, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full(picture.shape[:2], 255, np.uint8), transform, size)
    photo = np.where(cv2.GaussianBlur(mask, (3, 3), 0)[..., None] > 127, seen, photo)
    lit = _lit(np.asarray(photo, dtype=np.float32), rng)
    encoded, content = cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*QUALITY))])
    if not encoded:
        raise ValueError("the view could not be coded")
    return content.tobytes()


def handled(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture of something that is not quite flat and is held: bent, up to two ellipses of one colour over it."""
    height, width = picture.shape[:2]
    reach = rng.uniform(0, BENT) * max(height, width)
    across, down = (
        cv2.resize(rng.normal(0, reach, (3, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    )
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bent = cv2.remap(picture, x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    for _ in range(int(rng.integers(0, COVERS + 1))):
        middle = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        axes = int(rng.uniform(*COVER) * width), int(rng.uniform(*COVER) * height)
        colour = [float(value) for value in rng.integers(40, 220, 3)]
        cv2.ellipse(bent, middle, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
    return np.asarray(bent, dtype=np.uint8)


def _placed(width: int, height: int, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    scale = rng.uniform(*SHARE) * min(size) / max(width, height)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    centred = (corners - (width / 2, height / 2)) * scale
    centred += rng.uniform(-TILT, TILT, (4, 2)) * scale * max(width, height) / 2
    turn = rng.choice([0, 0, 0, 90, 180, 270]) + rng.normal(0, 8)
    cos, sin = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    middle = np.array(size) * rng.uniform(0.42, 0.58, 2)
    moved = centred @ np.array([[cos, sin], [-sin, cos]]) + middle
    return np.asarray(
        cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32)), dtype=np.float64
    )


def _lit(photo: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    height, width = photo.shape[:2]
    white_balance = rng.uniform(0.88, 1.12, 3)
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    slope = 1 + rng.normal(0, 0.15) * across + rng.normal(0, 0.15) * down
    lit = 255 * (photo / 255) ** rng.uniform(0.75, 1.35) * white_balance * rng.uniform(0.75, 1.15) * slope[..., None]
    lit = cv2.GaussianBlur(lit, (0, 0), rng.uniform(*BLUR)) + rng.normal(0, rng.uniform(0, NOISE), photo.shape)
    return np.clip(lit, 0, 255).astype(np.uint8)
