"""Features of drawn labels, of pictures without texture, and of pictures that were turned."""

from concurrent.futures import Executor

import numpy as np
import pytest
from PIL import Image

from service.recognition.surface.features import COLOUR_EDGE, EDGE, QUERY_FEATURES, REFERENCE_FEATURES, extract_features
from service.recognition.surface.packing import pack_features, unpack_features
from service.recognition.surface.signing import sign_query, sign_reference
from service.recognition.surface.verification import Verified, verify
from service.recognition.surface.vocabulary import Vocabulary
from tests.unit.recognition.surface.drawing import label

SIZES = [(1, 1), (2, 500), (500, 2), (1, 480), (3, 3), (7, 9), (480, 480), (4_000, 30)]
"""Width and height in px."""


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_flat_picture_has_no_features_and_never_raises(
    size: tuple[int, int], shipped: Vocabulary, workers: Executor
) -> None:
    features = extract_features(Image.new("RGB", size, (200, 40, 90)), QUERY_FEATURES)
    assert len(features) == 0
    assert (features.points.shape, features.descriptors.shape) == ((0, 2), (0, 128))
    assert max(features.size) == EDGE
    assert max(features.pictures.colours.shape[:2]) == COLOUR_EDGE
    packed = unpack_features(pack_features(features))
    assert (len(packed), packed.size) == (0, features.size)
    assert len(sign_reference(features, shipped)) == 0
    assert len(sign_query(features, shipped, fine=True)) == len(sign_query(features, shipped, fine=False)) == 0
    textured = extract_features(label(1), REFERENCE_FEATURES)
    assert verify(features, [("flat", packed), ("label", textured)], workers).verified == [Verified()] * 2
    assert verify(textured, [("flat", packed)], workers).verified == [Verified()]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_noise_of_any_shape_never_raises(size: tuple[int, int], shipped: Vocabulary, workers: Executor) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    features = extract_features(Image.fromarray(noise), REFERENCE_FEATURES)
    assert len(features) <= REFERENCE_FEATURES
    sign_reference(features, shipped)
    (verified,) = verify(features, [("noise", unpack_features(pack_features(features)))], workers).verified
    assert verified.inliers <= verified.matches <= len(features)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "CMYK", "LA"])
def test_pictures_of_any_mode_are_read(mode: str) -> None:
    assert len(extract_features(label(2).convert(mode), 50)) == 50


def test_the_strongest_are_kept_in_their_order() -> None:
    many, few = extract_features(label(3), 400), extract_features(label(3), 60)
    assert (len(many), len(few)) == (400, 60)
    np.testing.assert_array_equal(few.points, many.points[:60])


def test_places_and_scales_lie_in_the_picture_and_descriptors_have_length_one() -> None:
    features = extract_features(label(4), QUERY_FEATURES)
    assert len(features) > 200
    assert (features.points >= 0).all()
    assert (features.points <= features.size).all()
    assert (features.scales > 1).all()
    assert (features.scales < EDGE).all()
    assert (features.angles >= 0).all()
    assert (features.angles <= 360).all()
    assert len(features.points) == len(features.scales) == len(features.angles)
    np.testing.assert_allclose(np.linalg.norm(features.vectors, axis=1), 1, atol=0.02)


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_turning_a_picture_keeps_most_signatures(quarters: int, seed: int, shipped: Vocabulary) -> None:
    image = label(seed, logo=seed)
    turned = image.rotate(90 * quarters, expand=True)
    left, right = (sign_reference(extract_features(one, REFERENCE_FEATURES), shipped) for one in (image, turned))
    common, own, others = np.intersect1d(left.words, right.words, return_indices=True)
    differing = np.bitwise_count(left.bits[own] ^ right.bits[others]).sum(axis=1)
    assert len(common) > 0.8 * len(left)
    assert np.median(differing) < 8


def test_another_label_keeps_few_signatures(shipped: Vocabulary) -> None:
    left, right = (
        sign_reference(extract_features(label(seed, logo=seed), REFERENCE_FEATURES), shipped) for seed in (1, 2)
    )
    _, own, others = np.intersect1d(left.words, right.words, return_indices=True)
    close = np.bitwise_count(left.bits[own] ^ right.bits[others]).sum(axis=1) < 16
    assert np.count_nonzero(close) < 0.1 * len(left)
