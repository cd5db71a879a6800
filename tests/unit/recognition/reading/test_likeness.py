"""Words are like each other as far as a reader may have read one for the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.recognition.reading.likeness import canonical, likeness, likenesses

LETTERS_AND_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"
CONFUSED = ("o0", "i1", "l1", "il", "s5", "b8", "z2", "g6")
words = st.text(LETTERS_AND_DIGITS, min_size=1, max_size=16)


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("vanilj", "vani1j", 1, 1),
        ("bel0rta", "belorta", 1, 1),
        ("5olo6", "sol06", 1, 1),
        ("vanilj", "vanill", 0.6, 0.8),
        ("yoghurt", "yogurt", 0.6, 0.8),
        ("milk", "silk", 0, 0),
        ("m6", "m8", 0, 0),
        ("6204", "6205", 0, 0),
        ("din912m8x40", "din912m8x45", 0, 0),
        ("abcde1", "abcde", 0, 0),
        ("vanilj", "choklad", 0, 0),
    ],
)
def test_what_is_read_for_each_other_is_alike_and_what_is_another_number_is_not(
    one: str, other: str, least: float, most: float
) -> None:
    assert least <= likeness(one, other) <= most


@given(words, words)
def test_likeness_is_symmetric_and_within_its_bounds(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == 1


@given(words, words, st.data())
def test_a_confusion_never_changes_a_likeness_upwards_or_downwards_of_equal_words(
    word: str, other: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    pair = next((pair for pair in CONFUSED if word[place] in pair), None)
    if pair is None:
        return
    swapped = pair[1] if word[place] == pair[0] else pair[0]
    misread = word[:place] + swapped + word[place + 1 :]
    assert canonical(misread) == canonical(word)
    assert likeness(misread, word) == 1
    assert likeness(misread, other) == 1 or likeness(word, other) < 1


@given(st.text("0123456789", min_size=1, max_size=10), st.text("0123456789", min_size=1, max_size=10))
def test_numbers_are_the_same_or_nothing(one: str, other: str) -> None:
    assert likeness(one, other) == float(one == other)


@given(st.lists(words, max_size=8), st.lists(words, max_size=8))
def test_many_at_once_are_as_one_by_one(some: list[str], others: list[str]) -> None:
    found = likenesses(some, others)
    assert found.shape == (len(some), len(others))
    assert all(found[i, j] == likeness(one, other) for i, one in enumerate(some) for j, other in enumerate(others))
