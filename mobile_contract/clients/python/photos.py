"""Photos as callers have them, and as they are sent."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mobile_contract.clients.python.errors import PhotoUnusable
from mobile_contract.limits import PHOTOS_MAX

shrunk: Callable[[bytes, int], bytes] | None
try:
    from mobile_contract.clients.python.shrinking import shrunk
except ImportError:  # without Pillow photos are sent as they are
    shrunk = None

Photo = str | PathLike[str] | bytes | BinaryIO
"""A path, a picture's bytes, or a file that is open for reading bytes."""

SHRINK_EDGE = 1024
"""Pixels of the long edge: more adds time on the way and hardly any to what is seen (rule R2)."""

_KINDS = ((0, b"\xff\xd8\xff", "jpeg"), (0, b"\x89PNG", "png"), (8, b"WEBP", "webp"), (8, b"avif", "avif"))
_HEIC = (b"heic", b"heix", b"mif1", b"msf1", b"hevc")


class ReadPhoto(NamedTuple):
    """A photo to be sent."""

    content: bytes
    media_type: str


def read_photos(photos: Sequence[Photo], shrink: int | None, most: int = PHOTOS_MAX) -> tuple[ReadPhoto, ...]:
    """Read photos, 0 to ``most``, and shrink them to ``shrink`` pixels where Pillow is there; None sends them as they
    are.

    Raises:
        PhotoUnusable: there are too many, or one cannot be read or has no bytes.

    """
    if len(photos) > most:
        raise PhotoUnusable(f"{most} photos are taken at most, not {len(photos)}")
    return tuple(_ready(photo, shrink) for photo in photos)


def _ready(photo: Photo, shrink: int | None) -> ReadPhoto:
    content = _read(photo)
    if not content:
        raise PhotoUnusable("a photo has no bytes")
    if shrink is not None and shrunk is not None:
        content = shrunk(content, shrink)
    return ReadPhoto(content, _media_type(content))


def _read(photo: Photo) -> bytes:
    if isinstance(photo, bytes | bytearray | memoryview):
        return bytes(photo)
    try:
        return Path(photo).read_bytes() if isinstance(photo, str | PathLike) else photo.read()
    except OSError as error:
        raise PhotoUnusable(f"a photo cannot be read: {error}") from error


def _media_type(content: bytes) -> str:
    for at, mark, name in _KINDS:
        if content[at : at + len(mark)] == mark:
            return f"image/{name}"
    return "image/heic" if content[8:12] in _HEIC else "application/octet-stream"
