"""Verdicts fitted to a catalog: a few answers change little, many decide, and only confirmed ones make them bolder."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.recognition.fusion import FusionModel
from service.recognition.verdict.calibration import (
    ABSENT,
    LEAST_SLOPE,
    LOOSENED_FROM,
    Answered,
    Calibration,
    calibrate,
    calibrated,
    shared_calibration,
)
from service.settings import SURFACE_BUNDLE

SHARED = Calibration(match_probability=0.9, no_match_probability=0.3)
SHARED_MATCH = math.log(0.9 / 0.1)
"""The same in log-odds."""

ROUNDING = 1e-12
TENTH = 0.1
"""Of simulated probabilities: so wide are the bins that they are compared with truth in."""


def answer(logit: float, *, right: bool, absent: bool = False, confirmed: bool = False) -> Answered:
    return Answered(logit=logit, right=right, absent=absent, confirmed=confirmed)


@st.composite
def answers(draw: st.DrawFn, *, confirmed: bool | None = None, least: int = 0) -> list[Answered]:
    """Of log-odds beyond any that the shared model says; an absent product is never right."""
    rows = st.tuples(st.floats(-12, 12).map(lambda one: round(one, 4)), st.booleans(), st.booleans(), st.booleans())
    return [
        answer(logit, right=right and not absent, absent=absent, confirmed=said if confirmed is None else confirmed)
        for logit, right, absent, said in draw(st.lists(rows, min_size=least, max_size=60))
    ]


def simulated(count: int, seed: int, *, slope: float, intercept: float, confirmed: bool = False) -> list[Answered]:
    """Answers whose log-odds come true as ``slope * logit + intercept`` does."""
    random = np.random.default_rng(seed)
    logits = random.uniform(-3, 6, count)
    right = random.random(count) < 1 / (1 + np.exp(-slope * logits - intercept))
    return [
        answer(float(logit), right=bool(one), confirmed=confirmed) for logit, one in zip(logits, right, strict=True)
    ]


def calibration_error(found: Calibration, asked: Sequence[Answered]) -> float:
    """Expected calibration error: how far probabilities are from how often they came true, in the mean."""
    said = np.array([found.probability(one.logit) for one in asked])
    right = np.array([one.right for one in asked])
    bins = np.minimum(said / TENTH, 1 / TENTH - 1).astype(int)
    return sum(abs(float((said - right)[bins == one].sum())) for one in np.unique(bins)) / len(asked)


def wrong_share(found: Calibration, asked: Sequence[Answered]) -> float:
    """Among matches; the rehearsed answers of absent products count as much as photos of such are expected."""
    matches = [one for one in asked if found.probability(one.logit) >= found.match_probability]
    weights = [ABSENT / (1 - ABSENT) if one.absent and not one.confirmed else 1.0 for one in matches]
    wrong = sum(weight for one, weight in zip(matches, weights, strict=True) if not one.right)
    return wrong / sum(weights) if matches else 0.0


def threshold(found: Calibration) -> float:
    """Of a match, in the shared model's log-odds."""
    odds = found.match_probability / (1 - found.match_probability)
    return (math.log(odds) - found.intercept) / found.slope


def test_without_answers_the_shared_model_speaks_as_it_is() -> None:
    assert calibrate([], SHARED) == SHARED
    assert SHARED.probability(0) == 0.5
    assert SHARED.probability(SHARED_MATCH) == pytest.approx(0.9)


def test_few_answers_change_little_and_many_decide() -> None:
    few, many = (simulated(count, 1, slope=0.6, intercept=-1, confirmed=True) for count in (3, 3_000))
    little, much = calibrate(few, SHARED), calibrate(many, SHARED)
    assert abs(little.slope - 1) < 0.25
    assert abs(little.intercept) < 0.75
    assert much.slope == pytest.approx(0.6, abs=0.06)
    assert much.intercept == pytest.approx(-1, abs=0.15)


@pytest.mark.parametrize(("slope", "intercept"), [(0.6, -1.5), (0.7, -2.5), (1.4, 1.5)])
@pytest.mark.parametrize("confirmed", [True, False])
def test_probabilities_of_a_catalog_come_true_on_answers_kept_apart(
    slope: float, intercept: float, confirmed: bool
) -> None:
    seen = simulated(400, 2, slope=slope, intercept=intercept, confirmed=confirmed)
    apart = simulated(2_000, 3, slope=slope, intercept=intercept)
    before, after = calibration_error(SHARED, apart), calibration_error(calibrate(seen, SHARED), apart)
    assert before > 0.08
    assert after < 0.05
    assert after < before / 2


def test_answers_of_absent_products_count_as_often_as_photos_of_such_are_expected() -> None:
    there = simulated(400, 4, slope=1, intercept=0)
    gone = [answer(one.logit - 3, right=False, absent=True) for one in there]
    same = [answer(one.logit, right=False) for one in gone]
    without, with_absent, with_wrong = (calibrate(some, SHARED) for some in (there, [*there, *gone], [*there, *same]))
    assert with_wrong.intercept < with_absent.intercept < without.intercept


