"""Evidence put together: what ranks first, and how sure one is of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.bootstrap import FUSION
from service.recognition.fusion import (
    CERTAINTY,
    DOUBTED_UP_TO,
    MEASURES,
    MOST_MARGIN,
    READ_WEIGHT,
    SMOOTH_UP_TO,
    TEXTURED_FROM,
    TRUSTED_FROM,
    Evidence,
    FusionInvalid,
    FusionModel,
    certainty,
    measures,
)
from service.recognition.reading.comparing import Read
from service.recognition.surface.appearance import Appearance
from service.recognition.surface.verification import Verified

SHIPPED = FusionModel.load(FUSION)


def checked(inliers: int, *, distinct: float = 0.0, chroma: float = 0.0) -> Verified:
    return Verified(
        matches=inliers + 20,
        inliers=inliers,
        distinct=distinct,
        appearance=Appearance(lightness=chroma, chroma=chroma, colour=max(chroma, 0)),
    )


evidence = st.builds(
    Evidence,
    image=st.floats(-1, 1),
    kernel=st.floats(0, 1),
    kernel_sum=st.floats(0, 3),
    verified=st.none() | st.builds(checked, st.integers(0, 600), distinct=st.floats(0, 50), chroma=st.floats(-1, 1)),
    read=st.none() | st.builds(Read, score=st.floats(0, 1)),
)


def test_what_geometry_confirms_comes_before_what_only_looks_alike() -> None:
    alike = Evidence(image=0.9, kernel=0.05, kernel_sum=0.05, verified=checked(0))
    confirmed = Evidence(image=0.7, kernel=0.12, kernel_sum=0.12, verified=checked(80, distinct=10, chroma=0.9))
    scores = SHIPPED.scores([[alike, confirmed]])
    assert scores[1] > scores[0]
    assert SHIPPED.logit([[alike, confirmed]], scores, 1) > SHIPPED.logit([[alike]], SHIPPED.scores([[alike]]), 0)


def test_of_siblings_with_the_same_print_the_colours_decide() -> None:
    right = Evidence(image=0.8, kernel=0.10, kernel_sum=0.10, verified=checked(60, distinct=2, chroma=0.9))
    sibling = Evidence(image=0.8, kernel=0.10, kernel_sum=0.10, verified=checked(60, distinct=2, chroma=-0.1))
    scores = SHIPPED.scores([[sibling, right]])
    assert scores[1] > scores[0]


@given(st.lists(evidence, min_size=1, max_size=12))
def test_scores_and_probabilities_are_finite_for_any_evidence(candidates: list[Evidence]) -> None:
    scores = SHIPPED.scores([candidates])
    assert len(scores) == len(candidates) == len(measures(candidates))
    assert all(abs(score) < 1e6 for score in scores)
    assert 0 <= SHIPPED.probability(SHIPPED.logit([candidates], scores, len(candidates) - 1)) <= 1
    assert len(certainty([candidates], scores, 0)) == len(CERTAINTY)


@given(st.lists(evidence, min_size=2, max_size=8), st.randoms())
def test_the_order_of_candidates_does_not_matter(candidates: list[Evidence], random: object) -> None:
    backwards = SHIPPED.scores([candidates[::-1]])[::-1]
    assert SHIPPED.scores([candidates]) == pytest.approx(backwards)


@given(evidence, st.integers(1, 300))
def test_more_inliers_never_make_a_candidate_worse(one: Evidence, more: int) -> None:
    other = Evidence(image=0.5, kernel=0.1, kernel_sum=0.1, verified=checked(TRUSTED_FROM))
    plain = Evidence(image=one.image, kernel=one.kernel, kernel_sum=one.kernel_sum, verified=None)
    seen = Evidence(image=one.image, kernel=one.kernel, kernel_sum=one.kernel_sum, verified=checked(more))
    before, after = SHIPPED.scores([[plain, other]]), SHIPPED.scores([[seen, other]])
    assert after[0] >= before[0] - 1e-9


@given(evidence, evidence, st.integers(0, DOUBTED_UP_TO), st.integers(0, DOUBTED_UP_TO))
def test_where_nothing_fits_by_geometry_the_image_alone_decides(
    one: Evidence, other: Evidence, first: int, second: int
) -> None:
    seen = [replace(one, verified=checked(first), read=None), replace(other, verified=checked(second), read=None)]
    bare = [Evidence(image=one.image), Evidence(image=other.image)]
    (ours, theirs), (ours_bare, theirs_bare) = SHIPPED.scores([seen]), SHIPPED.scores([bare])
    assert ours - theirs == pytest.approx(ours_bare - theirs_bare)


def test_recall_counts_where_there_is_much_to_compare_and_nothing_fits() -> None:
    """Of a blurred package it knows more than the image, of a smooth part it does not."""

    def first_of(pairs: int) -> int:
        seen = Verified(matches=pairs, inliers=0)
        nearer = Evidence(image=0.62, kernel=0.0002, kernel_sum=0.0002, verified=seen)
        recalled = Evidence(image=0.6, kernel=0.002, kernel_sum=0.002, verified=seen)
        further = Evidence(image=0.3, verified=seen)
        scores = SHIPPED.scores([[nearer, recalled, further]])
        return scores.index(max(scores))

    assert first_of(SMOOTH_UP_TO) == 0
    assert first_of(TEXTURED_FROM) == 1


def test_local_features_count_where_geometry_was_not_asked() -> None:
    shared, not_shared = Evidence(kernel=0.2, kernel_sum=0.2), Evidence(kernel=0.01, kernel_sum=0.01)
    scores = SHIPPED.scores([[not_shared, shared]])
    assert scores[1] > scores[0]


def test_two_photos_that_agree_are_surer_than_two_that_do_not() -> None:
    """Each photo for itself is as sure in either case."""
    first, second = Evidence(image=0.8), Evidence(image=0.6)
    for_one, for_other = [first, second], [second, first]
    agreeing, disagreeing = [for_one, for_one], [for_one, for_other]
    assert SHIPPED.scores(agreeing) == pytest.approx(SHIPPED.scores([for_one]))
    sure = SHIPPED.logit(agreeing, SHIPPED.scores(agreeing), 0)
    assert sure == pytest.approx(SHIPPED.logit([for_one], SHIPPED.scores([for_one]), 0))
    assert sure > SHIPPED.logit(disagreeing, SHIPPED.scores(disagreeing), 0)


@given(st.tuples(evidence, evidence))
def test_another_first_than_the_photos_is_less_sure(pair: tuple[Evidence, Evidence]) -> None:
    scores = SHIPPED.scores([pair])
    better, worse = sorted((0, 1), key=scores.__getitem__, reverse=True)
    margins = [certainty([pair], scores, place)[0] for place in (better, worse)]
    assert margins[0] == min(-margins[1], MOST_MARGIN) >= 0


@given(st.lists(st.tuples(evidence, evidence), min_size=1, max_size=8))
def test_scores_of_several_photos_lie_between_those_of_each(pairs: list[tuple[Evidence, Evidence]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    together = SHIPPED.scores([first, second])
    for score, *of_each in zip(together, SHIPPED.scores([first]), SHIPPED.scores([second]), strict=True):
        assert min(of_each) - 1e-9 <= score <= max(of_each) + 1e-9


def test_the_shipped_weights_say_what_they_were_fitted_on() -> None:
    assert set(SHIPPED.ranking) == set(MEASURES)
    assert all(weight >= 0 for weight in [*SHIPPED.ranking.values(), *SHIPPED.certainty.values()])
    assert "photocode starter fusion" in SHIPPED.source
    assert 0 < SHIPPED.no_match_probability < SHIPPED.match_probability <= 1


def test_a_word_on_the_object_speaks_for_its_bearer_and_no_text_outweighs_all_else() -> None:
    alike = Evidence(image=0.8, kernel=0.1, kernel_sum=0.1, verified=checked(60, distinct=2, chroma=0.5))
    worded = replace(alike, read=Read(score=0.5))
    scores = SHIPPED.scores([[alike, worded]])
    assert scores[1] - scores[0] == pytest.approx(READ_WEIGHT / 2)
    other = Evidence(image=0.2, read=Read(score=1.0))
    scores = SHIPPED.scores([[alike, other, Evidence(image=0.4)]])
    assert scores[0] > scores[1]


@pytest.mark.parametrize("content", [b"", b"{}", FUSION.read_bytes().replace(b'"image"', b'"picture"')])
def test_other_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "fusion.json").write_bytes(content)
    with pytest.raises(FusionInvalid):
        FusionModel.load(tmp_path / "fusion.json")
