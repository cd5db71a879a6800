"""What tells candidates apart."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from catalog.search.candidates import ProductHit
from service.recognition.verdict.differences import MOST, differences
from tests.unit.recognition.test_likelihood import likely, product

SCREWS: Final = [
    product("A-1", "Screws", thread="M6", length="20", gtin="111"),
    product("A-2", "Screws", thread="M6", length="30", gtin="222"),
    product("A-3", "Screws", thread="M8", length="40", gtin="333", coating="zinc"),
    product("B-1", "Nuts", thread="M8", length="20", gtin="444"),
]


def told(shown: list[ProductHit], *shares: float) -> dict[str, dict[str | None, tuple[str, ...]]] | None:
    found = likely(*zip(shown, shares, strict=True)) if shares else None
    fields = differences(shown, SCREWS, found)
    if fields is None:
        return None
    return {one.field: {some.value: some.part_numbers for some in one.values} for one in fields}


def test_fields_come_with_values_and_who_has_them() -> None:
    assert told(SCREWS[:3], 0.4, 0.3, 0.3) == {
        "metadata:length": {"20": ("A-1",), "30": ("A-2",), "40": ("A-3",)},
        "metadata:thread": {"M6": ("A-1", "A-2"), "M8": ("A-3",)},
        "metadata:coating": {None: ("A-1", "A-2"), "zinc": ("A-3",)},
        "metadata:gtin": {"111": ("A-1",), "222": ("A-2",), "333": ("A-3",)},
    }


def test_what_says_most_comes_first_and_what_identifies_last() -> None:
    assert list(told(SCREWS, 0.6, 0.02, 0.02, 0.36) or {}) == ["category", "metadata:thread", "metadata:gtin"]
    assert next(iter(told(SCREWS, 0.3, 0.3, 0.2, 0.2) or {})) == "metadata:length"
    assert list(told(SCREWS) or {})[-1] == "metadata:gtin"


def test_only_the_probable_are_told_apart() -> None:
    assert told(SCREWS[:3], 0.5, 0.45, 0.05) == {
        "metadata:length": {"20": ("A-1",), "30": ("A-2",)},
        "metadata:gtin": {"111": ("A-1",), "222": ("A-2",)},
    }


def test_nothing_known_is_not_the_same_as_nothing_to_tell() -> None:
    alike = [product("C-1", "Pins", length="5"), product("C-2", "Pins", length="5")]
    assert told(alike, 0.5, 0.5) == {}
    assert told(SCREWS[:1], 1.0) is None
    assert told([]) is None


metadata = st.dictionaries(st.sampled_from("abcdefghijkl"), st.sampled_from("xyz"))
catalogs = st.lists(st.tuples(st.none() | st.sampled_from(["p", "q"]), metadata, st.floats(0, 1)), max_size=6)


@given(catalogs, st.booleans())
def test_every_field_parts_the_candidates_and_names_each_once(
    rows: list[tuple[str | None, dict[str, str], float]], weighed: bool
) -> None:
    shown = [product(f"P-{place}", category, **values) for place, (category, values, _) in enumerate(rows)]
    shares = likely(*((one, row[2]) for one, row in zip(shown, rows, strict=True))) if weighed else None
    fields = differences(shown, shown, shares)
    if fields is None:
        assert len(shown) < 2
        return
    assert len(fields) <= MOST
    named = {tuple(sorted(number for some in one.values for number in some.part_numbers)) for one in fields}
    assert len(named) <= 1
    for one in fields:
        assert len({some.value for some in one.values}) == len(one.values) >= 2
        for some in one.values:
            for number in some.part_numbers:
                (bearer,) = (hit for hit in shown if hit.part_number == number)
                value = bearer.category if one.field == "category" else bearer.attributes.get(one.field[9:])
                assert value == some.value
