"""How probable candidates are, which labels they bear, and what can be said where none is certain."""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.search.candidates import ProductHit, ReferenceFacts
from service.bootstrap import FUSION, LABELS
from service.recognition.channels import Channel
from service.recognition.embedding.bundle import open_bundle
from service.recognition.fusion import Evidence, FusionModel
from service.recognition.pooling import Pooled
from service.recognition.ranking import rank
from service.recognition.surface.verification import Verified
from service.recognition.verdict.coarse import CERTAIN_FROM, coarse
from service.recognition.verdict.judge import Verdict
from service.recognition.verdict.labels import labelled
from service.recognition.verdict.likelihood import (
    ANY,
    Likelihood,
    LikelihoodInvalid,
    LikelihoodModel,
    LikelihoodModels,
    Likely,
    Manner,
    Place,
    Seen,
    likelihood,
    look,
)
from service.recognition.verdict.statements import Statement, designations, paths
from service.settings import STARTER_BUNDLE

WEIGHTS = FusionModel.load(FUSION)
SHIPPED = LikelihoodModels.load(LABELS)


def product(number: str, category: str | None = None, **metadata: str) -> ProductHit:
    return ProductHit(
        product_id=UUID(int=abs(hash(number)) % 2**64),
        part_number=number,
        name="",
        description=None,
        category=category,
        superseded_by=None,
        attributes=metadata,
        reference=ReferenceFacts(id=UUID(int=1), width=1, height=1, role="catalog"),
        score=0.0,
    )


def likely(*shares: tuple[ProductHit, float]) -> Likelihood:
    return Likelihood(products=tuple(Likely(product=one, exact=kind / 2, kind=kind) for one, kind in shares), basis="b")


evidence = st.builds(
    Evidence,
    image=st.floats(-1, 1),
    kernel=st.none() | st.floats(0, 1),
    kernel_sum=st.floats(0, 3),
    verified=st.none()
    | st.builds(Verified, matches=st.integers(0, 900), inliers=st.integers(0, 600), distinct=st.floats(0, 50)),
)
CHECKED = Evidence(image=0.3, kernel=0.1, kernel_sum=0.2, verified=Verified(matches=200, inliers=40, distinct=3))
fusions = st.sampled_from([WEIGHTS, None])
models = st.sampled_from(SHIPPED.models)


@settings(deadline=None)  # a busy machine takes longer for the first
@given(st.lists(evidence, min_size=1, max_size=30), fusions, models)
def test_shares_are_probabilities_that_agree_with_the_scores(
    candidates: list[Evidence], fusion: FusionModel | None, model: LikelihoodModel
) -> None:
    seen = look([candidates], fusion)
    exact, kind = model.shares(seen)
    for shares in (exact, kind):
        assert all(0 <= share <= 1 for share in shares)
        assert sum(shares) <= 1 + 1e-9
        ranked = sorted(zip(seen.scores, shares, strict=True))
        assert all(worse <= better + 1e-9 for (_, worse), (_, better) in pairwise(ranked))
    assert all(one <= of_kind + 1e-9 for one, of_kind in zip(exact, kind, strict=True))


@settings(deadline=None)  # a busy machine takes longer for the first
@given(
    st.lists(evidence, min_size=2, max_size=10).map(lambda some: ([*some, CHECKED], WEIGHTS))
    | st.tuples(st.lists(st.builds(Evidence, image=st.floats(0.5, 0.51)), min_size=2, max_size=10), fusions),
    models,
)
def test_a_unit_of_what_ranks_is_worth_as_much_as_is_said(
    asked: tuple[list[Evidence], FusionModel | None], model: LikelihoodModel
) -> None:
    candidates, fusion = asked
    pooled = [
        Pooled(product=product(f"P-{at}"), evidence=(one,), photo=0, matched_by=(Channel.IMAGE,))
        for at, one in enumerate(candidates)
    ]
    found = likelihood(pooled, 1, fusion=fusion, model=model)
    assert found is not None
    assert found.unit > 0
    ranked, _ = rank(pooled, 1, None, {}, fusion=fusion, thresholds=None)
    scores = {one.product.part_number: one.score for one in ranked}
    for one, other in pairwise(share for share in found.products if share.exact > 1e-200):
        apart = scores[one.product.part_number] - scores[other.product.part_number]
        assert math.log(one.exact / other.exact) == pytest.approx(apart / found.unit, abs=1e-4)


