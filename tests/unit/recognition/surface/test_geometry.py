"""Alignments that a camera could see are found; others are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.recognition.surface.geometry import (
    LEAST_INLIERS,
    THRESHOLD,
    Alignment,
    Keypoints,
    align,
    frame_of,
    is_plausible,
    outline_of,
    project,
)
from tests.unit.recognition.surface.drawing import SIZE, view
from tests.unit.recognition.surface.keypoints import among, chosen, keypoints_in, moved, noisy

MIRROR = np.array([[-1, 0, SIZE[0]], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
COLLAPSED = np.diag([0.02, 0.02, 1.0])
EXPLODED = np.diag([7.0, 7.0, 1.0])
STRETCHED = np.diag([2.0, 0.2, 1.0])
FOLDED = np.array([[1, 0, 0], [0, 1, 0], [-1 / 240, 0, 1]], dtype=np.float64)
"""The horizon cuts the picture in two."""

ON_THE_HORIZON = np.array([[1, 0, 0], [0, 1, 0], [-1 / SIZE[0], 0, 1]], dtype=np.float64)
"""The picture's right side lies on it."""

UNDEFINED = np.full((3, 3), np.nan)
IMPLAUSIBLE = {
    "mirrored": MIRROR, "collapsed": COLLAPSED, "exploded": EXPLODED, "stretched": STRETCHED, "folded": FOLDED,
    "on the horizon": ON_THE_HORIZON, "undefined": UNDEFINED,
}  # fmt: skip

views = st.builds(view, st.floats(-180, 180), st.floats(0.3, 2.0), st.floats(-4e-4, 4e-4))
slight_views = st.builds(view, st.floats(-180, 180), st.floats(0.5, 1.5), st.floats(-2e-4, 2e-4))


