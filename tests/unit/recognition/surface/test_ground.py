"""Things on one desk are told apart by themselves; what siblings share is not taken for a desk."""

import io
from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np
import pytest
from PIL import Image

from loadtests.desks import Thing, drawn_desk, shot
from service.recognition.proposals import CONFIRMED_INLIERS
from service.recognition.surface.features import QUERY_FEATURES, REFERENCE_FEATURES, LocalFeatures, extract_features
from service.recognition.surface.ground import LEAST_COMMON, Fit, common_ground
from service.recognition.surface.packing import pack_features, unpack_features
from service.recognition.surface.verification import Verified, verify
from tests.unit.recognition.surface.drawing import label, seen, view

TAUGHT = (1, 2, 3)
SIDES = 2
Reference = tuple[str, LocalFeatures]


class Desk:
    """Labels that were taught on it."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._wood = drawn_desk(self._rng)
        self.references: list[Reference] = [(str(one), stored(self.photo(one))) for one in TAUGHT for _ in range(SIDES)]

    def photo(self, number: int) -> Image.Image:
        picture = np.asarray(label(number, logo=number))
        thing = Thing(picture, np.ones(picture.shape[:2], np.float32))
        return Image.open(io.BytesIO(shot(thing, self._wood, self._rng)))


def stored(image: Image.Image) -> LocalFeatures:
    return unpack_features(pack_features(extract_features(image, REFERENCE_FEATURES)))


def asked(image: Image.Image) -> LocalFeatures:
    return extract_features(image, QUERY_FEATURES)


def off_ground(photo: LocalFeatures, references: Sequence[Reference], workers: Executor) -> Sequence[Verified]:
    ground = verify(photo, references, workers).ground
    assert ground is not None
    return verify(photo.without(ground), references, workers, off_ground=True).verified


def best(references: Sequence[Reference], verified: Sequence[Verified]) -> dict[str, int]:
    """Inliers by product."""
    found: dict[str, int] = {}
    for (product, _), one in zip(references, verified, strict=True):
        found[product] = max(found.get(product, 0), one.inliers)
    return found


@pytest.fixture(scope="module", params=[0, 1])
def desk(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param)


def test_a_thing_on_a_desk_is_found_by_itself(desk: Desk, workers: Executor) -> None:
    for number in TAUGHT:
        photo = asked(desk.photo(number))
        by_the_desk = best(desk.references, verify(photo, desk.references, workers).verified)
        assert min(by_the_desk.values()) > CONFIRMED_INLIERS, "the desk is too plain for this to be a test"
        verified = off_ground(photo, desk.references, workers)
        found = best(desk.references, verified)
        others = [inliers for product, inliers in found.items() if product != str(number)]
        assert found[str(number)] > 3 * CONFIRMED_INLIERS
        assert found[str(number)] > 1.5 * max(others)
        fitting = max(verified, key=lambda one: one.inliers)
        assert fitting.detail > 0.3, "compared where the thing is, not over the desk"


def test_what_is_not_there_is_not_found_by_the_desk(desk: Desk, workers: Executor) -> None:
    for number in (8, 9):
        photo = asked(desk.photo(number))
        before = max(best(desk.references, verify(photo, desk.references, workers).verified).values())
        after = max(best(desk.references, off_ground(photo, desk.references, workers)).values())
        assert after < before / 3


@pytest.mark.parametrize("scale", [0.6, 0.95, 1.4], ids=["small", "filling", "close"])
def test_what_siblings_and_twins_share_is_no_ground(scale: float, workers: Executor) -> None:
    siblings = [(str(seed), stored(label(seed, logo=1))) for seed in range(3)]
    twins = [*siblings, ("twin of 0", stored(label(0, logo=1)))]
    photo = asked(seen(label(0, logo=1), view(25, scale)))
    for references in (siblings, twins):
        checked = verify(photo, references, workers)
        assert max(one.inliers for one in checked.verified) > CONFIRMED_INLIERS
        assert checked.ground is None


def test_one_product_s_own_pictures_have_no_ground_in_common(desk: Desk, workers: Executor) -> None:
    own = [("1", reference) for _, reference in desk.references]
    assert verify(asked(desk.photo(1)), own, workers).ground is None


def test_too_few_features_in_common_are_chance(desk: Desk) -> None:
    photo = asked(desk.photo(1))
    few = np.arange(LEAST_COMMON - 1)
    fits = [Fit(product, reference, few, few) for product, reference in desk.references]
    assert common_ground(photo, fits) is None
    assert common_ground(photo, []) is None


def test_features_are_left_out_together(desk: Desk) -> None:
    photo = asked(desk.photo(1))
    rows = np.arange(len(photo)) % 3 == 0
    rest = photo.without(rows)
    assert len(rest) == len(photo) - np.count_nonzero(rows)
    for name in ("points", "scales", "angles", "descriptors"):
        np.testing.assert_array_equal(getattr(rest, name), getattr(photo, name)[~rows])
    assert rest.size == photo.size
