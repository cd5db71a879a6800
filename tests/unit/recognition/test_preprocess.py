"""The geometry of preprocessing; equality with open_clip is tested where torch is."""

from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from service.recognition.embedding.bundle import Preprocessing
from service.recognition.embedding.preprocess import MOST_ASPECT, PreprocessingError, preprocess


def spec(**changes: Any) -> Preprocessing:
    plain = Preprocessing(
        size=32, resize_mode="shortest", interpolation="bicubic", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)
    )
    return msgspec.structs.replace(plain, **changes)


@pytest.mark.parametrize("mode", ["shortest", "squash", "longest"])
@pytest.mark.parametrize("size", [(1, 1), (32, 32), (31, 65), (500, 3), (3, 500), (65000, 1)])
def test_any_picture_becomes_a_square_of_bytes(mode: str, size: tuple[int, int]) -> None:
    pixels = preprocess(Image.new("RGB", size, (10, 20, 30)), spec(resize_mode=mode))
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert (pixels[15, 15] == (10, 20, 30)).all()


def test_shortest_keeps_the_middle_and_longest_all_of_it() -> None:
    image = Image.new("RGB", (96, 32), (0, 0, 255))
    image.paste((255, 0, 0), (32, 0, 64, 32))
    assert (preprocess(image, spec()) == (255, 0, 0)).all()
    padded = preprocess(image, spec(resize_mode="longest", fill_color=7))
    assert (padded[0] == 7).all()
    assert (padded[16, 0] == (0, 0, 255)).all()
    assert (padded[16, 16] == (255, 0, 0)).all()


def test_a_very_long_strip_is_cut_before_it_is_enlarged() -> None:
    strip = Image.new("RGB", (60_000, 8), (0, 0, 255))
    middle = strip.width // 2
    strip.paste((255, 0, 0), (middle - 20, 0, middle + 20, 8))
    pixels = preprocess(strip, spec(size=224))
    assert (pixels[:, 112] == (255, 0, 0)).all()
    uncut = strip.crop((middle - 8 * MOST_ASPECT // 2, 0, middle + 8 * MOST_ASPECT // 2, 8))
    assert np.array_equal(pixels, preprocess(uncut, spec(size=224)))


def test_what_is_not_known_is_refused() -> None:
    image = Image.new("RGB", (8, 8))
    with pytest.raises(PreprocessingError, match="'crop'"):
        preprocess(image, spec(resize_mode="crop"))
    with pytest.raises(PreprocessingError, match="'nearest'"):
        preprocess(image, spec(interpolation="nearest"))
    with pytest.raises(ValueError, match="RGB"):
        preprocess(Image.new("L", (8, 8)), spec())
