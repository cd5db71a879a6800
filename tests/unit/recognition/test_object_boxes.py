"""Arithmetic on boxes, and which object a photo is of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert, to_builtins

from mobile_contract.limits import REGION_SHARE_MIN
from mobile_contract.photos import Region as Asked
from service.recognition.objects.boxes import (
    LEAST_SHARE,
    Detected,
    apart,
    area,
    around,
    bounded,
    holds,
    in_whole,
    overlap,
    padded,
    same,
    shared,
)
from service.recognition.objects.focusing import MARGIN, MOST_AREA, main_object
from service.recognition.region import Region

anywhere = st.floats(-3, 4, allow_nan=False)
boxes = st.builds(bounded, anywhere, anywhere, anywhere, anywhere)
detected = st.builds(Detected, region=boxes, confidence=st.floats(0, 1))
ROUNDING = 1e-6


def can_be_asked(box: Region) -> None:
    convert(to_builtins({"x": box.x, "y": box.y, "width": box.width, "height": box.height}), Asked)
    assert max(box.x + box.width, box.y + box.height) <= 1 + ROUNDING


def box(x: float, y: float, width: float, height: float, confidence: float = 1.0) -> Detected:
    return Detected(region=Region(x=x, y=y, width=width, height=height), confidence=confidence)


def test_a_box_is_as_small_as_a_region_may_be() -> None:
    assert LEAST_SHARE == REGION_SHARE_MIN


@given(anywhere, anywhere, anywhere, anywhere)
def test_every_box_can_be_asked_for_as_a_region(left: float, top: float, right: float, bottom: float) -> None:
    can_be_asked(bounded(left, top, right, bottom))
    can_be_asked(around([(left, top), (right, bottom)]))


@given(boxes, boxes, st.floats(0, 2))
def test_so_can_a_box_with_a_margin_in_a_region(one: Region, region: Region, margin: float) -> None:
    can_be_asked(in_whole(padded(one, margin), region))
    assert in_whole(one, None) is one


@given(boxes, st.floats(0, 2))
def test_a_margin_takes_nothing_away(one: Region, margin: float) -> None:
    assert shared(one, padded(one, margin)) == pytest.approx(area(one), abs=1e-9)


@given(boxes, boxes)
def test_overlap_is_a_share_and_does_not_depend_on_the_order(one: Region, other: Region) -> None:
    assert 0 <= overlap(one, other) <= 1 + 1e-9
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert overlap(one, one) == pytest.approx(1)
    assert same(one, other) == same(other, one)
    assert same(one, one)


@given(st.lists(detected, max_size=12), st.integers(0, 8), st.lists(boxes, max_size=3))
def test_what_is_kept_is_of_different_objects(found: list[Detected], most: int, taken: list[Region]) -> None:
    kept = apart(found, most, taken)
    assert len(kept) <= most
    assert [one.confidence for one in kept] == sorted((one.confidence for one in kept), reverse=True)
    for place, one in enumerate(kept):
        others = [other.region for other in kept[:place]] + taken
        assert not any(same(one.region, other) for other in others)
    free = [one for one in found if not any(same(one.region, other) for other in taken)]
    if most and free:
        assert kept[0].confidence == max(one.confidence for one in free)


@given(boxes)
def test_a_box_holds_its_own_middle(one: Region) -> None:
    assert holds(one, [(one.x, one.y), (one.x + one.width, one.y + one.height)])


def test_a_piece_of_an_object_is_no_other() -> None:
    whole, piece, other = box(0.1, 0.1, 0.6, 0.6), box(0.2, 0.2, 0.1, 0.1, 0.9), box(0.75, 0.1, 0.2, 0.2, 0.5)
    assert apart([piece, other, whole], 8) == [whole, other]


@given(st.lists(detected, max_size=8))
def test_where_a_photo_is_focused_can_be_asked_for(found: list[Detected]) -> None:
    chosen = main_object(found)
    if chosen is not None:
        can_be_asked(chosen)
        assert any(area(one.region) <= MOST_AREA and shared(one.region, chosen) > 0 for one in found)


def test_a_photo_is_of_the_one_object_in_it() -> None:
    small, aside = box(0.4, 0.4, 0.2, 0.2, 0.8), box(0.0, 0.0, 0.2, 0.2, 0.8)
    assert main_object([small]) == padded(small.region, MARGIN)
    assert main_object([aside, small]) == padded(small.region, MARGIN)


@pytest.mark.parametrize(
    "found",
    [
        [],
        [box(0.1, 0.1, 0.8, 0.8)],
        [box(0.4, 0.4, 0.2, 0.2, 0.4)],
        [box(0.1, 0.4, 0.2, 0.2, 0.8), box(0.7, 0.4, 0.2, 0.2, 0.8)],
    ],
    ids=["nothing", "all of it", "hardly any", "two equals"],
)
def test_else_all_of_it_is_looked_at(found: list[Detected]) -> None:
    assert main_object(found) is None
