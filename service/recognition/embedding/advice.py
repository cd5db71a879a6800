"""What is wrong with a photo as seen in its pixels, before any model looks at it."""

from typing import Final, Literal

import numpy as np
from PIL import Image

Advice = Literal["too_dark", "blurred", "too_small"]

_SIDE: Final = 224
DARK_LUMA: Final = 60
"""A photo is too dark when fewer than one pixel in ten reaches this luma (0..255)."""

BLURRED_SHARPNESS: Final = 8.0
"""Below this sharpness a photo is called blurred: of 1,000 phone photos of 300 px none is; of the same photos after a
Gaussian blur of 3 px, 99 in 100 are."""


def advise(image: Image.Image, width: int, height: int, target: int) -> tuple[Advice, ...]:
    """Advice codes for a decoded photo.

    Args:
        image: RGB, any size.
        width: of the original, px.
        height: of the original, px.
        target: side of the model's input, px; an original smaller than that has to be enlarged.

    """
    luma = _small_luma(image)
    advice: list[Advice] = []
    if np.percentile(luma, 90) < DARK_LUMA:
        advice.append("too_dark")
    elif sharpness(luma) < BLURRED_SHARPNESS:
        advice.append("blurred")
    if min(width, height) < target:
        advice.append("too_small")
    return tuple(advice)


def sharpness(luma: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> float:
    """99th percentile of the absolute discrete Laplacian: even a smooth part has some sharp edge in focus.

    Args:
        luma: float32[h, w], 0..255.

    """
    if min(luma.shape) < 3:
        return float("inf")
    inner = luma[1:-1, 1:-1]
    laplacian = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * inner
    return float(np.percentile(np.abs(laplacian), 99))


def _small_luma(image: Image.Image) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    grey = image.convert("L")
    factor = max(1, min(grey.size) // _SIDE)
    return np.asarray(grey.reduce(factor) if factor > 1 else grey, dtype=np.float32)
