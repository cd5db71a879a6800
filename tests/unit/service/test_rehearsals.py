"""What a catalog is asked about itself."""

from collections import Counter
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog.calibrations import SampledReference
from catalog.models import CalibrationRow
from service.rehearsal.calibrations import source_of
from service.rehearsal.field_views import field_view, handled
from service.rehearsal.rehearse import MOST_REHEARSED, VIEWS_OF_PICTURE, rehearsals
from tests.pictures import printed


def row(slope: float, confirmed: int) -> CalibrationRow:
    return CalibrationRow(
        version=3, slope=slope, intercept=0.0, rehearsed=[{}] * 8, confirmed=confirmed, wrong_matches=0.02
    )


def test_a_calibration_says_what_it_rests_on() -> None:
    fitted = "calibration 3 of this catalog: 8 answers about its own pictures"
    assert source_of(row(0.9, 0)) == f"{fitted} and 0 confirmed lookups; at most 2.0% of matches are to be wrong"
    assert source_of(row(1.0, 0)) == f"{fitted}, which say little of photos: probabilities are the shared model's"
    assert "20 confirmed lookups" in source_of(row(1.0, 20))


def reference(number: int, others: int) -> SampledReference:
    return SampledReference(reference_id=UUID(int=number), product_id=UUID(int=number), object_key="", others=others)


@given(st.lists(st.integers(0, 2), max_size=200))
def test_each_picture_is_asked_about_before_any_is_again(others: list[int]) -> None:
    some = [reference(number, count) for number, count in enumerate(others)]
    asked = rehearsals(some)
    assert [one.reference for one in asked[: len(some)]] == some[:MOST_REHEARSED]
    assert [one.draw for one in asked] == list(range(len(asked)))
    again = Counter(one.reference.reference_id for one in asked[len(some) :])
    alone = {one.reference_id for one in some[:MOST_REHEARSED] if one.others == 0}
    assert set(again) <= alone
    assert max(again.values(), default=0) < VIEWS_OF_PICTURE
    everything = len(some) + (VIEWS_OF_PICTURE - 1) * len(alone)
    assert len(asked) == min(everything, MOST_REHEARSED)
    if len(some) > 1:
        assert all(one.ground != one.reference for one in asked)


def test_views_of_a_picture_are_drawn_again_the_same_and_each_draw_differs() -> None:
    picture = np.asarray(printed(3).convert("RGB"), dtype=np.uint8)[..., ::-1].copy()

    def view(draw: int) -> bytes:
        rng = np.random.default_rng((7, draw))
        return field_view(handled(picture, rng), picture, rng, long_edge=320)

    assert view(0) == view(0)
    assert len({view(draw) for draw in range(4)}) == 4
