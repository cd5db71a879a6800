"""What a self-test concludes from what it has seen."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from catalog.search.looks import LookedAt
from catalog.self_test_items import SelfTested
from mobile_contract.self_tests import TwinReason
from service.findings.copies import CopiesFound, sharing
from service.findings.groups import Groups
from service.findings.shares import share
from service.findings.twins import partners, twins


def seen_in(product: int, rank: int | None, *found: int) -> SelfTested:
    scores = [(UUID(int=one), 10.0 - place) for place, one in enumerate(found)]
    return SelfTested(product_id=UUID(int=product), base=True, drawn=True, rank=rank, candidates=scores)


@given(st.integers(0, 500), st.integers(1, 500))
def test_bounds_are_wilsons(count: int, more: int) -> None:
    among = count + more
    found = share(count, among)
    expected = stats.binomtest(count, among).proportion_ci(method="wilson")
    assert found is not None
    assert found.low == pytest.approx(expected.low, abs=1e-4)
    assert found.high == pytest.approx(expected.high, abs=1e-4)


def test_there_is_no_share_of_nothing() -> None:
    assert share(0, 0) is None


def test_twins_are_those_that_find_each_other_and_those_that_share_pictures() -> None:
    seen = [seen_in(1, 2, 2, 1), seen_in(2, 1, 2, 1), seen_in(3, 2, 1, 3), seen_in(4, 9, *range(10, 18), 4)]
    found = twins(seen, [(UUID(int=5), UUID(int=6))])
    by_views, by_pictures = sorted(found, key=lambda one: one.products[0].int)
    assert (set(by_views.products), set(by_views.because)) == ({UUID(int=1), UUID(int=2)}, {TwinReason.VIEWS})
    assert (set(by_pictures.products), set(by_pictures.because)) == ({UUID(int=5), UUID(int=6)}, {TwinReason.PICTURES})


def test_whoever_may_be_a_twin_and_has_not_been_asked_is() -> None:
    assert partners([seen_in(1, 2, 7, 1), seen_in(2, None, 8), seen_in(3, 6, *range(20, 25), 3)]) == {UUID(int=7)}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_groups_hold_what_pairs_join_and_nothing_else(pairs: list[tuple[int, int]]) -> None:
    groups = Groups(pairs)
    for one, other in pairs:
        assert groups.head(one) == groups.head(other)
    members = [one for group in groups.all() for one in group]
    assert len(members) == len(set(members))
    assert set(members) == {one for pair in pairs if pair[0] != pair[1] for one in pair}


def copies(*products: int) -> CopiesFound:
    references = [
        LookedAt(reference_id=uuid4(), product_id=UUID(int=one), part_number=str(one), content_hash="")
        for one in products
    ]
    return CopiesFound(references=references, identical=False)


def test_a_product_with_another_picture_of_its_own_is_no_twin_by_pictures() -> None:
    pictures = {UUID(int=1): 1, UUID(int=2): 2, UUID(int=3): 2, UUID(int=4): 2}
    pairs = sharing([copies(1, 2, 3), copies(2, 4)], pictures)
    assert {(one.int, other.int) for one, other in pairs} == {(1, 2), (1, 3)}
    assert sharing([copies(2, 3)], pictures) == []
