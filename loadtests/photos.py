"""Field photos as phones post them: the demo's own."""

import random
from pathlib import Path

from service.demo.data_set import field_photos

EDGE = 768
"""Long edge in px that the contract asks phones for."""

BUILD = Path(__file__).parents[1] / ".build"


def jpeg_field_photos(most: int) -> list[bytes]:
    """Up to ``most`` of the demo's field photos that are JPEGs, in an order of chance that is always the same."""
    photos = [photo.path for photo in field_photos() if photo.path.suffix == ".jpg"]
    random.Random(0).shuffle(photos)
    return [path.read_bytes() for path in photos[:most]]
