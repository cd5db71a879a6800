"""The first verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.recognition.embedding.bundle import Thresholds
from service.recognition.verdict.judge import Verdict, judge

THRESHOLDS = Thresholds(match_score=0.8, match_margin=0.1, no_match_score=0.5, source="a test")


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ([], Verdict.NO_MATCH),
        ([0.49, 0.1], Verdict.NO_MATCH),
        ([0.5, 0.1], Verdict.AMBIGUOUS),
        ([0.8, 0.7], Verdict.MATCH),
        ([0.8, 0.71], Verdict.AMBIGUOUS),
        ([0.79, 0.1], Verdict.AMBIGUOUS),
        ([0.99], Verdict.AMBIGUOUS),
    ],
)
def test_score_and_margin_decide(scores: list[float], verdict: Verdict) -> None:
    assert judge(scores, THRESHOLDS).verdict is verdict


@given(st.lists(st.floats(-1, 1), min_size=1).map(lambda scores: sorted(scores, reverse=True)))
def test_without_thresholds_nothing_is_certain(scores: list[float]) -> None:
    assert judge(scores, None).verdict is Verdict.AMBIGUOUS


def test_the_verdict_says_what_it_rests_on() -> None:
    said = judge([0.9, 0.7, 0.1], THRESHOLDS)
    assert (said.score, said.basis) == (0.9, "a test")
    assert said.margin == pytest.approx(0.2)
    assert judge([0.9], THRESHOLDS).margin is None
