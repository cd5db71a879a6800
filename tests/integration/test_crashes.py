"""kill -9 of an import's worker, and of PostgreSQL below a running service: a short run of ``make crashtest``."""

import pytest

from loadtests.crashtest.run import Victim, crash


@pytest.mark.timeout(600)
@pytest.mark.parametrize("victim", ["worker", "postgres"])
def test_nothing_is_lost_or_doubled_and_progress_never_falls(victim: Victim) -> None:
    figures = crash(victim=victim, kills=2, rows=160, seed=5)
    assert figures.found is not None
    assert (figures.found.lost, figures.found.doubled, figures.found.forgotten) == (0, 0, 0)
    assert (figures.kills, figures.falls) == (2, 0)
    assert figures.resumes
