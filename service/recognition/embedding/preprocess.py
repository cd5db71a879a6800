"""From an RGB picture to the visual tower's input: the same numbers as open_clip's ``image_transform``.

Pure: driven by the bundle's :class:`Preprocessing` alone. open_clip resizes with Pillow through torchvision, so calling
Pillow with the same sizes gives the same bytes. Mean and std are applied inside the graph.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.recognition.embedding.bundle import Preprocessing

MOST_ASPECT: Final = 16
"""Longer pictures are cut to this length, centred, before "shortest" resizes them: only the centre square is kept
anyway, and a strip of 65,000 x 8 px would otherwise grow to 400 million pixels on the way."""


class PreprocessingError(Exception):
    """The bundle asks for a resize mode or interpolation that is not known here."""


def preprocess(image: Image.Image, spec: Preprocessing) -> NDArray[np.uint8]:
    """Resize and crop or pad one picture.

    Args:
        image: RGB, upright.
        spec: of the bundle.

    Returns:
        ``uint8[size, size, 3]``, equal to open_clip's transform before its scaling to 0..1 (for "shortest": of
        pictures up to 16 times as long as wide).

    Raises:
        PreprocessingError: unknown resize mode or interpolation.
        ValueError: the picture is not RGB.

    """
    if image.mode != "RGB":
        raise ValueError(f"an RGB picture is wanted, not {image.mode}")
    resample = _resample(spec.interpolation)
    match spec.resize_mode:
        case "shortest":
            image = _shortest(image, spec.size, resample)
        case "squash":
            image = image.resize((spec.size, spec.size), resample)
        case "longest":
            image = _longest(image, spec.size, resample, spec.fill_color)
        case unknown:
            raise PreprocessingError(f"resize mode {unknown!r} is not known here")
    return np.array(image, dtype=np.uint8)


def _resample(interpolation: str) -> Image.Resampling:
    match interpolation:
        case "bilinear":
            return Image.Resampling.BILINEAR
        case "bicubic":
            return Image.Resampling.BICUBIC
        case unknown:
            raise PreprocessingError(f"interpolation {unknown!r} is not known here")


def _shortest(image: Image.Image, size: int, resample: Image.Resampling) -> Image.Image:
    """As torchvision's ``Resize(size)`` and ``CenterCrop(size)``."""
    image = _shorten(image)
    short, long = sorted(image.size)
    long = int(size * long / short)
    width, height = (size, long) if image.width <= image.height else (long, size)
    image = image.resize((width, height), resample)
    left, top = round((width - size) / 2.0), round((height - size) / 2.0)
    return image.crop((left, top, left + size, top + size))


def _shorten(image: Image.Image) -> Image.Image:
    most = MOST_ASPECT * min(image.size)
    if max(image.size) <= most:
        return image
    width, height = min(image.width, most), min(image.height, most)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _longest(image: Image.Image, size: int, resample: Image.Resampling, fill: int) -> Image.Image:
    """As open_clip's ``ResizeKeepRatio(size, longest=1)`` and ``CenterCropOrPad(size, fill)``."""
    ratio = max(image.width / size, image.height / size)
    width, height = (max(1, round(side / ratio)) for side in image.size)
    canvas = Image.new("RGB", (size, size), (fill, fill, fill))
    canvas.paste(image.resize((width, height), resample), ((size - width) // 2, (size - height) // 2))
    return canvas
