"""What finds objects in a photo: the port, and what finds none."""

from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from service.recognition.objects.boxes import Detected


class ObjectDetector(Protocol):
    """Finds the objects of a photo by its pixels."""

    async def detect(self, image: Image.Image, most: int) -> Sequence[Detected]:
        """At most so many objects in an upright RGB picture, the surest first; no two boxes are of one object."""
        ...

    async def close(self) -> None:
        """Free what is held."""
        ...
