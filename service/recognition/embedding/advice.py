"""What is wrong with a photo as seen in its pixels, before any model looks at it."""

from typing import Final, Literal

import numpy as np
from PIL import Image

from service.recognition.embedding.content import Content, content_of

Advice = Literal["too_dark", "blurred", "too_small", "too_far"]

_SIDE: Final = 224
_FAR_SIDE: Final = 96
DARK_LUMA: Final = 60
"""A photo is too dark when fewer than one pixel in ten reaches this luma (0..255)."""

BLURRED_SHARPNESS: Final = 8.0
"""Below this sharpness a photo is called blurred: of 1,000 phone photos of 300 px none is; of the same photos after a
Gaussian blur of 3 px, 99 in 100 are."""

FAR: Final = 0.3
"""Of a photo's edges that what was photographed takes at least, on the longer of both. It can be told where it lies on
an even ground alone."""


def advise(image: Image.Image, width: int, height: int, target: int) -> tuple[Advice, ...]:
    """Advice codes for a decoded photo.

    Args:
        image: RGB, any size.
        width: of the original, px.
        height: of the original, px.
        target: side of the model's input, px; an original smaller than that has to be enlarged.

    """
    small = _small(image, _SIDE)
    luma = _luma(small)
    advice: list[Advice] = []
    content = None
    if np.percentile(luma, 90) < DARK_LUMA:
        advice.append("too_dark")
    else:
        content = _far_away(small)
        # Of something far away so little is edges that the sharp ones are too few to count.
        if sharpness(_luma(_small(content.cut(image), _SIDE)) if content else luma) < BLURRED_SHARPNESS:
            advice.append("blurred")
    if min(width, height) < target:
        advice.append("too_small")
    if content is not None:
        advice.append("too_far")
    return tuple(advice)


def _far_away(small: Image.Image) -> Content | None:
    picture = np.asarray(_small(small, _FAR_SIDE).convert("RGB"), dtype=np.uint8)
    content = content_of(picture, shaded=True)
    return content if content is not None and max(content.share) < FAR else None


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


def _small(image: Image.Image, side: int) -> Image.Image:
    factor = max(1, min(image.size) // side)
    return image.reduce(factor) if factor > 1 else image


def _luma(image: Image.Image) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.asarray(image.convert("L"), dtype=np.float32)
