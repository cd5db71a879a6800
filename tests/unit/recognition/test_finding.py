"""Which references geometry checks, and how what the channels say becomes one candidate a product."""

import math
from collections.abc import Sequence
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.candidates import ProductHit, ReferenceFacts
from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.scores import Scores
from catalog.search.surface.segment import Entry, build_segment
from catalog.search.surface.signatures import Signatures
from service.bootstrap import FUSION
from service.recognition.channels import Channel
from service.recognition.fusion import FusionModel
from service.recognition.proposals import (
    CHECKED_BY_IMAGE,
    CHECKED_BY_SURFACE,
    CHECKED_OF_PRODUCT,
    SHORTLIST,
    ByImage,
    BySurface,
    best_first,
    combined,
    confirmed,
    to_check,
)
from service.recognition.surface.channel import Recalled
from service.recognition.surface.features import extract_features
from service.recognition.surface.verification import Verified
from tests.unit.recognition.surface.drawing import label

Checked = tuple[UUID, UUID, str]


def one(reference: int, product: int | None = None) -> Checked:
    return uuid(reference), uuid(1_000 + (reference if product is None else product)), f"features/{reference}"


def uuid(number: int) -> UUID:
    return UUID(int=number)


def numbers(chosen: Sequence[Checked]) -> list[int]:
    return [reference.int for reference, _, _ in chosen]


some = st.lists(st.builds(one, st.integers(0, 60), st.none()), max_size=70, unique=True)


@given(some, some, st.lists(st.integers(1_000, 1_060).map(uuid), unique=True))
def test_none_is_checked_twice_nor_needlessly_left_out(
    image: list[Checked], surface: list[Checked], best: list[UUID]
) -> None:
    chosen = to_check(surface, image, best)
    assert len(set(chosen)) == len(chosen)
    assert len(chosen) == min(SHORTLIST, len({*surface, *image}))
    assert {*surface[:CHECKED_BY_SURFACE]} <= {*chosen}


def test_each_channels_best_are_checked_then_the_best_by_both() -> None:
    surface, image = [one(n) for n in range(30)], [one(n) for n in range(100, 130)]
    of_channels = [*range(CHECKED_BY_SURFACE), *range(100, 100 + CHECKED_BY_IMAGE)]
    both = [one(n)[1] for n in (29, 0, 129, 7_000, 28)]
    further = list(range(CHECKED_BY_SURFACE, 28))
    assert numbers(to_check(surface, image, both)) == [*of_channels, 29, 129, 28, *further][:SHORTLIST]
    assert numbers(to_check(surface, image)) == [*of_channels, *further][:SHORTLIST]


def test_what_both_propose_takes_one_place() -> None:
    chosen = to_check([one(n) for n in range(30)], [one(n) for n in range(5)])
    assert numbers(chosen) == list(range(SHORTLIST))


def test_what_is_among_neither_channels_first_is_checked_where_both_know_it() -> None:
    """Many are better by the surface and look otherwise, some look more like it and share little with it."""
    ours = hit(99, 99, 0.6)
    shared, alike = [hit(n, n, 0.1) for n in range(25)], [hit(n, n, 0.61 + n / 1_000) for n in range(30, 40)]
    scores = [*((n, n, 0.0042) for n in range(25)), (99, 99, 0.004), *((n, n, 0.0004) for n in range(30, 40))]
    found = combined(ByImage(vector=VECTOR, hits=alike), by_surface(*scores), known(*shared, *alike, ours))
    assert best_first(found, FusionModel.load(FUSION))[0] == ours.product_id


def test_a_product_of_many_references_leaves_places_for_others() -> None:
    chosen = to_check([one(n, 1) for n in range(30)] + [one(n, 2) for n in range(30, 60)], [one(60, 1), one(61, 3)])
    assert numbers(chosen) == [0, 1, 2, 30, 31, 32, 61]
    assert CHECKED_OF_PRODUCT == 3


@pytest.mark.parametrize(("surface", "image"), [([], [one(1)]), ([one(1)], []), ([one(1)], [one(1)])])
def test_one_channel_is_enough(surface: list[Checked], image: list[Checked]) -> None:
    assert numbers(to_check(surface, image)) == [1]


