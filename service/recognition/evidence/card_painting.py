"""The scale card made ground, in colour and roughly in texture: else it is the thing that networks see first."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

GROUND_BLUR: Final = 0.1
"""Of the longer edge: what lies farther from the card says nothing of the ground under it."""
MOST_TEXTURE: Final = 60
"""In grey levels: what stands out more is a thing and not the ground."""


def painted_over(picture: Picture, card: Picture) -> Picture:
    """A picture, uint8[h, w, 3], without what is not 0 in ``card``, uint8[h, w]."""
    open_ground = (card == 0).astype(np.float32)[..., None]
    colours, shares = _blurred(picture * open_ground), _blurred(open_ground)[..., None]
    ground = colours / np.maximum(shares, 1e-3)
    texture = (picture - ground) * open_ground
    across = np.where((card[::-1, ::-1] > 0)[..., None], texture[::-1], texture[::-1, ::-1])
    across = np.where(np.abs(across).max(2, keepdims=True) > MOST_TEXTURE, 0, across)
    return np.where(card[..., None] > 0, np.clip(ground + 0.7 * across, 0, 255), picture).astype(np.uint8)


def _blurred(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """So widely that an eighth of the size is enough to do it in."""
    height, width = values.shape[:2]
    small = cv2.resize(values, (max(1, width // 8), max(1, height // 8)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), GROUND_BLUR * max(height, width) / 8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
