"""Texts become words that can be compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.recognition.reading.port import Line
from service.recognition.reading.words import (
    MOST_CHARACTERS,
    MOST_OF_PRODUCT,
    MOST_WORDS,
    folded,
    words_of_lines,
    words_of_product,
)


def line(text: str, confidence: float = 1.0) -> Line:
    return Line(text=text, confidence=confidence, outline=((0, 0), (1, 0), (1, 1), (0, 1)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MELLANMJÖLK", ["mellanmjolk"]),
        ("Mild Vanilj-Yoghurt", ["mild", "vanilj", "yoghurt"]),
        ("M8 × 40", ["m8x40"]),
        ("8 - x - 40", ["8x40"]),
        ("Straße Łódź ﬁne", ["strasse", "lodz", "fine"]),
        ("va\u00adnilj vani\u0301lj", ["vanilj", "vanilj"]),
        ("ΟΔΟΣ Ørsted", ["οδοσ", "orsted"]),
        ("— · !", []),
    ],
)
def test_case_accents_and_dashes_do_not_matter(text: str, words: list[str]) -> None:
    assert folded(text) == words


def test_a_word_stands_beside_what_it_makes_with_its_neighbours() -> None:
    first, second = sorted(words_of_lines([line("VANIL J")]), key=lambda word: word.text, reverse=True)
    assert (first.text, first.forms, first.shown) == ("vanil", ("vanil", "vanilj"), "VANIL")
    assert (second.text, second.forms) == ("j", ("j", "vanilj"))
    assert words_of_product(["mild vanilj"]) == {"mild", "vanilj", "mildvanilj"}


def test_a_number_in_parts_is_a_word_too() -> None:
    words = {word.text: word.weight for word in words_of_lines([line("SKF 6204-2RS/C3")])}
    assert words["62042rsc3"] == max(words.values())
    assert "62042rsc3" in words_of_product(["6204-2RS-C3"])


def test_one_character_alone_is_no_word() -> None:
    assert words_of_lines([line("A"), line("小")]) == []


def test_a_word_that_is_read_twice_counts_once_as_it_was_read_best() -> None:
    (word,) = words_of_lines([line("vanilj", 0.7), line("VANILJ", 0.9), line("Vani1j", 0.8)])
    assert word.shown == "VANILJ"
    assert word.weight == pytest.approx(0.9)


def test_longer_words_weigh_more_and_not_without_end() -> None:
    short, long, endless = (words_of_lines([line(text)])[0].weight for text in ("M8", "vaniljglass", "x" * 80))
    assert short < long < endless == 2.0


@given(st.lists(st.text(max_size=60), max_size=30), st.floats(0, 1))
def test_whatever_is_read_gives_words_within_bounds(texts: list[str], confidence: float) -> None:
    words = words_of_lines([line(text, confidence) for text in texts])
    assert len(words) <= MOST_WORDS
    assert len({word.text for word in words}) == len(words)
    assert all(0 <= word.weight <= 2 and word.text in word.forms for word in words)
    known = words_of_product(texts)
    assert len(known) <= MOST_OF_PRODUCT
    assert all(len(word) >= 2 for word in known)


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = folded(text)
    assert "".join(folded(" ".join(once))) == "".join(once)


def test_characters_that_count_have_an_end() -> None:
    assert words_of_lines([line("x" * MOST_CHARACTERS)])[0].weight == words_of_lines([line("x" * 50)])[0].weight
