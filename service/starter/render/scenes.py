"""Parts on a ground with their shadows, as one picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from service.starter.render.stage import Camera, Item, Stage

Rng = np.random.Generator


@dataclass(frozen=True)
class Shade:
    """A shadow: direction that light comes *from*, how dark (0..1) and how soft (pixels)."""

    light: tuple[float, float, float]
    depth: float
    softness: float


def picture(
    stage: Stage, items: Sequence[Item], camera: Camera, below: NDArray[np.float32], shades: Sequence[Shade]
) -> NDArray[np.uint8]:
    """The ground ``below`` (float32[h, w, 3], 0..255), shadows on it, the lit parts over them: uint8[h, w, 3]."""
    darkened = below.copy()
    for shade in shades:
        darkened *= 1 - shade.depth * _soft(stage.silhouette(items, camera, shade.light), shade.softness)[..., None]
    lit = stage.shoot(items, camera).astype(np.float32)
    whole = lit[..., :3] + darkened * (1 - lit[..., 3:] / 255)
    return np.clip(whole, 0, 255).astype(np.uint8)


def crossed(pixels: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """The picture with the shadow of something outside it: an edge, a bar, or some bars as of a shelf or a window."""
    height, width = pixels.shape[:2]
    angle = rng.uniform(0, np.pi)
    y, x = np.indices((height, width), np.float32)
    along = (((x - width / 2) * np.cos(angle) + (y - height / 2) * np.sin(angle)) / height).astype(np.float32)
    kind = rng.choice(("edge", "bar", "bars"))
    if kind == "edge":
        dark = (along > rng.uniform(-0.3, 0.3)).astype(np.float32)
    elif kind == "bar":
        dark = (np.abs(along - rng.uniform(-0.3, 0.3)) < rng.uniform(0.05, 0.2)).astype(np.float32)
    else:
        dark = (np.mod(along + rng.uniform(0, 1), (period := rng.uniform(0.22, 0.5))) < 0.45 * period).astype(
            np.float32
        )
    soft = cv2.GaussianBlur(dark, (0, 0), float(height * rng.uniform(0.002, 0.015)))
    shaded = pixels * (1 - rng.uniform(0.35, 0.6) * np.asarray(soft, np.float32)[..., None])
    return np.asarray(shaded, np.uint8)


def _soft(mask: NDArray[np.uint8], radius: float) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(mask).filter(ImageFilter.GaussianBlur(radius)), np.float32) / np.float32(255)
