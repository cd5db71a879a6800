"""The generator's book: the clock of the day, and what became of every wish."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from loadtests.mobile_day.records import Asked, Failure, Outcome
from loadtests.mobile_day.wire import FAST, Uplink

Notify = Callable[[str, float, str | None], None]
"""Told of each wish at its end: what, milliseconds, and what was wrong; for Locust's own statistics."""


@dataclass(kw_only=True)
class Wish:
    """A lookup or a confirmation under way; see :class:`Asked`. ``size``: of its body, bytes."""

    visit: int
    what: str
    due: float
    started: float
    size: int
    uplink: Uplink = FAST
    outcome: Outcome = Outcome.REFUSED
    ended: float | None = None
    requests: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    replayed: int = 0
    interrupted: str = ""
    word: str = ""
    verdict: str = ""
    dropped: dict[str, str] = field(default_factory=dict)


class Book:
    """Of one day, which begins now."""

    def __init__(self, notify: Notify) -> None:
        """Empty."""
        self.asked: list[Asked] = []
        self.failures: list[Failure] = []
        self._notify = notify
        self._begin = time.monotonic()

    def now(self) -> float:
        """Seconds since the day's begin."""
        return time.monotonic() - self._begin

    def wait_until(self, when: float) -> None:
        """Sleep, unless it is later already."""
        time.sleep(max(0.0, when - self.now()))

    def keep(self, wish: Wish, wrong: str | None = None) -> None:
        """A wish has ended; ``wrong`` says what must not be."""
        ended = self.now() if wish.ended is None else wish.ended
        done = Asked(
            visit=wish.visit,
            what=wish.what,
            due=wish.due,
            started=wish.started,
            ended=ended,
            uplink=wish.uplink.name,
            uplink_seconds=wish.uplink.seconds(wish.size),
            outcome=Outcome.FAILED if wrong else wish.outcome,
            requests=wish.requests,
            refusals=dict(wish.refusals),
            replayed=wish.replayed,
            interrupted=wish.interrupted,
            word=wish.word,
            verdict=wish.verdict,
            dropped=wish.dropped,
        )
        self.asked.append(done)
        if wrong:
            self.failures.append(Failure(when=ended, what=wish.what, why=wrong))
        name = f"{wish.what}: refused" if done.outcome is Outcome.REFUSED else wish.what
        self._notify(name, done.latency * 1000, wrong)

    def fail(self, what: str, why: str) -> None:
        """Something that must not be, outside of any wish."""
        self.failures.append(Failure(when=self.now(), what=what, why=why))
        self._notify(what, 0.0, why)
