"""Figures of answers made by hand, and against plain definitions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.evaluation.ablation import compare
from service.evaluation.bounds import Resamples, exact_bounds
from service.evaluation.figures import auroc, ece, figures
from service.evaluation.outcomes import Outcomes, outcomes
from service.evaluation.plots import risk_coverage
from service.evaluation.queries import Kind
from service.recognition.verdict.judge import Verdict
from tests.unit.service.evaluation.cases import answer, asked

MATCH, AMBIGUOUS, NO_MATCH = Verdict.MATCH, Verdict.AMBIGUOUS, Verdict.NO_MATCH


def known() -> Outcomes:
    return outcomes(
        [
            asked("A", answer("A", "B", verdict=MATCH, score=0.9)),
            asked("A", answer("B", "A", verdict=MATCH, score=0.8)),
            asked("B", answer("1", "2", "3", "4", "5", "B", score=0.4)),
            asked("C", answer(verdict=NO_MATCH, score=None)),
            asked("D", answer("A", verdict=MATCH, score=0.7), kind=Kind.LEFT_OUT),
            asked("D", answer("A", score=0.3), kind=Kind.LEFT_OUT),
            asked(None, answer("C", verdict=NO_MATCH, score=0.1), kind=Kind.STRANGER),
        ]
    )


def draw(found: Outcomes, seed: int = 0) -> Resamples:
    return Resamples.draw(len(set(found.clusters.tolist())), seed)


def test_figures_of_known_answers() -> None:
    found = figures(known(), draw(known()))
    values = {name: getattr(found, name) for name in ("recall_at_1", "recall_at_5", "recall_at_10", "mrr", "coverage")}
    assert {name: value.value for name, value in values.items()} == pytest.approx(
        {"recall_at_1": 0.25, "recall_at_5": 0.5, "recall_at_10": 0.75, "mrr": (1 + 1 / 2 + 1 / 6) / 4, "coverage": 0.5}
    )
    assert found.verdicts == {
        "present": {"match": 2, "ambiguous": 1, "no_match": 1},
        "left_out": {"match": 1, "ambiguous": 1, "no_match": 0},
        "strangers": {"match": 0, "ambiguous": 0, "no_match": 1},
    }
    assert found.wrong_match_rate is not None
    assert found.wrong_match_rate.value == 0.25
    absent = found.stranger_match_rate
    assert [one and one.value for one in (absent.left_out, absent.strangers, absent.together)] == pytest.approx(
        [0.5, 0.0, 1 / 3]
    )
    assert absent.strangers is not None
    assert absent.strangers.high == pytest.approx(exact_bounds(0, 1)[1])
    assert found.auroc is not None
    assert found.auroc.value == 1.0
    assert (found.ece, found.confidence) == (None, "score")


def test_coarse_answers_are_counted_apart() -> None:
    found = outcomes(
        [
            asked("A", answer("A", verdict=MATCH)),
            asked("A", answer("B", coarse=True)),
            asked("B", answer("A", coarse=False)),
            asked("B", answer("A", coarse=True)),
            asked("B", answer("A")),
            asked("D", answer("A", coarse=True), kind=Kind.LEFT_OUT),
            asked("D", answer("A"), kind=Kind.LEFT_OUT),
            asked(None, answer("C", coarse=False), kind=Kind.STRANGER),
        ]
    )
    counted = figures(found, draw(found))
    absent = counted.coarse_of_absent
    told = (counted.coarse_coverage, counted.coarse_wrong_rate, absent.left_out_given, absent.left_out_wrong)
    assert [one and one.value for one in (*told, absent.strangers_given)] == pytest.approx([3 / 4, 1 / 3, 1 / 2, 0, 1])
    assert counted.label_ece is None


def test_labels_probabilities_are_compared_with_how_often_they_are_right() -> None:
    found = outcomes(
        [
            asked("A", answer("B", label=("A", 0.6))),
            asked("B", answer("A", label=("A", 0.6))),
            asked("D", answer("D", label=("D", 0.95)), kind=Kind.LEFT_OUT),
        ]
    )
    value = figures(found, draw(found)).label_ece
    assert value is not None
    assert value.value == pytest.approx((abs(2 * 0.6 - 1) + 0.95) / 3)


def test_without_absent_photos_their_rates_are_none() -> None:
    found = outcomes([asked("A", answer("A")), asked("B", answer("A"))])
    absent = figures(found, draw(found)).stranger_match_rate
    assert (absent.left_out, absent.strangers, absent.together) == (None, None, None)


def test_probabilities_count_once_every_answer_has_one() -> None:
    sure = [asked("A", answer("A", probability=0.8)), asked("B", answer("C", probability=0.2))]
    found = figures(outcomes(sure), draw(outcomes(sure)))
    assert found.confidence == "probability"
    assert found.ece is not None
    assert found.ece.value == pytest.approx(0.2)
    half = [*sure, asked("D", answer("D"))]
    assert figures(outcomes(half), draw(outcomes(half))).ece is None


scored = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=2, max_size=25)


@given(scored)
def test_auroc_is_the_share_of_pairs_in_order(rows: list[tuple[float, bool]]) -> None:
    confidence = np.array([row[0] for row in rows])
    right = np.array([row[1] for row in rows])
    (value,) = auroc(confidence, right, np.ones((1, len(rows))))
    pairs = [(good > bad) + 0.5 * (good == bad) for good, bad in product(confidence[right], confidence[~right])]
    if pairs:
        assert value == pytest.approx(np.mean(pairs))
    else:
        assert np.isnan(value)


@settings(max_examples=40)
@given(scored, st.integers(0, 50))
def test_weights_are_repetitions(rows: list[tuple[float, bool]], seed: int) -> None:
    confidence = np.array([row[0] for row in rows])
    right = np.array([row[1] for row in rows])
    weights = np.random.default_rng(seed).integers(0, 3, size=len(rows))
    weights[0] += 1
    one = np.ones((1, int(weights.sum())))
    repeated = np.repeat(confidence, weights), np.repeat(right, weights)
    given_weights = weights[None, :].astype(np.float64)
    for figure in (auroc, ece):
        assert figure(confidence, right, given_weights) == pytest.approx(figure(*repeated, one), nan_ok=True)


def test_calibration_error_of_a_known_case() -> None:
    said = np.array([0.95, 0.95, 0.95, 0.95, 0.05, 0.05])
    right = np.array([True, True, True, False, False, False])
    (value,) = ece(said, right, np.ones((1, 6)))
    assert value == pytest.approx(4 / 6 * (0.95 - 0.75) + 2 / 6 * 0.05)


@given(scored)
def test_risk_ends_at_all_answers_and_ties_are_answered_together(rows: list[tuple[float, bool]]) -> None:
    confidence = np.array([row[0] for row in rows])
    right = np.array([row[1] for row in rows])
    coverage, risk = risk_coverage(confidence, right)
    assert len(coverage) == len(set(confidence.tolist()))
    assert np.all(np.diff(coverage) > 0)
    assert (coverage[-1], risk[-1]) == pytest.approx((1.0, (~right).mean()))


def test_differences_are_paired() -> None:
    """Two sets that are right on the same 50 of 100 photos but one: little doubt about the difference is left."""
    rows = []
    for number in range(100):
        name = f"P{number}"
        first = answer(name) if number < 50 else answer("other")
        second = answer(name) if number < 49 else answer("other")
        rows.append(asked(name, first, second))
    ours, theirs = outcomes(rows, 0), outcomes(rows, 1)
    found = compare(ours, theirs, ["image"], draw(ours)).figures["recall_at_1"]
    assert found.value.value == pytest.approx(0.49)
    assert found.difference.value == pytest.approx(-0.01)
    assert found.difference.low >= -0.05
    assert found.difference.high <= 0.0
    assert found.value.high - found.value.low > 0.15


def test_sets_that_never_differ_may_still_differ() -> None:
    rows = [asked(f"P{number}", answer(f"P{number}"), answer(f"P{number}")) for number in range(30)]
    ours = outcomes(rows, 0)
    found = compare(ours, outcomes(rows, 1), ["image"], draw(ours)).figures
    most = exact_bounds(0, 30)[1]
    assert (found["recall_at_1"].difference.low, found["recall_at_1"].difference.high) == pytest.approx((-most, most))
    assert "stranger_match_rate" not in found
