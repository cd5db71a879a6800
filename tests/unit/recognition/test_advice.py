from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from service.recognition.embedding.advice import advise

Scene = Callable[[int, int], Image.Image]


def test_a_good_photo_gets_no_advice(scene: Scene) -> None:
    assert advise(scene(640, 480), 640, 480, 224) == ()


def test_a_smooth_part_with_one_sharp_outline_is_not_called_blurred() -> None:
    image = Image.new("RGB", (640, 480), "white")
    image.paste((150, 150, 150), (200, 100, 440, 380))
    assert advise(image, 640, 480, 224) == ()


@pytest.mark.parametrize("scale", [1, 3])
def test_a_blurred_photo_is_told_at_any_size(scale: int, scene: Scene) -> None:
    image = scene(320 * scale, 240 * scale).filter(ImageFilter.GaussianBlur(4 * scale))
    assert advise(image, *image.size, 224) == ("blurred",)


def test_a_dark_photo_is_told_once(scene: Scene) -> None:
    image = scene(640, 480).point(lambda value: value // 8)
    assert advise(image, 640, 480, 224) == ("too_dark",)


def test_a_photo_smaller_than_the_input_is_told(scene: Scene) -> None:
    assert advise(scene(300, 200), 300, 200, 224) == ("too_small",)


def on_a_table(part: Image.Image, share: float) -> Image.Image:
    """A part on grey ground, on which the light falls off towards the corners, at a share of the shorter side."""
    size = round(480 * share)
    ground = Image.radial_gradient("L").resize((640, 480)).point(lambda value: 190 - value // 6)
    photo = Image.merge("RGB", [ground] * 3)
    photo.paste(part.resize((size, size)), (90, 40))
    return photo


def test_a_part_far_away_is_told_and_one_that_fills_the_photo_is_not(scene: Scene) -> None:
    assert advise(on_a_table(scene(300, 300), 0.2), 640, 480, 224) == ("too_far",)
    assert advise(on_a_table(scene(300, 300), 0.8), 640, 480, 224) == ()


def test_a_long_thin_part_is_not_far_away() -> None:
    photo = Image.new("RGB", (640, 480), (190, 190, 190))
    photo.paste((60, 60, 60), (80, 230, 560, 240))
    assert advise(photo, 640, 480, 224) == ()


def test_a_part_that_is_far_away_and_out_of_focus_is_told_both(scene: Scene) -> None:
    photo = on_a_table(scene(300, 300), 0.2).filter(ImageFilter.GaussianBlur(8))
    assert advise(photo, 640, 480, 224) == ("blurred", "too_far")


def test_one_pixel_is_enough() -> None:
    assert advise(Image.new("RGB", (1, 1), "white"), 1, 1, 224) == ("too_small",)


@given(size=st.tuples(st.integers(1, 300), st.integers(1, 300)), noise=st.integers(0, 255), seed=st.integers(0, 9))
def test_any_picture_can_be_advised_on(size: tuple[int, int], noise: int, seed: int) -> None:
    levels = np.random.default_rng(seed).integers(255 - noise, 256, (*size, 3))
    assert set(advise(Image.fromarray(levels.astype(np.uint8)), *size, 224)) <= {
        "too_dark",
        "blurred",
        "too_small",
        "too_far",
    }