@given(views, st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_a_view_is_found_among_two_fifths_of_wrong_pairs(transform: NDArray[np.float64], seed: int) -> None:
    found, right = found_among(100, 40, transform, seed)
    assert corners_off(found, transform) < 12
    assert found.inliers[right].mean() > 0.95
    assert found.inliers[~right].mean() < 0.2


@given(slight_views, st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_votes_find_a_view_among_17_wrong_pairs_in_20(transform: NDArray[np.float64], seed: int) -> None:
    found, right = found_among(200, 170, transform, seed)
    assert corners_off(found, transform) < 20
    assert found.inliers[right].mean() > 0.9
    assert found.inliers[~right].mean() < 0.1


def found_among(
    count: int, wrong: int, transform: NDArray[np.float64], seed: int
) -> tuple[Alignment, NDArray[np.bool_]]:
    """What is found of a view, and which pairs are of it."""
    rng = np.random.default_rng(seed)
    right = rng.permutation(count) >= wrong
    reference = keypoints_in(rng, count)
    photo = chosen(right, noisy(moved(transform, reference), rng), keypoints_in(rng, count))
    found = align(reference, photo, SIZE)
    assert found is not None
    return found, right


def corners_off(found: Alignment, transform: NDArray[np.float64]) -> float:
    """How far the worst corner of the reference is from where it belongs, px."""
    corners = frame_of(SIZE)
    off = np.linalg.norm(project(found.transform, corners) - project(transform, corners), axis=1)
    return float(off.max())


@pytest.mark.parametrize("seed", range(5))
def test_right_places_are_not_enough_where_angles_or_scales_disagree(seed: int) -> None:
    reference = keypoints_in(np.random.default_rng(seed), 16)
    photo = moved(view(30, 0.8), reference)
    assert align(reference, photo, SIZE) is not None
    four_ways = np.tile(np.arange(4, dtype=np.float32), 4)
    turned = (photo.angles + 90 * four_ways) % 360
    assert align(reference, Keypoints(photo.points, photo.scales, turned), SIZE) is None
    scaled = photo.scales * np.exp2(four_ways - 2)
    assert align(reference, Keypoints(photo.points, scaled, photo.angles), SIZE) is None


@pytest.mark.parametrize("seed", range(5))
def test_where_pairs_lie_in_no_plane_the_similarity_that_was_voted_for_stands(seed: int) -> None:
    rng = np.random.default_rng(seed)
    transform = view(25, 0.7)
    reference = keypoints_in(rng, 12)
    flat = moved(transform, reference)
    # As on something crumpled: one lies where a plane has it, the others up to 15 px away on all sides.
    around = np.exp(2j * np.pi * rng.permutation(12) / 12) * rng.uniform(11, 15, 12)
    around[0] = 0
    away = np.column_stack([around.real, around.imag])
    photo = Keypoints((flat.points + away).astype(np.float32), flat.scales, flat.angles)
    found = align(reference, photo, SIZE)
    assert found is not None
    (a, b, _), (c, d, _), last = found.transform.tolist()
    assert (a, b, last) == (d, -c, [0, 0, 1])
    off = np.linalg.norm(project(found.transform, reference.points) - photo.points, axis=1)
    assert np.count_nonzero(off < THRESHOLD) < LEAST_INLIERS <= np.count_nonzero(found.inliers)
    assert corners_off(found, transform) < 20


@pytest.mark.parametrize("kind", ["mirrored", "collapsed", "exploded", "stretched", "folded"])
def test_pairs_that_fit_an_impossible_view_are_refused(kind: str) -> None:
    reference = keypoints_in(np.random.default_rng(1), 80)
    photo = moved(IMPLAUSIBLE[kind], reference)
    near = np.abs(photo.points).max(axis=1) < 5_000
    assert np.count_nonzero(near) > 40
    assert align(among(near, reference), among(near, photo), SIZE) is None


def test_the_same_pairs_of_a_possible_view_are_not_refused() -> None:
    reference = keypoints_in(np.random.default_rng(1), 80)
    assert align(reference, moved(view(30, 0.8, 2e-4), reference), SIZE) is not None


@pytest.mark.parametrize("count", range(LEAST_INLIERS))
def test_too_few_pairs_verify_nothing(count: int) -> None:
    reference = keypoints_in(np.random.default_rng(2), count)
    assert align(reference, reference, SIZE) is None


@given(st.integers(LEAST_INLIERS, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_few_pairs_by_chance_never_raise_and_have_no_view(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert align(keypoints_in(rng, count), keypoints_in(rng, count), SIZE) is None


@pytest.mark.parametrize("seed", range(20))
def test_hundreds_of_pairs_by_chance_have_no_view(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert align(keypoints_in(rng, 250), keypoints_in(rng, 250), SIZE) is None


@pytest.mark.parametrize("points", [np.ones((20, 2)), np.arange(40).reshape(20, 2)], ids=["a point", "a line"])
def test_pairs_without_a_plane_never_raise(points: NDArray[np.floating]) -> None:
    one = keypoints_in(np.random.default_rng(3), 20)
    same = Keypoints(points.astype(np.float32), one.scales, one.angles)
    found = align(same, same, SIZE)
    assert found is None or is_plausible(found.transform, SIZE)


@pytest.mark.parametrize("kind", IMPLAUSIBLE)
def test_an_impossible_view_is_not_plausible(kind: str) -> None:
    assert not is_plausible(IMPLAUSIBLE[kind], SIZE)


def test_possible_views_are_plausible() -> None:
    for transform in (view(), view(180), view(45, 0.3), view(0, 2), view(10, 1, 4e-4), view(0, 0.1)):
        assert is_plausible(transform, SIZE)


def test_a_sign_in_front_of_the_matrix_says_nothing() -> None:
    assert is_plausible(-view(20, 0.7, 1e-4), SIZE)
    assert not is_plausible(-MIRROR, SIZE)


@given(st.integers(0, 2**32 - 1), st.floats(-180, 180))
@settings(max_examples=200)
def test_turning_the_photo_changes_nothing(seed: int, angle: float) -> None:
    transform = anything(seed)
    assert is_plausible(view(angle) @ transform, SIZE) == is_plausible(transform, SIZE)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=200)
def test_turning_the_reference_by_a_quarter_changes_nothing(seed: int) -> None:
    transform = anything(seed)
    back = np.array([[0, 1, 0], [-1, 0, SIZE[1]], [0, 0, 1]], dtype=np.float64)
    assert is_plausible(transform @ back, SIZE[::-1]) == is_plausible(transform, SIZE)


def anything(seed: int) -> NDArray[np.float64]:
    """About half of these are plausible."""
    rng = np.random.default_rng(seed)
    transform = view(rng.uniform(-180, 180), float(np.exp(rng.normal(0, 1.5))), rng.normal(0, 1e-3))
    transform[:2, :2] += rng.normal(0, 0.5, (2, 2)) * rng.integers(0, 2)
    return transform


def test_what_anything_gives_is_of_both_kinds() -> None:
    plausible = np.mean([is_plausible(anything(seed), SIZE) for seed in range(400)])
    assert 0.2 < plausible < 0.8


def test_an_outline_is_the_box_of_the_features_in_fractions_of_the_photo() -> None:
    xs, ys = np.meshgrid(np.linspace(100, 200, 101), np.linspace(40, 140, 101))
    features = np.column_stack([xs.ravel(), ys.ravel()]).astype(np.float32)
    doubled = np.array([[2, 0, 10], [0, 2, 20], [0, 0, 1]], dtype=np.float64)
    outline = outline_of(doubled, features, (480, 360))
    low_x, high_x, low_y, high_y = 2 * 102 + 10, 2 * 198 + 10, 2 * 42 + 20, 2 * 138 + 20
    expected = [(low_x, low_y), (high_x, low_y), (high_x, high_y), (low_x, high_y)]
    np.testing.assert_allclose(np.array(outline) * (480, 360), expected, atol=1e-6)


def test_an_outline_turns_with_the_object_and_strays_hardly_move_it() -> None:
    features = keypoints_in(np.random.default_rng(3), 400).points * np.float32(0.5) + np.float32(60)
    upright = np.array(outline_of(view(), features, SIZE)) * SIZE
    turned = np.array(outline_of(view(180), features, SIZE)) * SIZE
    np.testing.assert_allclose(turned, np.array(SIZE) - upright, atol=1e-3)
    with_stray = np.vstack([features, [(479, 359)]]).astype(np.float32)
    np.testing.assert_allclose(np.array(outline_of(view(), with_stray, SIZE)) * SIZE, upright, atol=3)
