"""Cursors come back as they were written, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_contract.limits import CURSOR_CHARACTERS, PART_NUMBER_CHARACTERS
from mobile_contract.problems import Code
from service.paging import Cursor, read_cursor, write_cursor
from service.refused import Refused

numbers = st.text(st.characters(codec="utf-8"), min_size=1, max_size=PART_NUMBER_CHARACTERS)
scores = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-1, 1)
cursors = st.builds(Cursor, rank=st.integers(1, 100), score=scores, key=numbers)


@given(cursors)
def test_a_cursor_is_read_as_it_was_written_and_fits_an_address(cursor: Cursor) -> None:
    written = write_cursor(cursor)
    assert read_cursor(written) == cursor
    assert len(written) <= CURSOR_CHARACTERS
    assert written.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda some: some.hex()) | cursors.map(str))
def test_whatever_else_comes_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_cursor(text)
    assert refused.value.code is Code.VALIDATION_FAILED
    assert [one.field for one in refused.value.fields] == ["after"]


@given(cursors, st.data())
def test_a_cursor_that_was_changed_is_refused_or_another_one(cursor: Cursor, data: st.DataObject) -> None:
    written = write_cursor(cursor)
    at = data.draw(st.integers(0, len(written) - 1))
    changed = written[:at] + data.draw(st.sampled_from("AZaz09-_=+ ")) + written[at + 1 :]
    try:
        read = read_cursor(changed)
    except Refused:
        return
    assert (read == cursor) == (changed == written)


@pytest.mark.parametrize(
    ("rank", "score"), [(1, float("nan")), (1, float("inf")), (1, float("-inf")), (0, 0.5), (-1, 0.5), (101, 0.5)]
)
def test_a_place_that_is_none_is_refused(rank: int, score: float) -> None:
    with pytest.raises(Refused):
        read_cursor(write_cursor(Cursor(rank=rank, score=score, key="P")))
