"""Makes photos smaller, and bare of place, date and owner, before they leave the device. Needs Pillow."""

import io
from contextlib import suppress
from typing import Final

from PIL import Image, ImageOps

with suppress(ImportError):  # HEIC, as iPhones make it, where the plugin is there
    import pillow_heif

    pillow_heif.register_heif_opener()

Image.init()
_FORMATS: Final = tuple(name for name in ("JPEG", "PNG", "WEBP", "AVIF", "HEIF") if name in Image.OPEN)
_QUALITY: Final = 88
_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, IndexError, NotImplementedError, TypeError)


def shrunk(photo: bytes, edge: int) -> bytes:
    """The photo as an upright JPEG of ``edge`` pixels on its long side at most, without any metadata.

    The same photo gives the same bytes, so that a repeated request stays the same. What cannot be read here is given
    as it is: the service says what is wrong with it, or can read it.
    """
    try:
        with Image.open(io.BytesIO(photo), formats=_FORMATS) as image:
            image.draft("RGB", (edge * 2, edge * 2))
            image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (*_BROKEN, Image.DecompressionBombError):
        return photo
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    buffer = io.BytesIO()
    bare.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
