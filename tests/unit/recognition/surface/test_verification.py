"""Which of several labels a photo shows."""

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.recognition.surface.appearance import UNSEEN
from service.recognition.surface.features import QUERY_FEATURES, REFERENCE_FEATURES, LocalFeatures, extract_features
from service.recognition.surface.geometry import outline_of
from service.recognition.surface.matching import match_features
from service.recognition.surface.packing import pack_features, unpack_features
from service.recognition.surface.verification import verify
from tests.unit.recognition.surface.drawing import LOGO_HEIGHT, SIZE, label, seen, view

VIEWS = {"turned": view(35, 0.8), "upside down": view(180, 0.9, 1e-4), "tilted": view(-10, 0.85, 4e-4)}
Candidate = tuple[str, LocalFeatures]


def stored(image: Image.Image) -> LocalFeatures:
    """Features as they come back from the store."""
    return unpack_features(pack_features(extract_features(image, REFERENCE_FEATURES)))


def asked(image: Image.Image) -> LocalFeatures:
    return extract_features(image, QUERY_FEATURES)


@pytest.fixture(scope="module")
def brand() -> Sequence[Candidate]:
    """Labels of three products that share the logo, and of two others."""
    siblings = [(f"sibling {seed}", stored(label(seed, logo=1))) for seed in range(3)]
    return [*siblings, *((f"other {seed}", stored(label(seed, logo=seed))) for seed in (8, 9))]


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("seed", range(3))
def test_the_label_in_the_photo_is_first(name: str, seed: int, brand: Sequence[Candidate], workers: Executor) -> None:
    transform = VIEWS[name]
    verified = verify(asked(seen(label(seed, logo=1), transform)), brand, workers).verified
    right, rest = verified[seed], [one for i, one in enumerate(verified) if i != seed]
    assert right.inliers > max(one.inliers for one in rest)
    assert right.distinct > 2 * max(one.distinct for one in rest)
    assert right.matches >= right.inliers > 60
    assert min(right.appearance.lightness, right.appearance.chroma, right.appearance.colour) > 0.6
    for other in verified[3:]:
        assert other.inliers < 20


@pytest.mark.parametrize("name", VIEWS)
def test_the_outline_lies_around_the_label(name: str, brand: Sequence[Candidate], workers: Executor) -> None:
    transform = VIEWS[name]
    verified = verify(asked(seen(label(0, logo=1), transform)), brand[:1], workers).verified[0]
    assert verified.outline is not None
    known = outline_of(transform, brand[0][1].points, SIZE)
    off = (np.array(verified.outline) - np.array(known)) * SIZE
    assert np.linalg.norm(off, axis=1).max() < 5


def test_what_two_products_share_is_not_distinct(brand: Sequence[Candidate], workers: Executor) -> None:
    logo = label(0, logo=1)
    logo.paste("white", (0, LOGO_HEIGHT, *SIZE))
    verified = verify(asked(seen(logo, VIEWS["turned"])), brand[:2], workers).verified
    alone = verify(asked(seen(label(0, logo=1), VIEWS["turned"])), brand[:2], workers).verified[0]
    for one in verified:
        assert one.inliers > 40
        assert one.distinct < 0.1 * alone.distinct


def test_twins_have_nothing_distinct_and_a_product_s_own_pictures_do_not_spoil_it(workers: Executor) -> None:
    photo, one = asked(seen(label(0), VIEWS["tilted"])), stored(label(0))
    twins = verify(photo, [("A", one), ("B", one)], workers).verified
    assert [twin.distinct for twin in twins] == [0, 0]
    assert min(twin.inliers for twin in twins) > 60
    views = verify(photo, [("A", one), ("A", stored(label(0))), ("B", stored(label(5, logo=5)))], workers).verified
    assert views[0].distinct == views[1].distinct > 5


def test_of_a_product_the_reference_with_most_inliers_is_compared_place_by_place(workers: Executor) -> None:
    photo, whole = asked(seen(label(0), VIEWS["tilted"])), stored(label(0))
    worse = whole.without(np.arange(len(whole)) % 2 == 1)
    verified = verify(photo, [("A", worse), ("A", whole), ("B", worse)], workers).verified
    assert min(one.inliers for one in verified) > 20
    assert verified[1].inliers > verified[0].inliers
    assert (verified[0].detail, verified[0].appearance) == (0, UNSEEN)
    assert verified[1].detail > 0.5
    assert verified[2].detail == pytest.approx(verified[1].detail, abs=0.05)


def test_without_another_product_nothing_is_distinct(brand: Sequence[Candidate], workers: Executor) -> None:
    photo = asked(label(0, logo=1))
    assert verify(photo, brand[:1], workers).verified[0].distinct == 0
    assert verify(photo, [], workers).verified == []


def test_a_label_that_is_not_there_has_no_view(workers: Executor) -> None:
    verified = verify(
        asked(label(20, logo=20)), [(str(seed), stored(label(seed, logo=seed))) for seed in range(5)], workers
    ).verified
    for one in verified:
        assert one.inliers < 12
        assert (one.outline is None) == (one.inliers == 0)


def test_pairs_are_mutual_and_known_by_similarity() -> None:
    vectors = unit(np.random.default_rng(1).gamma(0.4, size=(60, 128)))
    order = np.random.default_rng(2).permutation(60)
    pairs = match_features(vectors, vectors[order])
    assert pairs.query.tolist() == list(range(60))
    np.testing.assert_array_equal(order[pairs.reference], pairs.query)
    np.testing.assert_allclose(pairs.nearest, 1, atol=1e-5)
    assert len(pairs) == 60


def test_print_that_repeats_in_the_reference_keeps_its_pair() -> None:
    one, other, aside, away = np.eye(128)[:4]
    known = unit(np.stack([one + 0.101 * away, one + 0.1 * aside, other]))
    pairs = match_features(unit(np.stack([one, other])), known)
    assert (pairs.query.tolist(), pairs.reference.tolist()) == ([0, 1], [1, 2])


def test_of_two_features_near_one_only_the_nearer_is_its_pair() -> None:
    one, other, aside, away = np.eye(128)[:4]
    asking = unit(np.stack([one + 0.2 * aside, one + 0.1 * away, other]))
    pairs = match_features(asking, unit(np.stack([one, other])))
    assert (pairs.query.tolist(), pairs.reference.tolist()) == ([1, 2], [0, 1])


@pytest.mark.parametrize(("count", "known"), [(0, 0), (0, 9), (9, 0), (1, 9), (9, 1)])
def test_too_few_features_have_no_pairs(count: int, known: int) -> None:
    vectors = unit(np.random.default_rng(1).gamma(0.4, size=(9, 128)))
    pairs = match_features(vectors[:count], vectors[:known])
    assert (len(pairs), len(pairs.nearest)) == (0, count)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled
