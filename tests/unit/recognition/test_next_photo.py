"""Which photo to take next."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from catalog.search.candidates import ProductHit
from catalog.search.gallery import GallerySearch
from catalog.search.vectors import Vector
from service.recognition.verdict.likelihood import Likelihood, Likely
from service.recognition.verdict.next_photo import LEAST_GAIN, Way, best_view, next_photo
from tests.unit.recognition.test_likelihood import product

FRONT, SIDE_ROUND, OTHER, BACK = np.eye(4, dtype=np.float32)
SIDE_SQUARE = 0.6 * SIDE_ROUND + 0.8 * OTHER
"""Rather like the round one's side than like its front."""

ROUND, SQUARE = product("round"), product("square")


def contenders(*shares: float) -> list[Likely]:
    products = (ROUND, SQUARE, *(product(f"more-{place}") for place in range(len(shares) - 2)))
    return [Likely(product=one, exact=share, kind=share) for one, share in zip(products, shares, strict=True)]


def pictures(*views: Sequence[Vector]) -> dict[UUID, dict[UUID, Vector]]:
    """Of each contender; the id of a picture is 10 times the contender's place and its own."""
    ids = [one.product.product_id for one in contenders(*[0.1] * max(len(views), 2))]
    return {
        one: {UUID(int=10 * place + at): view for at, view in enumerate(some)}
        for place, (one, some) in enumerate(zip(ids, views, strict=False))
    }


def test_the_view_in_which_the_candidates_differ_is_advised() -> None:
    """From the front and from behind both look the same."""
    known = pictures([FRONT, BACK, SIDE_ROUND], [FRONT, BACK, SIDE_SQUARE])
    view = best_view(contenders(0.4, 0.4), known, FRONT[None])
    assert view is not None
    assert view[0] in {UUID(int=2), UUID(int=12)}
    assert view[1] == pytest.approx(0.5, abs=0.01)


def test_a_view_that_has_been_seen_is_not_advised_again() -> None:
    known = pictures([FRONT, SIDE_ROUND], [FRONT, SIDE_SQUARE])
    assert best_view(contenders(0.4, 0.4), known, np.stack([FRONT, SIDE_ROUND + SIDE_SQUARE])) is None


@pytest.mark.parametrize("views", [([FRONT], [FRONT]), ([FRONT, BACK], [FRONT, BACK]), ([FRONT, SIDE_ROUND],), ()])
def test_where_no_view_would_tell_none_is_advised(views: tuple[Sequence[Vector], ...]) -> None:
    assert best_view(contenders(0.4, 0.4), pictures(*views), FRONT[None]) is None


class Pictures(GallerySearch):
    """Knows the pictures of some products, and nothing else."""

    def __init__(self, known: Mapping[UUID, Mapping[UUID, Vector]]) -> None:
        self.known = {one: dict(some) for one, some in known.items()}

    async def vectors_of(self, product_ids: Collection[UUID], most: int) -> dict[UUID, dict[UUID, Vector]]:
        return {one: some for one, some in self.known.items() if one in product_ids}

    async def describe(self, reference_ids: Collection[UUID], vector: Vector | None) -> list[ProductHit]:
        owners = {reference: one for one, some in self.known.items() for reference in some}
        return [hit for hit in (ROUND, SQUARE) if hit.product_id in {owners[one] for one in reference_ids}]


@pytest.mark.parametrize(
    ("advice", "way"),
    [
        (("too_dark", "too_small"), Way.LIGHTER),
        (("blurred",), Way.SHARPER),
        (("too_small",), Way.CLOSER),
        (("too_far",), Way.CLOSER),
    ],
)
def test_a_faulty_photo_is_taken_again_before_any_view(advice: tuple[str, ...], way: Way) -> None:
    search = Pictures(pictures([FRONT, SIDE_ROUND], [FRONT, SIDE_SQUARE]))
    found = Likelihood(products=tuple(contenders(0.4, 0.4)), basis="b")
    advised = asyncio.run(next_photo(found, advice, [FRONT], search))
    assert advised is not None
    assert (advised.way, advised.reference) == (way, None)
    view = asyncio.run(next_photo(found, (), [FRONT], search))
    assert view is not None
    assert (view.way, view.part_number in {"round", "square"}) == (Way.VIEW, True)
    assert asyncio.run(next_photo(found, (), [], search)) is None
    assert asyncio.run(next_photo(None, (), [FRONT], search)) is None


def unit(seed: int, count: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=(count, 6))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


rows_of_pictures = st.lists(st.tuples(st.integers(1, 4), st.floats(0, 1)), min_size=2, max_size=5)


@given(rows_of_pictures, st.integers(1, 3), st.integers(0, 9999))
def test_what_is_advised_is_a_picture_of_an_unseen_view_with_a_gain(
    rows: list[tuple[int, float]], photos: int, seed: int
) -> None:
    some = contenders(*(share for _, share in rows))
    known = pictures(*(list(unit(seed + place, count)) for place, (count, _) in enumerate(rows)))
    seen = unit(seed + 99, photos)
    view = best_view(some, known, seen)
    if view is None:
        return
    reference, gain = view
    (owner,) = (one for one, pictured in known.items() if reference in pictured)
    place = list(known[owner]).index(reference)
    stacked = np.stack(list(known[owner].values()))
    assert place not in set((seen @ stacked.T).argmax(axis=1).tolist())
    assert LEAST_GAIN <= gain <= 1
