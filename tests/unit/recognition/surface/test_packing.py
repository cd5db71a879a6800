"""Features packed and unpacked: what is lost, what is left out, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.recognition.surface.detail import GREY_EDGE
from service.recognition.surface.features import REFERENCE_FEATURES, FeaturesInvalid, LocalFeatures, Taken, at_edge
from service.recognition.surface.packing import FORMAT, MOST_BYTES, pack_features, unpack_features

WORST_STEP = 12
"""Of 255: half the largest distance of two levels, and rounding."""

FEATURE_BYTES = 70


def drawn(count: int, seed: int, width: int = 480, height: int = 360) -> LocalFeatures:
    rng = np.random.default_rng(seed)
    across, down = max(1, width // 10), max(1, height // 10)
    return LocalFeatures(
        points=rng.uniform((0, 0), (width, height), (count, 2)).astype(np.float32),
        scales=np.exp2(rng.uniform(0, 9, count)).astype(np.float32),
        angles=rng.uniform(0, 360, count).astype(np.float32),
        descriptors=rng.integers(0, 140, (count, 128), dtype=np.uint8),
        size=(width, height),
        pictures=Taken(colours=rng.integers(0, 256, (down, across, 3), dtype=np.uint8), grey=slope(width, height)),
    )


def slope(width: int, height: int) -> NDArray[np.uint8]:
    """A picture that a WebP keeps."""
    grey: NDArray[np.uint8] = np.add.outer(np.linspace(20, 120, height), np.linspace(0, 110, width)).astype(np.uint8)
    return grey


@given(st.integers(0, 40), st.integers(0, 2**32 - 1), st.integers(1, 480), st.integers(1, 480))
@settings(max_examples=60)
def test_features_come_back_as_far_as_half_a_byte_goes(count: int, seed: int, width: int, height: int) -> None:
    features = drawn(count, seed, width, height)
    again = unpack_features(pack_features(features))
    assert again.size == features.size
    np.testing.assert_array_equal(again.pictures.colours, features.pictures.colours)
    np.testing.assert_allclose(again.points, features.points, atol=1 / 32 + 1e-4)
    np.testing.assert_allclose(again.scales, features.scales, rtol=0.02)
    assert turned(again.angles, features.angles).max(initial=0) < 0.75
    np.testing.assert_allclose(again.descriptors.astype(int), features.descriptors, atol=WORST_STEP)
    assert again.points.dtype == again.scales.dtype == again.angles.dtype == np.float32
    assert again.descriptors.dtype == np.uint8
    assert max(again.pictures.grey.shape) == GREY_EDGE
    expected = at_edge(features.pictures.grey, GREY_EDGE)
    np.testing.assert_allclose(
        again.pictures.grey.astype(int), expected, atol=20
    )  # a strip of a few px is kept the worst


def turned(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Degrees between angles, the shorter way round."""
    apart: NDArray[np.float32] = np.abs((one - other + 180) % 360 - 180)
    return apart


def test_angles_go_round_and_scales_beyond_the_coding_are_kept_as_its_ends() -> None:
    features = drawn(3, 5)
    features.angles[:] = (0, 359.9, 180)
    features.scales[:] = (0.3, 1, 60_000)
    again = unpack_features(pack_features(features))
    assert again.angles.tolist() == [0, 0, 180]
    assert again.scales[:2].tolist() == [1, 1]
    assert again.scales[2] == pytest.approx(6_889, rel=0.001)


@given(st.integers(0, 10), st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_packing_again_loses_nothing_more(count: int, seed: int) -> None:
    """But of the grey picture, which is a WebP."""
    once = unpack_features(pack_features(drawn(count, seed)))
    again = unpack_features(pack_features(once))
    np.testing.assert_array_equal(again.points, once.points)
    np.testing.assert_array_equal(again.scales, once.scales)
    np.testing.assert_array_equal(again.angles, once.angles)
    np.testing.assert_array_equal(again.descriptors, once.descriptors)


def test_values_that_root_sift_hardly_has_are_kept_as_the_largest_level() -> None:
    features = drawn(1, 1)
    features.descriptors[:] = 255
    assert set(unpack_features(pack_features(features)).descriptors.ravel().tolist()) == {140}


@pytest.mark.parametrize(("height", "left_out"), [(360, 0), (480, 19)], ids=["4:3", "square"])
def test_a_reference_s_features_fit_but_for_a_few_of_a_square_one(height: int, left_out: int) -> None:
    packed = pack_features(drawn(REFERENCE_FEATURES, 2, 480, height))
    assert len(packed) <= MOST_BYTES
    assert len(unpack_features(packed)) >= REFERENCE_FEATURES - left_out


def test_the_strongest_of_more_than_fit_are_kept() -> None:
    many = drawn(2_000, 3)
    packed = pack_features(many)
    again = unpack_features(packed)
    assert MOST_BYTES - FEATURE_BYTES < len(packed) <= MOST_BYTES
    np.testing.assert_allclose(again.points, many.points[: len(again)], atol=0.04)


@given(st.integers(0, 5), st.data())
@settings(max_examples=40)
def test_bytes_cut_short_too_long_or_of_another_format_are_refused(count: int, data: st.DataObject) -> None:
    packed = pack_features(drawn(count, 4))
    for broken in (
        packed[: data.draw(st.integers(0, len(packed) - 1))],
        packed + b"\0",
        bytes([FORMAT + 1]) + packed[1:],
    ):
        with pytest.raises(FeaturesInvalid, match=r"are no|cannot be read"):
            unpack_features(broken)


def test_a_picture_that_cannot_be_read_is_refused_as_it_is_looked_at() -> None:
    packed = pack_features(drawn(2, 4))
    colours, grey = packed.index(b"\x89PNG"), packed.index(b"RIFF")
    for at, look in ((colours, "colours"), (grey, "grey")):
        spoilt = unpack_features(packed[:at] + b"none" + packed[at + 4 :])
        with pytest.raises(FeaturesInvalid, match="cannot be read"):
            getattr(spoilt.pictures, look)


@given(st.binary(max_size=300))
def test_any_bytes_give_features_or_are_refused(packed: bytes) -> None:
    try:
        features = unpack_features(packed)
    except FeaturesInvalid:
        return
    columns = features.points, features.scales, features.angles, features.descriptors
    assert {len(column) for column in columns} == {len(features)}
    assert np.isfinite(features.scales).all()
    assert (features.scales > 0).all()
