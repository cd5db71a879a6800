"""Objects by the network of masks: it looks about what stands out of a photo, then about what it found; what several
windows agree on is an object.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean, median
from typing import Final

import cv2
import numpy as np
from PIL import Image

from service.recognition.mask_network import EDGE, MaskNetwork
from service.recognition.objects.boxes import Detected, apart, area, overlap
from service.recognition.objects.ground import standing_out
from service.recognition.objects.windows import (
    Mask,
    Pixels,
    Thing,
    Window,
    cut,
    in_the_middle,
    squares,
    window_about,
)
from service.recognition.region import Region

LONG_EDGE: Final = 480
"""Of the photo as it is looked at, in px."""

LEVELS: Final = (0.3, 0.5, 0.7)
"""Where the mask of the photo as a whole is cut into pieces, each of which is then looked at."""

ROUNDS: Final = 2
"""Of looking at what was found."""

ONE: Final = 0.7
"""Things with a greater intersection over union are looked at once."""

MOST_WINDOWS: Final = 48
"""That are looked at first: a photo of gravel has hundreds of pieces."""

AGREED: Final = 0.5
"""Intersection over union from which two windows have found the same thing."""

LEAST_AREA: Final = 0.001
"""Of the photo, that a thing takes up."""

LEAST_CONFIDENCE: Final = 0.35
"""On 40 drawn scenes of two to five parts (seed 777) three of four boxes above it are of a part."""


class MaskDetector:
    """An :class:`~service.recognition.objects.detector.ObjectDetector` by the network's masks. Objects of any kind that
    stand out; it was trained on machine parts and on prints.
    """

    def __init__(self, network: MaskNetwork) -> None:
        """It stays the caller's."""
        self._network = network
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="objects")

    async def detect(self, image: Image.Image, most: int) -> Sequence[Detected]:
        """At most so many objects, the surest first."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.detect_now, image, most)

    async def close(self) -> None:
        """End the thread."""
        await asyncio.to_thread(self._thread.shutdown)

    def detect_now(self, image: Image.Image, most: int) -> list[Detected]:
        """The same. Blocks."""
        picture = _small(image)
        height, width = picture.shape[:2]
        places = [*standing_out(picture), *self._pieces(picture)]
        windows = [window_about(box, width, height) for box in places[:MOST_WINDOWS]]
        things = self._things(picture, windows)
        for _ in range(ROUNDS):
            again = [window_about(one.region, width, height) for one in _different(things)]
            things = self._things(picture, again)
        return apart(_agreed([one for one in things if one.whole]), most)

    def _things(self, picture: Pixels, windows: Sequence[Window]) -> list[Thing]:
        if not windows:
            return []
        height, width = picture.shape[:2]
        masks = self._network.of(cut(picture, windows, EDGE))
        found = [in_the_middle(mask, window, width, height) for mask, window in zip(masks, windows, strict=True)]
        return [one for one in found if one is not None and area(one.region) > LEAST_AREA]

    def _pieces(self, picture: Pixels) -> list[Region]:
        """Boxes of what stands out of the photo as a whole."""
        height, width = picture.shape[:2]
        whole = cv2.resize(picture, (EDGE, EDGE), interpolation=cv2.INTER_AREA)[None]
        windows = squares(width, height)
        masks = self._network.of(np.concatenate([whole, cut(picture, windows, EDGE)]))
        seen = cv2.resize(masks[0], (width, height))
        near = _laid(masks[1:], windows, width, height)
        together = ((seen + near) / 2).astype(np.float32)
        boxes = []
        for level in LEVELS:
            _, _, facts, _ = cv2.connectedComponentsWithStats((together > level).astype(np.uint8), connectivity=4)
            boxes += [tuple(int(value) for value in row) for row in facts[1:]]
        regions = [Region(x=x / width, y=y / height, width=w / width, height=h / height) for x, y, w, h, _ in boxes]
        return [one for one in regions if area(one) > LEAST_AREA]


def _small(image: Image.Image) -> Pixels:
    scale = LONG_EDGE / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    rgb = np.asarray(image.convert("RGB"), dtype=np.uint8)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _laid(masks: Mask, windows: Sequence[Window], width: int, height: int) -> Mask:
    """Masks of windows that cover a picture side by side, as one: ``float32[height, width]``, the most of each."""
    together = np.zeros((height, width), np.float32)
    for mask, window in zip(masks, windows, strict=True):
        left, top, edge = round(window.x - window.edge / 2), round(window.y - window.edge / 2), round(window.edge)
        place = together[top : top + edge, left : left + edge]
        np.maximum(place, cv2.resize(mask, (place.shape[1], place.shape[0])), out=place)
    return together


def _different(things: Sequence[Thing]) -> list[Thing]:
    """The clearest of those that are nearly the same."""
    kept: list[Thing] = []
    for one in sorted(things, key=lambda one: -one.clearness):
        if all(overlap(one.region, other.region) <= ONE for other in kept):
            kept.append(one)
    return kept


def _agreed(things: Sequence[Thing]) -> list[Detected]:
    """A box for those that are of the same thing; the more there are and the clearer, the surer."""
    groups: list[list[Thing]] = []
    for one in sorted(things, key=lambda one: -one.clearness):
        for group in groups:
            if overlap(one.region, group[0].region) > AGREED:
                group.append(one)
                break
        else:
            groups.append([one])
    found = [Detected(region=_median(group), confidence=_confidence(group)) for group in groups]
    return [one for one in found if one.confidence >= LEAST_CONFIDENCE]


def _confidence(group: Sequence[Thing]) -> float:
    return fmean(one.clearness for one in group) * len(group) / (len(group) + 1)


def _median(group: Sequence[Thing]) -> Region:
    boxes = [one.region for one in group]
    return Region(
        x=median(one.x for one in boxes),
        y=median(one.y for one in boxes),
        width=median(one.width for one in boxes),
        height=median(one.height for one in boxes),
    )
