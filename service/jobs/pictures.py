"""From a picture as an administrator sent it to one that every phone can show."""

import asyncio
import hashlib
import io
from dataclasses import dataclass

from PIL import Image

from service.recognition.embedding.photo import Photo, PhotoDecoder

SHOWN_EDGE = 1600
SHOWN_QUALITY = 88
_SHOWN_AS_IS = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
# JPEG's, PNG's and WebP's names of the block that can hold a place, a date and an owner.
_METADATA = (b"Exif", b"eXIf", b"EXIF")


@dataclass(frozen=True, kw_only=True)
class CatalogPicture:
    """A decoded picture: what to embed, what to keep and serve, and the hash of what was sent (hex sha256)."""

    image: Image.Image
    content: bytes
    media_type: str
    width: int
    height: int
    content_hash: str


async def prepare_picture(decoder: PhotoDecoder, data: bytes, *, target: int) -> CatalogPicture:
    """Decode a picture.

    Small JPEG, PNG and WebP pictures without EXIF are kept as they are; others are kept as an upright JPEG without
    metadata and with a long edge of at most 1,600 px, because every phone is served them.

    Raises:
        PhotoError: the bytes are no picture that can be used.

    """
    photo = await decoder.decode(data, target=target)
    content, media_type, size = data, _SHOWN_AS_IS.get(photo.format, ""), (photo.width, photo.height)
    if not media_type or max(size) > SHOWN_EDGE or any(mark in data for mark in _METADATA):
        large = await decoder.decode(data, target=SHOWN_EDGE)
        content, size = await asyncio.to_thread(as_jpeg, large, edge=SHOWN_EDGE, quality=SHOWN_QUALITY)
        media_type = "image/jpeg"
    return CatalogPicture(
        image=photo.image,
        content=content,
        media_type=media_type,
        width=size[0],
        height=size[1],
        content_hash=hash_picture(data),
    )


def hash_picture(data: bytes) -> str:
    """Hex sha256 of a picture's bytes as they were sent."""
    return hashlib.sha256(data).hexdigest()


def as_jpeg(photo: Photo, *, edge: int, quality: int) -> tuple[bytes, tuple[int, int]]:
    """An upright JPEG without metadata, its long edge at most ``edge`` px; and its width and height."""
    image = photo.image.copy()
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue(), image.size
