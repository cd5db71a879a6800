"""Which references geometry checks, and how what the channels say becomes one candidate a product."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.candidates import ProductHit, ReferenceFacts
from catalog.search.surface.index import Hit, SurfaceIndex
from service.recognition.channels import Channel
from service.recognition.proposals import (
    CHECKED_BY_IMAGE,
    CHECKED_OF_PRODUCT,
    SHORTLIST,
    ByImage,
    BySurface,
    combined,
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


@given(some, some)
def test_none_is_checked_twice_nor_needlessly_left_out(image: list[Checked], surface: list[Checked]) -> None:
    chosen = to_check(surface, image)
    assert len(set(chosen)) == len(chosen)
    assert len(chosen) == min(SHORTLIST, len({*surface, *image}))
    assert {*surface[: SHORTLIST - CHECKED_BY_IMAGE]} <= {*chosen}


def test_the_image_channels_best_are_among_them_where_the_surface_has_enough() -> None:
    chosen = to_check([one(n) for n in range(30)], [one(n) for n in range(100, 130)])
    assert (
        numbers(chosen)
        == [
            *range(15),
            *range(100, 105),
        ][:SHORTLIST]
    )


def test_what_both_propose_takes_one_place() -> None:
    chosen = to_check([one(n) for n in range(30)], [one(n) for n in range(5)])
    assert numbers(chosen) == list(range(SHORTLIST))


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


def by_surface(*hits: tuple[int, int, float]) -> BySurface:
    found = [Hit(uuid(reference), uuid(1_000 + product), "", score) for reference, product, score in hits]
    sums = {uuid(1_000 + product): 0.9 for _, product, _ in hits}
    features = extract_features(label(1).resize((48, 36)), 2)
    return BySurface(features=features, index=SurfaceIndex(), recalled=Recalled(hits=found, sums=sums))


def known(*hits: ProductHit) -> dict[UUID, ProductHit]:
    return {one.reference.id: one for one in hits}


VECTOR = np.ones(1, np.float32)


def test_a_product_has_its_best_kernel_and_shows_the_reference_that_was_confirmed() -> None:
    first, second = hit(1, 1, 0.4), hit(2, 1, 0.4)
    surface = by_surface((1, 1, 0.8), (2, 1, 0.3))
    checked = {uuid(1): Verified(matches=9), uuid(2): Verified(matches=30, inliers=12)}
    (found,) = combined(ByImage(vector=VECTOR), surface, known(first, second), checked)
    assert (found.product, found.evidence.kernel, found.evidence.kernel_sum) == (second, 0.8, 0.9)
    assert (found.evidence.image, found.evidence.verified) == (0.4, checked[uuid(2)])
    assert found.matched_by == (Channel.SURFACE, Channel.GEOMETRY)


def test_without_inliers_the_image_channels_reference_is_shown() -> None:
    nearest, other = hit(1, 1), hit(2, 1)
    image = ByImage(vector=VECTOR, hits=[nearest])
    (found,) = combined(image, by_surface((2, 1, 0.8)), known(nearest, other), {uuid(2): Verified(matches=9)})
    assert (found.product, found.matched_by) == (nearest, (Channel.IMAGE, Channel.SURFACE))


def test_what_is_not_known_any_more_or_filtered_away_is_left_out() -> None:
    surface = by_surface((1, 1, 0.8), (2, 2, 0.7))
    (found,) = combined(ByImage(), surface, known(hit(2, 2)), {})
    assert found.product.part_number == "P-2"
    assert (found.evidence.image, found.evidence.kernel) == (None, 0.7)


def test_a_reference_that_has_gone_from_under_the_image_channel_can_still_be_shown_but_not_confirmed() -> None:
    gone = hit(1, 1)
    (found,) = combined(ByImage(vector=VECTOR, hits=[gone]), by_surface(), {}, {})
    assert (found.product, found.matched_by) == (gone, (Channel.IMAGE,))
    assert (found.evidence.kernel, found.evidence.kernel_sum) == (0.0, 0.0)
