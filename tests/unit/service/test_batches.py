"""A lane of imports: how long it waits for what is away."""

from catalog.database import Database
from service.jobs.batches import Lane
from service.jobs.care import Hands


def test_what_stays_away_is_asked_for_less_often_up_to_every_two_seconds() -> None:
    lane = Lane("lane", Hands(Database("postgresql://nobody@127.0.0.1:1/none")))
    pauses = [lane.pause() for _ in range(2000)]
    assert pauses[:4] == [0.25, 0.5, 1.0, 2.0]
    assert set(pauses[4:]) == {2.0}
    lane.landed()
    assert lane.pause() == 0.25
