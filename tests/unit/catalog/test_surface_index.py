"""The index in memory against a double loop, and its changes against an index built anew."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.search.surface import index as index_module
from catalog.search.surface import segment as segment_module
from catalog.search.surface.index import SurfaceIndex, build_index
from catalog.search.surface.kernel import KernelParameters
from catalog.search.surface.segment import Entry, build_segment
from catalog.search.surface.signatures import QuerySignatures, Signatures

WORDS = 12
"""Few, so that pictures have words in common. The last ones are the largest possible."""
VOCABULARY = [*range(WORDS - 2), 65_534, 65_535]

Reference = tuple[Entry, Signatures]


def drawn(seed: int, words: Sequence[int]) -> Signatures:
    """Signatures of which any two share most signs, so that words count."""
    rng = np.random.default_rng([seed, *words])
    bits = np.full((len(words), 2), 0x0F0F_F0F0_1234_5678, np.uint64)
    for _ in range(int(rng.integers(0, 90))):
        bits ^= np.uint64(1) << rng.integers(0, 64, (len(words), 2), dtype=np.uint64)
    return Signatures(np.array(words, np.uint16), bits)


def entry(number: int, product: int = 0) -> Entry:
    return Entry(UUID(int=number), UUID(int=1_000 + product), f"features/{number}")


def gallery(count: int, seed: int = 0) -> list[Reference]:
    rng = np.random.default_rng(seed)
    chosen = [np.sort(rng.choice(VOCABULARY, rng.integers(0, WORDS + 1), replace=False)) for _ in range(count)]
    return [(entry(i, i // 2), drawn(seed + i, words.tolist())) for i, words in enumerate(chosen)]


word_lists = st.lists(st.sampled_from(VOCABULARY), unique=True).map(sorted)
pictures = st.builds(drawn, st.integers(0, 1_000), word_lists)
queries = st.builds(
    lambda picture, seed: QuerySignatures(
        picture.words, picture.bits, np.random.default_rng(seed).random(len(picture)).astype(np.float32)
    ),
    pictures,
    st.integers(0, 1_000),
)
parameters = st.builds(
    KernelParameters,
    alpha=st.floats(0, 6),
    tau=st.floats(0, 0.9),
    idf_power=st.floats(0, 2),
    norm_power=st.floats(0, 1),
    fine_above=st.sampled_from([-1, 1_000]),
)
FINE = KernelParameters(fine_above=-1)


def as_asked(query: QuerySignatures, index: SurfaceIndex) -> QuerySignatures:
    """The same query under the words that the index compares."""
    if index.fine:
        return query
    words, first = np.unique(query.words >> 3, return_index=True)
    return QuerySignatures(words, query.bits[first], query.weights[first])


def naive(query: QuerySignatures, pictures: Sequence[Signatures], parameters: KernelParameters) -> list[float]:
    """The kernel as its formula says, in plain Python."""
    level = 0 if len(pictures) > parameters.fine_above else 3
    having = {
        word >> level: sum(np.count_nonzero(picture.words >> level == word >> level) for picture in pictures)
        for word in VOCABULARY
    }
    most = len(pictures)
    weights = {
        word: float(np.log((most + 1) / (min(df, most) + 0.5))) ** parameters.idf_power for word, df in having.items()
    }
    asked = {int(word): i for i, word in enumerate(query.words)}
    norm = sum(float(query.weights[i]) * weights[word] for word, i in asked.items()) ** (1 - parameters.norm_power)
    scores = []
    for picture in pictures:
        total = 0.0
        for row, word in enumerate((picture.words >> level).tolist()):
            if word in asked:
                i = asked[word]
                pairs = zip(picture.bits[row].tolist(), query.bits[i].tolist(), strict=True)
                similarity = 1 - 2 * sum((a ^ b).bit_count() for a, b in pairs) / 128
                if similarity > parameters.tau:
                    total += float(query.weights[i]) * weights[word] * similarity**parameters.alpha
        itself = sum(weights[word] for word in (picture.words >> level).tolist()) ** parameters.norm_power
        scores.append(min(1.0, total / ((norm or 1) * (itself if len(picture) else 1))))
    return scores


@given(st.lists(pictures, max_size=12), queries, parameters)
def test_scores_are_those_of_the_formula(
    gallery: list[Signatures], query: QuerySignatures, parameters: KernelParameters
) -> None:
    index = build_index([(entry(i), picture) for i, picture in enumerate(gallery)], parameters)
    query = as_asked(query, index)
    expected = naive(query, gallery, parameters)
    assert [one.reference_id.int for one in index.entries] == list(range(len(gallery)))
    np.testing.assert_allclose(index.score(query), expected, rtol=1e-4, atol=1e-6)
    best = sorted((-score, i) for i, score in enumerate(index.score(query).tolist()) if score > 0)
    assert [(-hit.score, hit.reference_id.int) for hit in index.top(query, 5)] == best[:5]


@given(st.lists(pictures, min_size=1, max_size=8), parameters)
def test_a_picture_scores_one_with_itself_and_nothing_scores_more(
    gallery: list[Signatures], parameters: KernelParameters
) -> None:
    fine = replace(parameters, fine_above=-1)
    index = build_index([(entry(i), picture) for i, picture in enumerate(gallery)], fine)
    for row, picture in enumerate(gallery):
        scores = index.score(QuerySignatures.of(picture))
        assert scores[row] == pytest.approx(1.0 if len(picture) else 0.0, abs=1e-4)
        assert scores.max() <= 1.0001


def test_several_signatures_of_one_coarse_word_give_no_more_than_one() -> None:
    bits = np.full((8, 2), 5, np.uint64)
    repeated = (entry(0), Signatures(np.arange(8, dtype=np.uint16), bits))
    others = [(entry(i), Signatures(np.array([8 * i], np.uint16), bits[:1])) for i in range(1, 20)]
    index = build_index([repeated, *others])
    hits = index.top(QuerySignatures(np.zeros(1, np.uint16), bits[:1], np.ones(1, np.float32)), 5)
    assert [(hit.reference_id.int, hit.score) for hit in hits] == [(0, 1.0)]


def small_segments(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(segment_module, "MOST_REFERENCES", most)
    monkeypatch.setattr(index_module, "MOST_REFERENCES", most)


steps = st.lists(
    st.tuples(st.lists(st.integers(0, 30), max_size=8, unique=True), st.sets(st.integers(0, 30), max_size=5)),
    max_size=12,
)


@pytest.mark.parametrize("most", [5, 16_384])
def test_changes_lead_where_building_leads(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    small_segments(monkeypatch, most)

    @settings(max_examples=60)
    @given(steps)
    def check(steps: list[tuple[list[int], set[int]]]) -> None:
        index, held = SurfaceIndex(FINE), dict[int, Reference]()
        for age, (numbers, removed) in enumerate(steps):
            # The same number again has other signatures: it replaces.
            put = [
                (entry(n, age), drawn(age, sorted({VOCABULARY[(n * i + age) % WORDS] for i in range(n)})))
                for n in numbers
            ]
            index = index.changed(put, [UUID(int=n) for n in removed])
            held = {n: one for n, one in held.items() if n not in removed}
            held |= dict(zip(numbers, put, strict=True))
        query = QuerySignatures.of(drawn(3, VOCABULARY))
        same_as_built(index, list(held.values()), query)

    check()


def same_as_built(index: SurfaceIndex, references: Sequence[Reference], query: QuerySignatures) -> None:
    built = build_index(references, FINE)
    assert len(index) == len(built) == len(index.entries)
    scores = dict(zip([one.reference_id for one in built.entries], built.score(query).tolist(), strict=True))
    exact = index.reweighted()
    found = dict(zip([one.reference_id for one in exact.entries], exact.score(query).tolist(), strict=True))
    assert found == pytest.approx(scores, rel=1e-5)
    of_product: dict[UUID, list[float]] = {UUID(int=1): []}
    for one in exact.entries:
        of_product.setdefault(one.product_id, []).append(found[one.reference_id])
    for product, (best, together) in exact.scores(query).of_products(of_product).items():
        assert best == max(of_product[product], default=0)
        assert together == pytest.approx(math.hypot(*of_product[product]))
    assert {one.reference_id: one for one in exact.entries} == {one.reference_id: one for one in built.entries}


def test_old_weights_are_near_and_come_up_to_date() -> None:
    references = gallery(400)
    index = build_index(references[:396], FINE)
    late = index.changed(references[396:])
    query = QuerySignatures.of(references[398][1])
    assert late.drift == 4
    assert late.word_weights is index.word_weights
    np.testing.assert_allclose(late.score(query), late.reweighted().score(query), atol=0.01)
    later = late.changed([], [one.reference_id for one, _ in references[:40]])
    assert later.drift == 0
    same_as_built(later, references[40:], query)
    np.testing.assert_array_equal(later.score(query), later.reweighted().score(query))


def test_an_index_is_not_changed_by_its_changes() -> None:
    references = gallery(60)
    index = build_index(references[:50], FINE)
    query = QuerySignatures.of(references[7][1])
    before = index.score(query)
    index.changed(references[50:], [references[7][0].reference_id]).changed([], [UUID(int=3)])
    np.testing.assert_array_equal(index.score(query), before)


def test_segments_stay_few_and_removed_references_leave_memory() -> None:
    references = gallery(600)
    index = SurfaceIndex(FINE)
    for reference in references:
        index = index.changed([reference])
    assert len(index) == 600
    assert len(index.parts) <= 6
    full = sum(len(part.segment.rows) for part in index.parts)
    for one, _ in references[:-1]:
        index = index.changed([], [one.reference_id])
    assert len(index) == 1
    assert sum(len(part.segment.rows) for part in index.parts) < full / 50
    assert index.changed([], [references[-1][0].reference_id]).parts == ()


def test_products_narrow_what_is_found() -> None:
    references = gallery(80)
    index = build_index(references, FINE)
    query = QuerySignatures.of(references[40][1])
    everything = index.top(query, 80)
    wanted = {hit.product_id for hit in everything[10:14]}
    expected = [hit for hit in everything if hit.product_id in wanted]
    assert index.top(query, 3, products=wanted) == expected[:3]
    assert index.top(query, 80, products=wanted) == expected
    assert index.top(query, 3, products=frozenset()) == []


def test_long_postings_are_scored_in_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    references = gallery(200)
    query = QuerySignatures.of(references[11][1])
    whole = build_index(references, FINE).score(query)
    monkeypatch.setattr(segment_module, "POSTINGS_AT_ONCE", 70)
    np.testing.assert_allclose(build_index(references, FINE).score(query), whole, rtol=1e-6)


@pytest.mark.parametrize(
    "make",
    [lambda: SurfaceIndex(FINE), lambda: build_index([], FINE), lambda: SurfaceIndex(FINE).changed()],
)
def test_an_empty_index_finds_nothing(make: Callable[[], SurfaceIndex]) -> None:
    index = make()
    query = QuerySignatures.of(drawn(1, VOCABULARY))
    assert (len(index), index.top(query, 5), index.score(query).shape) == (0, [], (0,))
    assert index.scores(query).of_products([UUID(int=1)]) == {UUID(int=1): (0, 0)}


def test_a_segment_takes_no_more_than_its_rows_can_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_module, "MOST_REFERENCES", 3)
    references = gallery(4)
    with pytest.raises(ValueError, match="4 references"):
        build_segment([one for one, _ in references], [signatures for _, signatures in references])


def test_a_catalog_that_grows_is_compared_by_fine_words() -> None:
    references = gallery(40)
    small = build_index(references[:10], KernelParameters(fine_above=20))
    grown = small.changed(references[10:])
    assert (small.fine, grown.fine) == (False, True)
    query = QuerySignatures.of(references[30][1])
    np.testing.assert_allclose(grown.score(query), build_index(references, FINE).score(query), rtol=1e-6)


def test_references_are_found_by_id_while_they_are_in() -> None:
    references = gallery(20)
    index = build_index(references).changed([], [references[3][0].reference_id])
    asked = [references[at][0].reference_id for at in (2, 3, 7)] + [UUID(int=999_999)]
    assert index.entries_of(asked) == {references[at][0].reference_id: references[at][0] for at in (2, 7)}
