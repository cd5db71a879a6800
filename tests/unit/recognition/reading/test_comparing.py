"""What the text on an object says of candidates: what few of them bear says most."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.recognition.reading.comparing import Bearer, Read, compare
from service.recognition.reading.port import Line
from service.recognition.reading.words import Word, words_of_lines, words_of_product

VANILLA, CHOCOLATE, BERRIES = UUID(int=1), UUID(int=2), UUID(int=3)
CARTONS = {VANILLA: "Arla mild yoghurt vanilj", CHOCOLATE: "Arla mild yoghurt choklad", BERRIES: "Arla yoghurt bär"}
texts = st.lists(st.sampled_from(["arla", "mild", "vanilj", "choklad", "m8x40", "6204", "kg"]), max_size=6).map(
    " ".join
)


def read(*lines: str, confidence: float = 1.0) -> list[Word]:
    return words_of_lines(Line(text=text, confidence=confidence, outline=()) for text in lines)


def bearers(texts: dict[UUID, str], *unread: UUID) -> dict[UUID, Bearer]:
    return {
        product: Bearer(words=words_of_product([text]), unread=product in unread) for product, text in texts.items()
    }


def test_one_word_tells_two_cartons_apart() -> None:
    said = compare(read("ARLA", "VANILJ"), bearers(CARTONS))
    assert said[VANILLA].words == ("VANILJ",)
    assert said[VANILLA].distinctive == 1
    assert said[VANILLA].score > 0.4
    assert said[CHOCOLATE] == said[BERRIES] == Read()


def test_what_all_bear_says_nothing_and_what_some_bear_says_a_little() -> None:
    said = compare(read("Arla", "mild"), bearers(CARTONS))
    assert said[BERRIES] == Read()
    assert said[VANILLA] == said[CHOCOLATE]
    assert (said[VANILLA].words, said[VANILLA].distinctive) == (("mild",), 0)


@pytest.mark.parametrize("text", ["vanil j", "vani1j", "VANILJYOGHURT ARLA", "vaniljj"])
def test_split_merged_and_misread_words_are_known(text: str) -> None:
    products = {**CARTONS, VANILLA: "Arla vanilj-yoghurt"}
    said = compare(read(text), bearers(products))
    assert said[VANILLA].score > max(said[CHOCOLATE].score, said[BERRIES].score)


def test_a_part_number_outweighs_a_word() -> None:
    products = {VANILLA: "P-6204-2RS-C3", CHOCOLATE: "bearing", BERRIES: "P-6205-2RS-C3"}
    said = compare(read("6204-2RS C3", "bearing"), bearers(products))
    assert said[VANILLA].score > said[CHOCOLATE].score > 0
    assert said[VANILLA].score > said[BERRIES].score


def test_nothing_is_held_against_a_product_whose_pictures_are_not_read() -> None:
    known = compare(read("VANILJ"), bearers(CARTONS))
    waiting = compare(read("VANILJ"), bearers({**CARTONS, CHOCOLATE: ""}, CHOCOLATE))
    assert 0 < waiting[VANILLA].score < known[VANILLA].score
    all_wait = compare(read("VANILJ"), bearers({**CARTONS, CHOCOLATE: "", BERRIES: ""}, CHOCOLATE, BERRIES))
    assert all_wait[VANILLA].score == 0


def test_a_single_candidate_may_be_confirmed() -> None:
    said = compare(read("VANILJ"), bearers({VANILLA: "vanilj"}))
    assert said[VANILLA].score == pytest.approx(0.5)


def test_without_words_or_products_there_is_nothing_to_say() -> None:
    assert compare([], bearers(CARTONS)) == dict.fromkeys(CARTONS, Read())
    assert compare(read("vanilj"), {}) == {}
    assert compare(read("vanilj"), bearers({VANILLA: "", CHOCOLATE: ""}))[VANILLA] == Read()


@given(st.lists(texts, max_size=6), st.lists(texts, min_size=1, max_size=8), st.floats(0, 1))
def test_scores_are_within_their_bounds(photo: list[str], products: list[str], confidence: float) -> None:
    named = {uuid4(): text for text in products}
    said = compare(read(*photo, confidence=confidence), bearers(named))
    assert set(said) == set(named)
    assert all(0 <= one.score < 1 and one.distinctive >= 0 for one in said.values())
    assert all((one.score > 0) == bool(one.words) for one in said.values())


@given(st.lists(texts, min_size=1, max_size=6), st.lists(texts, min_size=2, max_size=8))
def test_confusions_lower_no_score(photo: list[str], products: list[str]) -> None:
    named = {UUID(int=place): text for place, text in enumerate(products)}
    misread = [text.translate(str.maketrans("oilsbzg", "0115826")) for text in photo]
    plain, confused = compare(read(*photo), bearers(named)), compare(read(*misread), bearers(named))
    assert {product: one.score for product, one in confused.items()} == pytest.approx(
        {product: one.score for product, one in plain.items()}
    )


@given(st.lists(texts, min_size=1, max_size=6), st.lists(texts, min_size=2, max_size=8))
def test_the_order_of_products_does_not_matter(photo: list[str], products: list[str]) -> None:
    named = bearers({UUID(int=place): text for place, text in enumerate(products)})
    backwards = compare(read(*photo), dict(reversed(named.items())))
    assert {product: one.score for product, one in compare(read(*photo), named).items()} == pytest.approx(
        {product: one.score for product, one in backwards.items()}
    )


@given(st.lists(texts, min_size=1, max_size=6), st.lists(texts, min_size=2, max_size=8), texts)
def test_more_of_what_a_product_bears_never_speaks_against_it(photo: list[str], products: list[str], more: str) -> None:
    named = bearers({UUID(int=place): text for place, text in enumerate(products)})
    before, after = compare(read(*photo), named), compare(read(*photo, more), named)
    bearing = [product for product, one in named.items() if set(more.split()) <= one.words]
    assert all(after[product].score >= before[product].score - 1e-9 for product in bearing)


def test_what_a_product_does_not_bear_speaks_against_it_within_bounds() -> None:
    clean, mixed, flood = (
        compare(read("VANILJ", *more), bearers(CARTONS))[VANILLA].score
        for more in ((), ("jordgubb",), [f"word{letter}{letter}" for letter in "abcdefghijkl"])
    )
    assert clean > mixed > flood > 0.2
    absent = compare(read("Arla", "mild", "jordgubb"), bearers(CARTONS))
    assert max(one.score for one in absent.values()) < 0.2