def hit(reference: int, product: int, score: float = 0.5) -> ProductHit:
    return ProductHit(
        product_id=uuid(1_000 + product),
        part_number=f"P-{product}",
        name="",
        description=None,
        category=None,
        superseded_by=None,
        attributes={},
        reference=ReferenceFacts(id=uuid(reference), width=1, height=1, role="catalog"),
        score=score,
    )


VECTOR = np.ones(1, np.float32)
WORDLESS = Signatures(np.empty(0, np.uint16), np.empty((0, 2), np.uint64))


def by_surface(*scored: tuple[int, int, float], recalled: int = 64) -> BySurface:
    """Of (reference, product, kernel), of which so many are recalled."""
    entries = [Entry(uuid(reference), uuid(1_000 + product), "") for reference, product, _ in scored]
    segment = build_segment(entries, [WORDLESS for _ in entries])
    scores = Scores([(segment, np.array([score for _, _, score in scored], np.float32))])
    features = extract_features(label(1).resize((48, 36)), 2)
    found = Recalled(hits=scores.top(recalled), scores=scores)
    return BySurface(features=features, index=SurfaceIndex(), recalled=found)


def known(*hits: ProductHit) -> dict[UUID, ProductHit]:
    return {one.reference.id: one for one in hits}


def test_a_product_has_its_best_kernel_and_shows_the_reference_that_was_confirmed() -> None:
    first, second = hit(1, 1, 0.4), hit(2, 1, 0.4)
    surface = by_surface((1, 1, 0.8), (2, 1, 0.3))
    checked = {uuid(1): Verified(matches=9), uuid(2): Verified(matches=30, inliers=12)}
    all_known = known(first, second)
    (found,) = confirmed(combined(ByImage(vector=VECTOR), surface, all_known), checked, all_known)
    assert found.product == second
    assert (found.evidence.kernel, found.evidence.kernel_sum) == pytest.approx((0.8, math.hypot(0.8, 0.3)))
    assert (found.evidence.image, found.evidence.verified) == (0.4, checked[uuid(2)])
    assert found.matched_by == (Channel.SURFACE, Channel.GEOMETRY)


def test_without_inliers_the_image_channels_reference_is_shown() -> None:
    nearest, other = hit(1, 1), hit(2, 1)
    image = ByImage(vector=VECTOR, hits=[nearest])
    both = known(nearest, other)
    (found,) = confirmed(combined(image, by_surface((2, 1, 0.8)), both), {uuid(2): Verified(matches=9)}, both)
    assert (found.product, found.matched_by) == (nearest, (Channel.IMAGE, Channel.SURFACE))


def test_what_others_propose_is_as_strong_as_it_is_though_others_are_recalled_before_it() -> None:
    nearest = hit(3, 3)
    surface = by_surface((1, 1, 0.8), (2, 2, 0.7), (3, 3, 0.6), (4, 3, 0.2), recalled=2)
    found = combined(ByImage(vector=VECTOR, hits=[nearest]), surface, known(hit(1, 1), hit(2, 2), nearest))
    (ours,) = [one for one in found if one.product == nearest]
    assert (ours.evidence.kernel, ours.evidence.kernel_sum) == pytest.approx((0.6, math.hypot(0.6, 0.2)))
    assert ours.matched_by == (Channel.IMAGE,)


def test_what_is_not_known_any_more_or_filtered_away_is_left_out() -> None:
    surface = by_surface((1, 1, 0.8), (2, 2, 0.7))
    (found,) = combined(ByImage(), surface, known(hit(2, 2)))
    assert found.product.part_number == "P-2"
    assert found.evidence.image is None
    assert found.evidence.kernel == pytest.approx(0.7)


def test_a_reference_that_has_gone_from_under_the_image_channel_can_still_be_shown_but_not_confirmed() -> None:
    gone = hit(1, 1)
    (found,) = combined(ByImage(vector=VECTOR, hits=[gone]), by_surface(), {})
    assert (found.product, found.matched_by) == (gone, (Channel.IMAGE,))
    assert (found.evidence.kernel, found.evidence.kernel_sum) == (0.0, 0.0)