@given(answers(confirmed=True, least=1), st.floats(0.001, 0.2))
def test_the_wanted_share_of_wrong_matches_is_kept_on_confirmed_answers(
    given_answers: list[Answered], wanted: float
) -> None:
    assert wrong_share(calibrate(given_answers, SHARED, wanted), given_answers) <= wanted + ROUNDING


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("wanted", [0.001, 0.01, 0.1])
def test_the_wanted_share_of_wrong_matches_is_kept_on_rehearsed_answers(seed: int, wanted: float) -> None:
    there = simulated(200, seed, slope=0.8, intercept=0)
    gone = [answer(one.logit - 2, right=False, absent=True) for one in there]
    found = calibrate([*there, *gone], SHARED, wanted)
    assert found.match_probability < 1
    assert wrong_share(found, [*there, *gone]) <= wanted + ROUNDING


def test_right_answers_below_the_shared_threshold_do_not_excuse_wrong_matches_above_it() -> None:
    below = [answer(SHARED_MATCH - 0.1, right=True) for _ in range(300)]
    above = [answer(5.0, right=False), *(answer(4.0 + place / 100, right=True) for place in range(5))]
    assert wrong_share(calibrate([*below, *above], SHARED), above) == 0


def test_answers_that_only_the_fifth_digit_of_a_probability_parts_are_told_apart() -> None:
    surest = [answer(11.0, right=True, confirmed=True) for _ in range(60)]
    nearly = [answer(10.5, right=False, confirmed=True) for _ in range(3)]
    found = calibrate([*surest, *nearly], SHARED)
    assert wrong_share(found, [*surest, *nearly]) == 0
    assert found.probability(11.0) >= found.match_probability


@given(answers(confirmed=False))
def test_rehearsed_answers_never_loosen_the_threshold(rehearsed: list[Answered]) -> None:
    found = calibrate(rehearsed, SHARED)
    assert found.match_probability == 1 or threshold(found) >= SHARED_MATCH - 1e-4


def test_fifty_confirmed_right_matches_may_loosen_the_threshold() -> None:
    right = [answer(0.5 + place / 100, right=True, confirmed=True) for place in range(LOOSENED_FROM)]
    rehearsed = [answer(one.logit, right=True) for one in right]
    assert threshold(calibrate(right, SHARED)) == pytest.approx(0.5, abs=1e-3)
    assert threshold(calibrate(right[1:], SHARED)) == pytest.approx(SHARED_MATCH, abs=1e-3)
    assert threshold(calibrate([*rehearsed, *right[1:]], SHARED)) == pytest.approx(SHARED_MATCH, abs=1e-3)


def test_rehearsals_that_say_the_contrary_are_left_aside() -> None:
    contrary = [answer(logit, right=logit < 0) for logit in np.linspace(-5, 5, 100).tolist()]
    assert calibrate(contrary, SHARED) == SHARED
    confirmed = simulated(100, 5, slope=0.7, intercept=-1, confirmed=True)
    assert calibrate([*contrary, *confirmed], SHARED) == calibrate(confirmed, SHARED)


def test_confirmations_that_say_the_contrary_flatten_no_further_than_they_may() -> None:
    contrary = [answer(logit, right=logit < 0, confirmed=True) for logit in np.linspace(-5, 5, 100).tolist()]
    assert calibrate(contrary, SHARED).slope == LEAST_SLOPE


def test_what_was_right_is_seldom_called_no_match() -> None:
    asked = simulated(500, 6, slope=1, intercept=0, confirmed=True)
    found = calibrate(asked, SHARED)
    right = [one for one in asked if one.right]
    assert sum(found.probability(one.logit) < found.no_match_probability for one in right) <= 0.02 * len(right) + 1


@given(answers(), st.floats(0.001, 0.2), st.floats(0.001, 0.2))
def test_whatever_was_answered_thresholds_are_in_order_and_a_bolder_wish_never_raises_them(
    asked: list[Answered], one: float, other: float
) -> None:
    careful, bold = (calibrate(asked, SHARED, wanted) for wanted in sorted((one, other)))
    for found in (careful, bold):
        assert all(math.isfinite(value) for value in msgspec.structs.astuple(found))
        assert 0 <= found.no_match_probability <= found.match_probability <= 1
        assert found.slope >= LEAST_SLOPE
    assert (bold.slope, bold.intercept) == (careful.slope, careful.intercept)
    assert bold.match_probability <= careful.match_probability


@given(st.lists(st.tuples(st.floats(-1_000, 1_000), st.booleans()), max_size=60))
def test_log_odds_far_from_any_do_not_lead_the_fit_astray(rows: list[tuple[float, bool]]) -> None:
    asked = [answer(logit, right=right, confirmed=True) for logit, right in rows]
    found = calibrate(asked, SHARED)
    assert LEAST_SLOPE <= found.slope < 5
    assert abs(found.intercept) < 20


def test_the_shared_model_speaks_as_the_catalog_has_it() -> None:
    shared = FusionModel.load(SURFACE_BUNDLE / "fusion.json")
    correction = Calibration(slope=0.5, intercept=-1, match_probability=0.8, no_match_probability=0.2)
    own = calibrated(shared, correction, version=3, source="a test")
    assert shared_calibration(own) == Calibration(match_probability=0.8, no_match_probability=0.2)
    assert (own.calibration, own.source, own.identity) == (3, "a test", shared.identity)
    assert shared.calibration is None
    for logit in (-4.0, 0.0, 6.0):
        assert own.probability(logit) == pytest.approx(correction.probability(logit))
        assert own.probability(logit) == pytest.approx(shared.probability(logit / 2 - 1))
