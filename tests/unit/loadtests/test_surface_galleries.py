"""Synthetic galleries have the statistics that they are drawn by."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from catalog.search.surface.signatures import BITS, FINE_BITS, MOST_WORDS, QuerySignatures, Signatures
from loadtests.surface_galleries import SyntheticSurfaces
from loadtests.surface_statistics import SurfaceStatistics, by_law

LAW = by_law(fine=True)


@pytest.fixture(scope="module")
def correlated() -> SurfaceStatistics:
    """Neighbouring signs depend on each other, and words fix a tenth of the variance."""
    apart = np.abs(np.arange(BITS)[:, None] - np.arange(BITS))
    return replace(LAW, covariance=0.8**apart, alike_fine=0.1, counts=np.array([MOST_WORDS // 8]))


def references(statistics: SurfaceStatistics, count: int) -> list[Signatures]:
    return [signatures for _, signatures in SyntheticSurfaces(statistics).references(count)]


def distances(query: Signatures | QuerySignatures, reference: Signatures) -> NDArray[np.intp]:
    """At words that both have."""
    _, here, there = np.intersect1d(query.words, reference.words, return_indices=True)
    found: NDArray[np.intp] = np.bitwise_count(query.bits[here] ^ reference.bits[there]).sum(axis=1, dtype=np.intp)
    return found


def test_the_same_seed_draws_the_same_pictures() -> None:
    first, again = references(LAW, 3), references(LAW, 3)
    assert all(np.array_equal(one.bits, other.bits) for one, other in zip(first, again, strict=True))
    assert not np.array_equal(first[0].words, first[1].words)


def test_words_occur_as_often_as_the_statistics_say() -> None:
    share = np.ones(MOST_WORDS)
    share[:1000] = 100
    drawn = references(replace(LAW, share=share, counts=np.array([200])), 40)
    often = np.mean([np.mean(one.words < 1000) for one in drawn])
    # A word is drawn once at most, so frequent ones are a little rarer than their share of 0.61.
    assert 0.53 < often < 0.62
    assert {len(one) for one in drawn} == {200}


def test_signs_that_depend_on_each_other_spread_distances(correlated: SurfaceStatistics) -> None:
    independent = replace(correlated, covariance=np.eye(BITS), alike_fine=0.0)
    spread = {}
    for name, statistics in (("correlated", correlated), ("independent", independent)):
        first, second = references(statistics, 2)
        found = distances(first, second)
        spread[name] = (found.mean(), found.std())
    assert spread["independent"][0] == pytest.approx(64, abs=0.7)
    assert spread["independent"][1] == pytest.approx(np.sqrt(32), abs=0.5)
    assert spread["correlated"][0] < 61.5
    assert spread["correlated"][1] > 8


@pytest.mark.parametrize("fine", [False, True])
def test_a_query_sees_so_many_of_the_planted_words_again_and_as_different(fine: bool) -> None:
    exactly = np.zeros(BITS + 1)
    exactly[17] = 1
    coarse, of_fine = (replace(asked, differing=exactly) for asked in (LAW.coarse, LAW.fine))
    surfaces = SyntheticSurfaces(replace(LAW, coarse=coarse, fine=of_fine))
    ((_, planted),) = surfaces.references(1)
    query = surfaces.query(planted, 0.3, fine=fine)
    level = 0 if fine else FINE_BITS
    words, first = np.unique(planted.words >> np.uint16(level), return_index=True)
    as_asked = Signatures(words, planted.bits[first])
    assert (distances(query, as_asked) == 17).sum() / len(words) == pytest.approx(0.3, abs=0.08)
    assert len(query) == int(LAW.asked(fine=fine).counts[0])
    assert query.words.max() < MOST_WORDS >> level
