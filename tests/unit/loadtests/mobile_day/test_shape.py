"""Workers come by the day's shape and by chance, and by nothing else."""

import itertools

import numpy as np
import pytest

from loadtests.mobile_day.popularity import zipf
from loadtests.mobile_day.shape import AFTER, EVENING, LULL, PEAK, PHASES, RAMP, SECOND_PEAK, Day

DAY = Day(rate=4.0, seconds=100.0)
MANY = Day(rate=400.0, seconds=100.0)


def test_phases_follow_one_another_over_the_whole_day() -> None:
    assert (PHASES[0].begin, PHASES[-1].end) == (0.0, 1.0)
    assert all(before.end == after.begin for before, after in itertools.pairwise(PHASES))
    assert [one.name for one in PHASES] == [RAMP, PEAK, LULL, SECOND_PEAK, EVENING]


@pytest.mark.parametrize(
    ("when", "phase", "rate"),
    [
        (0.0, RAMP, 0.8),
        (10.0, RAMP, 2.4),
        (20.0, PEAK, 4.0),
        (44.9, PEAK, 4.0),
        (50.0, LULL, 1.2),
        (60.0, SECOND_PEAK, 4.0),
        (92.5, EVENING, 2.4),
        (100.0, AFTER, 0.0),
        (130.0, AFTER, 0.0),
    ],
)
def test_the_rate_at_a_time(when: float, phase: str, rate: float) -> None:
    assert DAY.phase_at(when) == phase
    assert DAY.rate_at(when) == pytest.approx(rate)


def test_arrivals_are_as_many_in_each_phase_as_its_rate_says() -> None:
    times = MANY.arrivals(np.random.default_rng(0))
    assert np.all(np.diff(times) >= 0)
    for phase in PHASES:
        begin, end = MANY.span(phase.name)
        count, expected = int(np.sum((times >= begin) & (times < end))), MANY.expected(phase.name)
        assert abs(count - expected) < 4 * expected**0.5, phase.name


def test_arrivals_are_a_poisson_process() -> None:
    """Gaps within a peak are exponential: their deviation is their mean, and counts vary as much as they are."""
    times = MANY.arrivals(np.random.default_rng(1))
    begin, end = MANY.span(PEAK)
    within = times[(times >= begin) & (times < end)]
    gaps = np.diff(within)
    assert gaps.mean() == pytest.approx(1 / MANY.rate, rel=0.05)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.05)
    counts, _ = np.histogram(within, np.arange(begin, end + 0.05, 0.1))
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=0.3)


def test_a_seed_makes_the_same_day() -> None:
    first, second, other = (DAY.arrivals(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_popularity_falls_by_zipfs_law() -> None:
    popularity = zipf(100, 0.8)
    assert popularity.sum() == pytest.approx(1.0)
    assert popularity[0] / popularity[9] == pytest.approx(10**0.8)
    assert np.all(np.diff(popularity) < 0)
    assert np.allclose(zipf(4, 0.0), 0.25)
