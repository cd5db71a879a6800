"""JPEG files without what does not belong to the picture: place, date, owner, previews, whatever follows the end."""

import re
from collections.abc import Iterator
from typing import Final

from PIL import Image
from PIL.ExifTags import Base

from service.recognition.embedding.decoding import open_header

# Markers of ITU-T T.81, table B.1.
_SOI, _EOI, _SOS, _APP0, _APP1, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE
_FRAMES_AND_TABLES: Final = {*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD}
# What ends entropy-coded data: any marker but a stuffed zero and a restart (B.1.1.2, B.1.1.5).
_AFTER_SCAN: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_JFIF_BYTES, _ADOBE_BYTES = 14, 12
_ORIENTATIONS: Final = range(2, 9)


class NotBare(Exception):
    """The file is not built as T.81 says, so that its parts cannot be told apart."""


def bare_jpeg(data: bytes) -> bytes:
    """The same coded picture without metadata: the pixels decode as before, to the last bit.

    Frames, tables and scans are kept; of the application segments only JFIF (without its preview) and Adobe are,
    because colours need them. A picture that does not lie upright gets a fresh EXIF block that holds its
    orientation and nothing else. What follows the end of the image goes: further frames, videos, trailers.

    Raises:
        NotBare: the file has another structure; damaged ones often do.
        PhotoError: its header cannot be read.

    """
    parts = [_segment(_APP1, _exif(orientation))] if (orientation := _orientation(data)) in _ORIENTATIONS else []
    for marker, start, end in _segments(data):
        if marker == _APP0 and data[start : start + 5] == b"JFIF\0" and end - start >= _JFIF_BYTES:
            # JFIF has to come first, and its preview (two last bytes: width and height) is left out.
            parts.insert(0, _segment(_APP0, data[start : start + _JFIF_BYTES - 2] + b"\0\0"))
        elif marker == _APP14 and data[start : start + 5] == b"Adobe" and end - start >= _ADOBE_BYTES:
            parts.append(_segment(_APP14, data[start : start + _ADOBE_BYTES]))
        elif marker in _FRAMES_AND_TABLES:
            parts.append(_segment(marker, data[start:end]))
        elif marker == _SOS:
            parts.append(b"\xff\xda" + data[start - 2 : end])
    return b"".join((b"\xff\xd8", *parts, b"\xff\xd9"))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment's content, without its length; a scan's goes up to the next marker."""
    if data[:2] != b"\xff\xd8":
        raise NotBare("no start of image")
    at = 2
    while True:
        if data[at : at + 1] != b"\xff":
            raise NotBare("no marker where one has to be")
        while data[at : at + 1] == b"\xff":
            at += 1
        marker = data[at] if at < len(data) else 0
        if marker == _EOI:
            return
        start, end = at + 3, at + 1 + int.from_bytes(data[at + 1 : at + 3], "big")
        if marker in (0, 1, *range(0xD0, _EOI)) or end < start or end > len(data):
            raise NotBare("a segment without an end")
        if marker == _SOS:
            after = _AFTER_SCAN.search(data, end)
            if after is None:
                raise NotBare("no end of image")
            end = after.start()
        yield marker, start, end
        at = end


def _segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes((marker,)) + (len(content) + 2).to_bytes(2, "big") + content


def _orientation(data: bytes) -> int:
    # Pillow's own reader, as in decoding: what it takes for the orientation (XMP's too) is what lookups see.
    with open_header(data, "jpeg") as image:
        try:
            return int(image.getexif().get(Base.Orientation, 1))
        except Exception:  # broken metadata is none
            return 1


def _exif(orientation: int) -> bytes:
    fresh = Image.Exif()
    fresh[Base.Orientation] = orientation
    content = fresh.tobytes()
    return content if content.startswith(b"Exif\0\0") else b"Exif\0\0" + content
