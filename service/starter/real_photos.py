"""What real photos show, and which of them the network never sees, so that fusion can be fitted on them."""

import zlib
from pathlib import Path

KEPT_APART_EVERY = 4
SHOP_PHOTOS = "grocery"
"""Folder of photos named by product and number; other photos show a product each."""


def product_of(path: Path) -> str:
    """The product on a photo, by the file's name."""
    name, _, number = path.stem.rpartition("-")
    return name if path.parent.name == SHOP_PHOTOS and number.isdigit() else path.stem


def kept_apart(product: str) -> bool:
    """Whether the network never sees a product's photos: so it is for a quarter of the products."""
    return zlib.crc32(product.encode()) % KEPT_APART_EVERY == 0
