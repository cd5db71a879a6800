"""Thresholds keep wrong matches at one in a hundred, or call nothing a match."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.recognition.embedding.bundle import Thresholds
from service.recognition.verdict.thresholds import fit_thresholds


def lookups(count: int, seed: int, lead: float) -> tuple[NDArray[Any], ...]:
    """Half without their product; right answers score and lead higher by ``lead``."""
    random = np.random.default_rng(seed)
    present = np.arange(count) < count // 2
    correct = present & (random.random(count) < 0.7)
    score = np.clip(0.5 + random.normal(0, 0.1, count) + lead * correct, -1, 1)
    margin = np.abs(random.normal(0, 0.03, count)) + lead * correct / 2
    return score, margin, correct, present


def matches(fitted: Thresholds, score: NDArray[np.float64], margin: NDArray[np.float64]) -> NDArray[np.bool_]:
    said: NDArray[np.bool_] = (score >= fitted.match_score) & (margin >= fitted.match_margin)
    return said


def fit(*arrays: NDArray[Any]) -> Thresholds:
    score, margin, correct, present = arrays
    return fit_thresholds(score, margin, correct.astype(bool), present.astype(bool), source="a test")


@given(count=st.integers(1, 1500), seed=st.integers(0, 1000), lead=st.floats(0, 0.6), coarse=st.sampled_from([1, 3, 8]))
def test_at_most_one_wrong_match_in_a_hundred(count: int, seed: int, lead: float, coarse: int) -> None:
    score, margin, correct, present = lookups(count, seed, lead)
    score = np.round(score, coarse)
    fitted = fit(score, margin, correct, present)
    said = matches(fitted, score, margin)
    wrong = int((said & ~correct.astype(bool)).sum())
    assert wrong <= 0.01 * max(said.sum(), 1)
    assert fitted.no_match_score <= fitted.match_score


def test_separable_lookups_are_nearly_all_matched() -> None:
    score, margin, correct, present = lookups(2000, 1, 0.6)
    fitted = fit(score, margin, correct, present)
    assert matches(fitted, score, margin)[correct.astype(bool)].mean() > 0.9
    assert (score[correct.astype(bool)] >= fitted.no_match_score).mean() >= 0.99
    assert (score[~present.astype(bool)] < fitted.no_match_score).mean() > 0.5


def test_lookups_that_do_not_separate_are_never_matched() -> None:
    fitted = fit(*lookups(2000, 1, 0.0))
    assert (fitted.match_score, fitted.match_margin) == (1, 1)


def test_a_margin_separates_where_the_score_does_not() -> None:
    correct = np.arange(400) < 200
    score = np.full(400, 0.8)
    margin = np.where(correct, 0.2, 0.01)
    fitted = fit(score, margin, correct, correct)
    said = matches(fitted, score, margin)
    assert (said == correct).all()


def test_nineteen_right_matches_are_no_ground() -> None:
    correct = np.ones(19, dtype=bool)
    fitted = fit(np.full(19, 0.9), np.full(19, 0.3), correct, correct)
    assert (fitted.match_score, fitted.match_margin) == (1, 1)
    correct = np.ones(20, dtype=bool)
    fitted = fit(np.full(20, 0.9), np.full(20, 0.3), correct, correct)
    assert fitted.match_score == pytest.approx(0.9)


def test_no_right_answer_at_all() -> None:
    wrong = np.zeros(50, dtype=bool)
    fitted = fit(np.linspace(0.1, 0.9, 50), np.full(50, 0.1), wrong, wrong)
    assert fitted.match_score == 1
    assert fitted.no_match_score == -1


@pytest.mark.parametrize("lengths", [(0, 0, 0, 0), (2, 3, 3, 3), (3, 3, 3, 1)])
def test_arrays_of_other_lengths_are_refused(lengths: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="one length"):
        fit(*(np.zeros(length) for length in lengths))


def test_an_absent_product_cannot_be_right() -> None:
    with pytest.raises(ValueError, match="absent"):
        fit(np.ones(2), np.ones(2), np.ones(2), np.array([1.0, 0.0]))
