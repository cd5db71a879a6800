"""Photo bytes to upright RGB pixels, by Pillow: what runs in a thread here and in the decoder process alike."""

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Literal

from PIL import (
    AvifImagePlugin,  # noqa: F401 (registers its format; preinit leaves it out)
    Image,
    WebPImagePlugin,  # noqa: F401 (as above)
)

from service.recognition.embedding.photo_format import PhotoFormat

PIXEL_CAP: Final = 200_000_000
"""Pixels above which no photo is decoded: the largest phone sensors give 199.8 million (16320 x 12240)."""

PhotoErrorCode = Literal[
    "photo_empty", "photo_format_unsupported", "photo_unreadable", "photo_too_large", "photo_too_slow"
]
MESSAGES: Final[dict[PhotoErrorCode, str]] = {
    "photo_empty": "The photo has no bytes.",
    "photo_format_unsupported": "The photo is not a JPEG, PNG, WebP, HEIC or AVIF file.",
    "photo_unreadable": "The photo is damaged or incomplete.",
    "photo_too_large": f"The photo has more than {PIXEL_CAP // 1_000_000} million pixels or needs too much memory.",
    "photo_too_slow": "The photo took too long to decode.",
}

_PILLOW_FORMATS: Final[dict[PhotoFormat, str]] = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "heic": "HEIF",
    "avif": "AVIF",
}
_ORIENTATION_TAG = 0x0112
# The transpose that makes a picture of this EXIF orientation upright (EXIF 2.32, 4.6.4, tag Orientation).
_TO_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIXTEEN_BIT = {"I", "I;16", "I;16B", "I;16L", "I;16N"}


class PhotoError(Exception):
    """A photo that gives no pixels. The message is of :data:`MESSAGES`: it may be shown to whoever sent it."""

    def __init__(self, code: PhotoErrorCode, place: int | None = None) -> None:
        """``code`` is stable and machine-readable; ``place``: which of several photos it is, from 0."""
        super().__init__(MESSAGES[code] if place is None else f"photo {place + 1}: {MESSAGES[code]}")
        self.code: PhotoErrorCode = code
        self.place = place


@dataclass(frozen=True, eq=False)
class Pixels:
    """Decoded: an RGB image, upright, free of metadata, perhaps shrunk; and the upright size of the original in px."""

    image: Image.Image
    width: int
    height: int


def guard_pillow() -> None:
    """Make Pillow refuse what is above :data:`PIXEL_CAP` (its warning of that becomes an error), and keep it quiet
    about files that are odd and yet decode. Process-wide, as Pillow's own settings are. Also loads the plugins, so that
    the first photo need not.
    """
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = PIXEL_CAP
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def open_header(data: bytes, photo_format: PhotoFormat) -> Image.Image:
    """Read the header only; no pixel is decoded yet.

    Raises:
        PhotoError: too many pixels, or not readable.

    """
    try:
        image = Image.open(BytesIO(data), formats=[_PILLOW_FORMATS[photo_format]])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise PhotoError("photo_too_large") from error
    except Exception as error:  # parsers of hostile bytes raise whatever they like: OSError, SyntaxError, KeyError, ...
        raise PhotoError("photo_unreadable") from error
    if image.width * image.height > PIXEL_CAP:
        raise PhotoError("photo_too_large")
    return image


def read_pixels(image: Image.Image, target: int, *, shrink: bool) -> Pixels:
    """Decode an opened photo's first frame.

    JPEGs are decoded at the smallest of 1/1, 1/2, 1/4, 1/8 that leaves the shorter side at least ``2 * target`` px
    (DCT scaling, libjpeg); with ``shrink`` other formats are box-averaged by the same rule after decoding.

    Raises:
        PhotoError: damaged, truncated, or more memory needed than there is.

    """
    width, height = image.size
    try:
        image.draft(None, (2 * target, 2 * target))
        image.load()
        if image.format not in ("JPEG", "MPO"):
            width, height = image.size  # libheif learns the true size while decoding
        orientation = _orientation(image)
        if shrink and (factor := shrink_factor(image.size, target)) > 1:
            image = _to_averageable(image).reduce(factor)
        rgb = _upright(to_rgb(image), orientation)
        # also drops what the file's own class still holds: metadata, tables, the file's bytes
        rgb = rgb.copy() if rgb is image else rgb
    except MemoryError as error:
        raise PhotoError("photo_too_large") from error
    except Exception as error:  # as in open_header: any failure inside a decoder means the same to the sender
        raise PhotoError("photo_unreadable") from error
    rgb.info = {}
    return Pixels(rgb, *((height, width) if orientation >= 5 else (width, height)))


def shrink_factor(size: tuple[int, int], target: int) -> int:
    """The largest of 8, 4, 2, 1 that leaves the shorter side of ``size`` at least ``2 * target`` px."""
    room = min(size) // (2 * target)
    return next((factor for factor in (8, 4, 2) if room >= factor), 1)


def to_rgb(image: Image.Image) -> Image.Image:
    """An RGB image, the same one where it is RGB already.

    Transparency shows white, 16 bit become 8 by their high byte, colour profiles are not applied.
    """
    if image.mode in _SIXTEEN_BIT:
        image = _to_eight_bit(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_averageable(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BIT:
        return _to_eight_bit(image)
    if image.mode in ("P", "PA", "1") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _to_eight_bit(image: Image.Image) -> Image.Image:
    # Pillow's own I;16 -> L clips at 255 instead of scaling
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # broken metadata does not make the pixels unreadable, and Pillow's readers raise many classes
        return 1
    return value if value in _TO_UPRIGHT else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    transpose = _TO_UPRIGHT.get(orientation)
    return image if transpose is None else image.transpose(transpose)