@settings(deadline=None)  # a busy machine takes longer for the first
@given(st.lists(st.tuples(evidence, st.floats(-8, 0)), min_size=1, max_size=10), fusions)
def test_what_size_puts_first_is_not_ruled_out_for_it(
    candidates: list[tuple[Evidence, float]], fusion: FusionModel | None
) -> None:
    pooled = [
        Pooled(product=product(f"P-{at}"), evidence=(one,), photo=0, matched_by=(Channel.IMAGE,))
        for at, (one, _) in enumerate(candidates)
    ]
    sized = {one.product.product_id: lift for one, (_, lift) in zip(pooled, candidates, strict=True)}
    _, by_looks = rank(pooled, 1, None, {}, fusion=fusion, thresholds=None)
    ranked, judgement = rank(pooled, 1, None, {}, fusion=fusion, thresholds=None, sized=sized)
    assert (judgement.verdict is Verdict.NO_MATCH) <= (by_looks.verdict is Verdict.NO_MATCH)
    assert judgement.logit is None
    assert all(worse.score <= better.score for better, worse in pairwise(ranked))


@settings(deadline=None)  # a busy machine takes longer for the first
@given(st.lists(evidence, min_size=1, max_size=10), fusions, models)
def test_labels_of_a_field_are_sums_of_products(
    candidates: list[Evidence], fusion: FusionModel | None, model: LikelihoodModel
) -> None:
    pooled = [
        Pooled(product=product(f"P-{at}", f"{at % 3}"), evidence=(one,), photo=0, matched_by=(Channel.IMAGE,))
        for at, one in enumerate(candidates)
    ]
    found = likelihood(pooled, 1, fusion=fusion, model=model)
    assert found is not None
    for by, all_of in (("product", len(candidates)), ("category", min(3, len(candidates)))):
        answer = labelled(found, by, 50)
        assert len(answer.nearest) == all_of
        assert sum(one.probability for one in answer.nearest) + answer.something_else == pytest.approx(1)
    by_category = {one.label: one.probability for one in labelled(found, "category", 50).nearest}
    for category, probability in by_category.items():
        bearing = [one.kind for one in found.products if one.product.category == category]
        assert probability == pytest.approx(sum(bearing))


FITTING = Verified(matches=160, inliers=120, distinct=20, detail=0.5)


def test_what_fits_by_geometry_is_more_probable_than_what_does_not() -> None:
    rest = [Evidence(image=0.6, kernel=0.01, kernel_sum=0.01, verified=Verified(matches=60)) for _ in range(9)]
    fits = Evidence(image=0.7, kernel=0.2, kernel_sum=0.2, verified=FITTING)
    loose = Evidence(image=0.7, kernel=0.02, kernel_sum=0.02, verified=Verified(matches=60))
    model = SHIPPED.of(ANY)
    (sure, *_), _ = model.shares(look([[fits, *rest]], WEIGHTS))
    (unsure, *_), _ = model.shares(look([[loose, *rest]], WEIGHTS))
    assert sure > 0.9 > unsure


@pytest.mark.parametrize(
    ("candidate", "manner"),
    [
        (Evidence(image=0.5), Manner.ALONE),
        (Evidence(image=0.5, kernel=0.0), Manner.ALONE),
        (Evidence(image=0.5, kernel=0.1), Manner.UNCHECKED),
        (Evidence(image=0.5, kernel=0.1, verified=Verified(matches=9, inliers=0)), Manner.FITTING),
    ],
)
def test_the_manner_is_what_answered(candidate: Evidence, manner: Manner) -> None:
    assert look([[candidate]], WEIGHTS).manner is manner
    assert look([[candidate]], None).manner is Manner.ALONE


def test_a_bundle_that_was_not_fitted_on_is_not_judged_by_its_cosines() -> None:
    other = SHIPPED.of("some other bundle")
    assert other.bundle == ANY
    assert all(place.cosine == 0 for place in (other.alone, other.unchecked, other.apart, other.fitting))


def test_the_shipped_starter_was_fitted_on() -> None:
    identity = open_bundle(STARTER_BUNDLE).identity
    assert SHIPPED.of(identity).bundle == identity, "another starter: run photocode starter fusion"
    assert "photocode starter fusion" in SHIPPED.of(identity).source


def test_between_two_places_there_is_every_degree() -> None:
    near, far = Place(scale=1, something_else=0, another_kind=-1), Place(scale=3, something_else=4, another_kind=1)
    model = LikelihoodModel(bundle=ANY, alone=near, unchecked=near, apart=near, fitting=far, text_scale=1, source="")
    seen = Seen(manner=Manner.FITTING, scores=[0.0], fitting=0.5, cosine=None, texture=0.0)
    assert model.place(seen) == Place(scale=2, something_else=2, another_kind=0)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"models": []}', LABELS.read_bytes().replace(b'"scale"', b'"size"')])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels.json").write_bytes(content)
    with pytest.raises(LikelihoodInvalid):
        LikelihoodModels.load(tmp_path / "labels.json")


def test_without_candidates_everything_is_something_else() -> None:
    found = likelihood([], 1, fusion=WEIGHTS, model=SHIPPED.of(ANY))
    assert found is not None
    answer = labelled(found, "product", 5)
    assert (answer.nearest, answer.something_else) == ((), 1.0)
    assert coarse(found) is None


