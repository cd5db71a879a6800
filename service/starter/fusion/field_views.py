"""Field views of a flat picture: as a phone would see it lying before another one, drawn by chance."""

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_EDGE = 768
SHARE = (0.45, 0.95)
"""Of the photo's short edge that the picture's long edge takes."""
TILT = 0.16
"""How far a corner may leave its place, of the picture's edge."""
BLUR = (0.3, 1.6)
NOISE = 6.0
QUALITY = (60, 92)


def field_view(picture: NDArray[np.uint8], ground: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    """A JPEG of ``picture`` (``uint8[h, w, 3]``, BGR) turned, tilted and lit anew before ``ground``."""
    size = (LONG_EDGE, LONG_EDGE * 3 // 4) if rng.random() < 0.5 else (LONG_EDGE * 3 // 4, LONG_EDGE)
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
