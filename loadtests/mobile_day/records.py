"""What the load generator writes down and the summary reads. Times are seconds from the day's begin."""

from enum import StrEnum

import msgspec

from loadtests.mobile_day.shape import Day


class Outcome(StrEnum):
    """``refused``: the service said that it has no room, in the documented way, as often as the phone asked.

    ``declined``: what was no photo was named as such. ``failed``: anything else than what is documented.
    """

    ANSWERED = "answered"
    REFUSED = "refused"
    DECLINED = "declined"
    FAILED = "failed"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A lookup or a confirmation as a worker sees it: one wish, however often the phone sent it.

    ``due``: when it was to be sent by plan, and not when the generator came to it; after an interruption by plan, when
    the phone was back. ``uplink_seconds``: of ``ended - due``, what a free line of this speed takes by itself.
    ``refusals``: by code, of single requests. ``dropped``: stages that the answer lacks.
    """

    visit: int
    what: str
    due: float
    started: float
    ended: float
    uplink: str
    uplink_seconds: float
    outcome: Outcome
    requests: int
    refusals: dict[str, int]
    replayed: int = 0
    interrupted: str = ""
    word: str = ""
    verdict: str = ""
    dropped: dict[str, str] = {}

    @property
    def latency(self) -> float:
        """Seconds from when it was due to its end, without what its uplink takes by itself."""
        return self.ended - self.due - self.uplink_seconds


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Something that must not be."""

    when: float
    what: str
    why: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """An import beside the lookups. ``landed``: pairs of seconds and rows that had landed by then. ``completed``: when
    it said so. ``megabytes``: of the archive.
    """

    products: int
    megabytes: float
    begin: float
    completed: float
    landed: list[tuple[float, int]]


class DayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All of a day. ``arrivals``: when workers were due. ``processor_seconds``: that the generator itself took.

    ``unfinished``: visits that had not ended long after the day.
    """

    day: Day
    arrivals: list[float]
    asked: list[Asked]
    failures: list[Failure]
    imported: Imported | None
    unfinished: int
    processor_seconds: float
    seconds: float
