"""A detector without a model: blocks of plain colour. For tests of everything around the detector."""

import asyncio
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from PIL import Image

from service.recognition.objects.boxes import Detected, apart, area
from service.recognition.region import Region

_EDGE: Final = 160
_DIFFERENT: Final = 48
"""Grey levels, of the channel that differs most, between a thing and its ground."""
_LEAST_AREA: Final = 0.002


class FakeDetector:
    """An :class:`~service.recognition.objects.detector.ObjectDetector` of what differs from the colour of the photo's
    upper left corner; larger things are a little surer.
    """

    async def detect(self, image: Image.Image, most: int) -> Sequence[Detected]:
        """At most so many connected pieces."""
        return await asyncio.to_thread(_pieces, image, most)

    async def close(self) -> None:
        """There is nothing to close."""


def _pieces(image: Image.Image, most: int) -> list[Detected]:
    small = image.convert("RGB")
    small.thumbnail((_EDGE, _EDGE))
    rgb = np.asarray(small, dtype=np.int16)
    differs = (np.abs(rgb - rgb[0, 0]).max(axis=2) > _DIFFERENT).astype(np.uint8)
    _, _, facts, _ = cv2.connectedComponentsWithStats(differs, connectivity=4)
    boxes = [[int(value) for value in row] for row in facts[1:]]
    width, height = small.size
    regions = [Region(x=x / width, y=y / height, width=w / width, height=h / height) for x, y, w, h, _ in boxes]
    return apart(
        [Detected(region=one, confidence=(1 + area(one) ** 0.5) / 2) for one in regions if area(one) >= _LEAST_AREA],
        most,
    )
