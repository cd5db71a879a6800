"""The part of a photo that a worker has marked: all else is left out of the lookup."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.recognition.embedding.advice import advise
from service.recognition.embedding.photo import Photo

MOST_TARGET = 1500
"""Decoded for it, 12 million pixels come whole, and 48 million at half their edges."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Region:
    """A box in fractions of the upright photo's width and height: its upper left corner and its size, all in 0..1."""

    x: float
    y: float
    width: float
    height: float

    def target(self, target: int) -> int:
        """What to decode the whole photo for, in px, so that the region is as large as a whole photo would be, or as
        large as there is room for.
        """
        return max(target, min(math.ceil(target / min(self.width, self.height)), MOST_TARGET))

    def box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in a picture of this width and height; a pixel each way at the least."""
        width, height = size
        left, top = min(int(self.x * width), width - 1), min(int(self.y * height), height - 1)
        right = min(width, max(left + 1, round((self.x + self.width) * width)))
        bottom = min(height, max(top + 1, round((self.y + self.height) * height)))
        return left, top, right, bottom

    def cut(self, photo: Photo, target: int) -> Photo:
        """The photo with the region's pixels and advice on them; its size stays the whole one's."""
        image = photo.image.crop(self.box(photo.image.size))
        advice = advise(image, round(photo.width * self.width), round(photo.height * self.height), target)
        return replace(photo, image=image, advice=advice)

    def outwards(self, points: Points) -> Points:
        """Places in the region as places in the whole photo, all in fractions."""
        return [(self.x + x * self.width, self.y + y * self.height) for x, y in points]
