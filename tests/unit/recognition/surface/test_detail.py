"""Aligned pictures compared place by place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from service.recognition.surface.detail import compare_detail
from service.recognition.surface.features import EDGE, extract_features
from service.recognition.surface.geometry import frame_of
from tests.unit.recognition.surface.drawing import SIZE, seen, view

WHOLE = frame_of(SIZE)[[0, 2]]


def printed(seed: int) -> Image.Image:
    """Blots of several sizes: detail everywhere."""
    rng = np.random.default_rng(seed)
    grey = sum(
        np.asarray(Image.fromarray(rng.uniform(0, 90, (rows, rows)).astype(np.float32)).resize(SIZE), np.float32)
        for rows in (12, 30, 60)
    )
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")


def grey(image: Image.Image) -> NDArray[np.uint8]:
    return extract_features(image, 10).pictures.grey


@pytest.fixture(scope="module")
def carton() -> Image.Image:
    return printed(3)


def test_a_picture_has_its_own_detail_and_another_has_not(carton: Image.Image) -> None:
    assert compare_detail(grey(carton), grey(carton), np.eye(3), WHOLE, EDGE) > 0.95
    assert abs(compare_detail(grey(printed(4)), grey(carton), np.eye(3), WHOLE, EDGE)) < 0.15


def test_neither_exposure_nor_a_slope_of_light_counts(carton: Image.Image) -> None:
    lit = np.asarray(carton, np.float32) * np.linspace(0.5, 0.9, SIZE[0])[None, :, None] + 10
    photo = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
    assert compare_detail(grey(photo), grey(carton), np.eye(3), WHOLE, EDGE) > 0.9


def test_a_sibling_that_shares_two_thirds_has_two_thirds_of_the_detail(carton: Image.Image) -> None:
    pixels, others = np.array(carton), np.asarray(printed(5))
    rows = SIZE[1] // 3
    pixels[:rows] = others[:rows]
    assert compare_detail(grey(Image.fromarray(pixels)), grey(carton), np.eye(3), WHOLE, EDGE) == pytest.approx(
        0.67, abs=0.08
    )


@pytest.mark.parametrize("transform", [view(90, 0.7), view(25, 0.6, 3e-4)], ids=["turned", "tilted"])
def test_it_is_compared_where_the_transform_says(carton: Image.Image, transform: NDArray[np.float64]) -> None:
    photo = grey(seen(carton, transform))
    right = compare_detail(photo, grey(carton), transform, WHOLE, EDGE)
    wrong = compare_detail(photo, grey(carton), view(180) @ transform, WHOLE, EDGE)
    assert right > 0.8
    assert right - wrong > 0.6


def test_a_reference_may_be_smaller_than_the_photo(carton: Image.Image) -> None:
    small = grey(carton)[::2, ::2]
    assert compare_detail(grey(carton), small, np.eye(3), WHOLE, EDGE) > 0.85


def test_flat_pictures_and_those_with_nothing_in_common_say_nothing(carton: Image.Image) -> None:
    flat = grey(Image.new("RGB", SIZE, (120, 120, 120)))
    assert abs(compare_detail(flat, grey(carton), np.eye(3), WHOLE, EDGE)) < 0.02
    away = np.array([[1.0, 0, 5_000], [0, 1, 5_000], [0, 0, 1]])
    assert compare_detail(grey(carton), grey(carton), away, WHOLE, EDGE) == 0


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 3), st.floats(0, 360))
@settings(max_examples=30)
def test_it_is_a_mean_of_correlations_whatever_is_compared(seed: int, scale: float, turn: float) -> None:
    rng = np.random.default_rng(seed)
    one, other = (rng.integers(0, 256, rng.integers(2, 200, 2), dtype=np.uint8) for _ in range(2))
    assert -1.01 <= compare_detail(one, other, view(turn, scale), WHOLE, EDGE) <= 1.01
