"""Parts on a ground with their shadows, as one picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from service.starter.render.stage import Camera, Item, Stage


@dataclass(frozen=True)
class Shade:
    """A shadow: direction that light comes *from*, how dark (0..1) and how soft (pixels)."""

    light: tuple[float, float, float]
    depth: float
    softness: float


def picture(
    stage: Stage, items: Sequence[Item], camera: Camera, ground: NDArray[np.uint8], span: float, shades: Sequence[Shade]
) -> NDArray[np.uint8]:
    """Ground, shadows, then the lit parts over them: uint8[h, w, 3]."""
    below = stage.ground(ground, camera, span).astype(np.float32)
    for shade in shades:
        below *= 1 - shade.depth * _soft(stage.silhouette(items, camera, shade.light), shade.softness)[..., None]
    lit = stage.shoot(items, camera).astype(np.float32)
    whole = lit[..., :3] + below * (1 - lit[..., 3:] / 255)
    return np.clip(whole, 0, 255).astype(np.uint8)


def _soft(mask: NDArray[np.uint8], radius: float) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(mask).filter(ImageFilter.GaussianBlur(radius)), np.float32) / np.float32(255)
