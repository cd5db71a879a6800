"""Colours of aligned pictures compared."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.recognition.surface.appearance import UNSEEN, compare_appearance
from service.recognition.surface.features import extract_features
from service.recognition.surface.geometry import frame_of
from tests.unit.recognition.surface.drawing import SIZE, seen, view

CORNERS = frame_of(SIZE).astype(np.float32)


@pytest.fixture(scope="module")
def patches() -> Image.Image:
    """Large patches of colour: what is left of a label at 48 px."""
    colours = np.random.default_rng(4).integers(30, 200, (3, 4, 3), dtype=np.uint8)
    return Image.fromarray(colours).resize(SIZE, Image.Resampling.NEAREST)


def lab(image: Image.Image) -> NDArray[np.uint8]:
    return extract_features(image, 10).pictures.colours


def exposed(image: Image.Image, gain: float) -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(image) * gain, 0, 255).astype(np.uint8))


def test_a_picture_looks_like_itself(patches: Image.Image) -> None:
    same = compare_appearance(lab(patches), lab(patches), np.eye(3), CORNERS)
    assert same.lightness > 0.99
    assert same.chroma > 0.99
    assert same.colour == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("gain", [0.6, 0.8, 1.2])
def test_exposure_changes_little(patches: Image.Image, gain: float) -> None:
    other = compare_appearance(lab(exposed(patches, gain)), lab(patches), np.eye(3), CORNERS)
    assert other.lightness > 0.98
    assert other.chroma > 0.98
    assert other.colour > 0.3


def test_a_cast_keeps_the_correlations_and_lowers_the_agreement(patches: Image.Image) -> None:
    warm = Image.fromarray(np.clip(np.asarray(patches) * np.array([1.2, 1.0, 0.7]), 0, 255).astype(np.uint8))
    other = compare_appearance(lab(warm), lab(patches), np.eye(3), CORNERS)
    assert other.lightness > 0.95
    assert other.chroma > 0.8
    assert other.colour < 0.6


def test_swapped_colours_agree_little(patches: Image.Image) -> None:
    swapped = Image.fromarray(np.roll(np.asarray(patches), 1, axis=2))
    other = compare_appearance(lab(swapped), lab(patches), np.eye(3), CORNERS)
    assert other.chroma < 0
    assert other.colour < 0.2


@pytest.mark.parametrize("transform", [view(90, 0.7), view(25, 0.6, 3e-4)], ids=["turned", "tilted"])
def test_it_is_compared_where_the_transform_says(patches: Image.Image, transform: NDArray[np.float64]) -> None:
    photo = lab(seen(patches, transform))
    right = compare_appearance(photo, lab(patches), transform, CORNERS)
    wrong = compare_appearance(photo, lab(patches), view(180) @ transform, CORNERS)
    assert min(right.lightness, right.chroma) > 0.9
    assert right.chroma - wrong.chroma > 0.3


def test_flat_pictures_correlate_with_nothing(patches: Image.Image) -> None:
    flat = lab(Image.new("RGB", SIZE, (120, 120, 120)))
    other = compare_appearance(flat, lab(patches), np.eye(3), CORNERS)
    assert abs(other.lightness) < 0.05
    assert abs(other.chroma) < 0.05
    blank = compare_appearance(flat, flat, np.eye(3), CORNERS)
    assert (blank.lightness, blank.chroma, blank.colour) == pytest.approx((0, 0, 1), abs=1e-6)


def test_nothing_in_common_is_unseen(patches: Image.Image) -> None:
    colours = lab(patches)
    away = np.array([[1, 0, 5_000], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
    assert compare_appearance(colours, colours, away, CORNERS) == UNSEEN
    assert compare_appearance(colours[:1, :1], colours[:1, :1], np.eye(3), CORNERS) == UNSEEN
