"""Barcodes and two-dimensional codes in a photo, by zxing-cpp."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import zxingcpp
from PIL import Image
from zxingcpp import BarcodeFormat, ContentType

FORMATS: Final = zxingcpp.BarcodeFormats(
    [
        BarcodeFormat.EANUPC,
        BarcodeFormat.Code128,
        BarcodeFormat.Code39,
        BarcodeFormat.Code93,
        BarcodeFormat.Codabar,
        BarcodeFormat.ITF,
        BarcodeFormat.DataBar,
        BarcodeFormat.QRCode,
        BarcodeFormat.DataMatrix,
        BarcodeFormat.Aztec,
        BarcodeFormat.PDF417,
    ]
)
"""What is printed on goods, parts and their labels; other formats would only be read out of textures."""

MOST_PIXELS: Final = 1_500_000
"""Looked through; a photo of more is made smaller. Noise takes ten times as long as what cameras see."""

MOST_CODES: Final = 10
"""Taken of one photo: a wall of price tags holds more, and none of them would say what is meant."""

MOST_CHARACTERS: Final = 500
"""Of a code's text; a QR code can hold seven thousand."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """A code in the upright photo. ``text``: as people read it, at most 500 characters; ``format`` by its usual name
    ("EAN-13", "QR Code"); ``outline``: four corners in fractions of width and height, clockwise from the code's own
    upper left.
    """

    text: str
    format: str
    outline: Sequence[tuple[float, float]]


def read_codes(image: Image.Image) -> list[Code]:
    """The codes in a photo, each text once. Blocks, for the most part without the interpreter's lock."""
    grey = image.convert("L")
    if (pixels := grey.width * grey.height) > MOST_PIXELS:
        share = (MOST_PIXELS / pixels) ** 0.5
        grey = grey.resize((max(1, int(grey.width * share)), max(1, int(grey.height * share))), Image.Resampling.BOX)
    read = zxingcpp.read_barcodes(grey, formats=FORMATS)
    said = {one.text: one for one in read if one.content_type != ContentType.Binary and one.text.strip()}
    return [_code(one, *grey.size) for one in list(said.values())[:MOST_CODES]]


def _code(one: zxingcpp.Barcode, width: int, height: int) -> Code:
    at = one.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    return Code(
        text=one.text[:MOST_CHARACTERS],
        format=str(one.format),
        outline=tuple((corner.x / width, corner.y / height) for corner in corners),
    )
