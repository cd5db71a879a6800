"""Bounds against known values, and what must hold of every one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.evaluation.bounds import Resamples, bounded, exact_bounds, rate


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Clopper and Pearson's own intervals, as tables give them.
        (0, 10, 0.0, 0.3085),
        (10, 10, 0.6915, 1.0),
        (5, 10, 0.1871, 0.8129),
        (1, 100, 0.00025, 0.05446),
        (0, 300, 0.0, 0.01222),
    ],
)
def test_the_exact_bounds_are_those_of_the_tables(successes: int, trials: int, low: float, high: float) -> None:
    assert exact_bounds(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 400).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_exact_bounds_hold_the_proportion_and_mirror(case: tuple[int, int]) -> None:
    successes, trials = case
    low, high = exact_bounds(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    other_low, other_high = exact_bounds(trials - successes, trials)
    assert (1 - other_high, 1 - other_low) == pytest.approx((low, high), abs=1e-9)


def test_a_rate_without_photos_is_none() -> None:
    drawn = Resamples.draw(2, seed=0, resamples=10)
    assert rate(np.ones(2), np.zeros(2, bool), np.arange(2), drawn) is None


def test_a_clean_sheet_keeps_the_exact_doubt() -> None:
    found = rate(np.ones(50), np.ones(50, bool), np.arange(50), Resamples.draw(50, seed=1))
    assert found is not None
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(exact_bounds(50, 50)[0])


def test_alike_photos_of_one_product_make_bounds_wider() -> None:
    """Ten photos of each of 20 products, all right or all wrong: no more is known than from 20 photos."""
    right = np.repeat(np.arange(20) % 2, 10).astype(np.float64)
    everyone = np.ones(200, bool)
    clustered = rate(right, everyone, np.repeat(np.arange(20), 10), Resamples.draw(20, seed=2))
    apart = rate(right, everyone, np.arange(200), Resamples.draw(200, seed=2))
    assert clustered is not None
    assert apart is not None
    spread = np.sqrt(0.25 / 20)
    assert clustered.high - clustered.low == pytest.approx(2 * 1.96 * spread, rel=0.12)
    assert clustered.high - clustered.low > 2.5 * (apart.high - apart.low)


def test_the_bootstrap_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    truth, products, inside = 0.7, 40, 0
    for trial in range(200):
        ability = generator.beta(0.7 * 4, 0.3 * 4, size=products)
        right = (generator.random((products, 5)) < ability[:, None]).astype(np.float64).ravel()
        drawn = Resamples.draw(products, seed=trial, resamples=300)
        found = rate(right, np.ones(len(right), bool), np.repeat(np.arange(products), 5), drawn)
        assert found is not None
        inside += found.low <= truth <= found.high
    assert 0.89 <= inside / 200 <= 1.0


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1), st.booleans()), min_size=1, max_size=30).filter(
        lambda rows: any(among for _, _, among in rows)
    ),
    st.integers(0, 100),
)
def test_every_rate_lies_within_its_bounds(rows: list[tuple[int, float, bool]], seed: int) -> None:
    clusters = np.array([row[0] for row in rows])
    values = np.array([row[1] for row in rows])
    among = np.array([row[2] for row in rows])
    drawn = Resamples.draw(6, seed, resamples=50)
    found = rate(values, among, clusters, drawn)
    assert found is not None
    assert -1e-12 <= found.low <= found.value <= found.high <= 1 + 1e-12
    assert found.value == pytest.approx(values[among].mean())
    assert found == rate(values, among, clusters, Resamples.draw(6, seed, resamples=50))


def test_resamples_without_a_figure_are_passed_over() -> None:
    found = bounded(0.5, np.array([np.nan, 0.4, 0.6]))
    assert (found.low, found.high) == pytest.approx((0.405, 0.595))
