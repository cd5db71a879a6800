"""How phones and studios store a picture."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener()
ORIENTATION = 0x0112
# EXIF orientation -> how the sensor's picture stands to the upright one (EXIF 2.32, 4.6.4.A)
TURNS = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


def studio_file(image: Image.Image) -> tuple[str, bytes]:
    """A studio view as WebP: suffix and bytes."""
    return "webp", _bytes(image, "WEBP", quality=82, method=6)


def phone_file(pixels: NDArray[np.uint8], rng: np.random.Generator) -> tuple[str, bytes, str]:
    """A field photo as JPEG (mostly), HEIC or WebP, at times with an EXIF orientation: suffix, bytes, note."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    quality = int(rng.integers(66, 84))
    kind = rng.random()
    if kind < 0.07:
        return "heic", _bytes(image, "HEIF", quality=quality - 20), "heic"
    if kind < 0.15:
        return "webp", _bytes(image, "WEBP", quality=quality), "webp"
    if kind < 0.40:
        orientation = int(rng.choice(list(TURNS)))
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        data = _bytes(image.transpose(TURNS[orientation]), "JPEG", quality=quality, exif=exif.tobytes())
        return "jpg", data, f"exif orientation {orientation}"
    return "jpg", _bytes(image, "JPEG", quality=quality), ""


def _bytes(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()