def test_a_product_without_the_field_is_something_else() -> None:
    found = likely((product("A", "Screws"), 0.5), (product("B"), 0.4))
    answer = labelled(found, "category", 5)
    assert [one.label for one in answer.nearest] == ["Screws"]
    assert answer.something_else == pytest.approx(0.5)
    assert labelled(found, "metadata:nothing", 5).nearest == ()


@pytest.mark.parametrize(
    ("number", "begins"),
    [
        ("ISO 4762 - M6x20", ["ISO 4762"]),
        ("ISO 7380-1 - M8x16", ["ISO 7380-1", "ISO 7380"]),
        ("DIN EN 1665 - M8x25", ["DIN EN 1665"]),
        ("ASME B16.5 - Blind flange NPS 3 Class 150", ["ASME B16.5"]),
        ("AB-40x40x30-1", ["AB-40x40x30", "AB"]),
        ("P-red", []),
        ("101189719", []),
        ("4711-0815", []),
        ("M8x40", []),
        ("-", []),
        ("", []),
    ],
)
def test_what_a_part_number_begins_with(number: str, begins: Sequence[str]) -> None:
    assert designations(number) == begins


@given(st.text(max_size=40))
def test_designations_are_beginnings(number: str) -> None:
    assert all(number.startswith(one) and len(one) < len(number) for one in designations(number))
    assert all(longer.startswith(shorter) for longer, shorter in pairwise(designations(number)))


def test_categories_may_have_levels() -> None:
    assert paths("Screws/ISO 4762/M6") == ["Screws/ISO 4762/M6", "Screws/ISO 4762", "Screws"]
    assert paths("Nuts") == ["Nuts"]
    assert paths("") == paths("/") == []


SCREWS = [
    (product("ISO 4762 - M6x20", "Screws", standard="ISO 4762", thread="M6"), 0.5),
    (product("ISO 4762 - M8x30", "Screws", standard="ISO 4762", thread="M8"), 0.42),
    (product("ISO 4017 - M8x30", "Screws", standard="ISO 4017", thread="M8"), 0.04),
]


def test_a_coarse_answer_says_what_is_certain_and_what_is_not() -> None:
    answer = coarse(likely(*SCREWS))
    assert answer is not None
    assert [(one.statement, round(one.probability, 2)) for one in answer.certain] == [
        (Statement("category", "Screws"), 0.96),
        (Statement("partNumber", "ISO 4762"), 0.92),
        (Statement("metadata:standard", "ISO 4762"), 0.92),
    ]
    assert answer.uncertain == ("metadata:thread",)
    assert answer.probability == pytest.approx(0.92)


def test_all_that_is_certain_is_certain_together() -> None:
    """Each of the two holds with 0.92, both with 0.84 only."""
    answer = coarse(
        likely(
            (product("A", "Gears", colour="red"), 0.44),
            (product("B", "Gears", colour="red"), 0.40),
            (product("C", "Gears", colour="blue"), 0.08),
            (product("D", "Knobs", colour="red"), 0.08),
        )
    )
    assert answer is not None
    assert [one.statement for one in answer.certain] == [Statement("category", "Gears")]
    assert answer.uncertain == ()


def test_a_level_above_is_certain_where_the_lowest_is_not() -> None:
    answer = coarse(likely((product("A", "Screws/M6"), 0.5), (product("B", "Screws/M8"), 0.45)))
    assert answer is not None
    assert [one.statement.value for one in answer.certain] == ["Screws"]
    assert answer.uncertain == ("category",)


def test_one_products_own_metadata_are_nothing_broader() -> None:
    assert coarse(likely((product("A", colour="red"), 0.95), (product("B", colour="blue"), 0.02))) is None


numbers = st.sampled_from(["ISO 1 - A", "ISO 1 - B", "ISO 2 - A", "X-1", "X-2", "plain"])
values = st.none() | st.sampled_from(["a", "a/b", "a/c", "b"])
candidates = st.lists(
    st.tuples(numbers, values, st.dictionaries(st.sampled_from("kl"), st.sampled_from("xy")), st.floats(0.01, 1)),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one[0],
)


@settings(deadline=None)
@given(candidates, st.floats(0.5, 1))
def test_a_coarse_answer_never_says_more_than_the_candidates(
    drawn: list[tuple[str, str | None, dict[str, str], float]], present: float
) -> None:
    whole = sum(share for *_, share in drawn)
    found = likely(
        *((product(number, category, **more), share / whole * present) for number, category, more, share in drawn)
    )
    answer = coarse(found)
    if present < CERTAIN_FROM:
        assert answer is None
    if answer is not None:
        assert CERTAIN_FROM <= answer.probability <= 1 + 1e-9
        assert all(one.probability >= answer.probability - 1e-9 for one in answer.certain)
        fields = [one.statement.field for one in answer.certain]
        assert len(set(fields)) == len(fields)
