"""How much each subject may ask, counted exactly however many processes ask at once: a row is locked while it counts.

Windows are those of the clock: a minute, and a day in UTC. What a crash of PostgreSQL forgets is less than a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import RequestLimitRow, RequestUseRow

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """``rate`` a minute and ``quota`` a day; 0 is no limit."""

    rate: int
    quota: int

    @property
    def none(self) -> bool:
        """Whether all may be asked."""
        return not self.rate and not self.quota


@dataclass(frozen=True, kw_only=True)
class Window:
    """What is used of a limit, 0 for none, until ``seconds`` from now."""

    limit: int
    used: int
    seconds: int

    @property
    def full(self) -> bool:
        """Whether nothing is left."""
        return bool(self.limit) and self.used >= self.limit


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a subject has asked in the ``minute`` and the ``day`` that begin at these times; ``counted``: this request
    too.
    """

    counted: bool
    rate: Window
    quota: Window
    minute: datetime
    day: date


@dataclass(frozen=True, kw_only=True)
class SubjectLimits:
    """What was set for a subject, None for what the settings say, and what it has asked lately."""

    subject: str
    rate: int | None
    quota: int | None
    in_minute: int
    in_day: int


# Built once, and prepared by every connection: it is asked at every counted request. A limit is read in the same
# statement, so that a changed one counts at once and everywhere.
_ASKED = """
WITH asked AS (
  SELECT date_trunc('minute', now()) AS minute, (now() AT TIME ZONE 'UTC')::date AS day,
         COALESCE(own.rate, CAST(:rate AS integer)) AS rate, COALESCE(own.quota, CAST(:quota AS integer)) AS quota
  FROM (SELECT 1) AS one LEFT JOIN request_limit AS own ON own.subject = :subject
)
"""
_MINUTE_USED = "CASE WHEN used.minute >= excluded.minute THEN used.in_minute ELSE 0 END"
_DAY_USED = "CASE WHEN used.day >= excluded.day THEN used.in_day ELSE 0 END"
_COUNT = sa.text(
    f"""{_ASKED}
INSERT INTO request_use AS used (subject, minute, in_minute, day, in_day)
SELECT :subject, minute, 1, day, 1 FROM asked
ON CONFLICT (subject) DO UPDATE SET
  minute = GREATEST(used.minute, excluded.minute), in_minute = {_MINUTE_USED} + 1,
  day = GREATEST(used.day, excluded.day), in_day = {_DAY_USED} + 1
WHERE ((SELECT rate FROM asked) = 0 OR {_MINUTE_USED} < (SELECT rate FROM asked))
  AND ((SELECT quota FROM asked) = 0 OR {_DAY_USED} < (SELECT quota FROM asked))
RETURNING used.minute, used.in_minute, used.day, used.in_day, now() AS now,
  (SELECT rate FROM asked) AS rate, (SELECT quota FROM asked) AS quota,
  set_config('synchronous_commit', 'off', true)
"""  # noqa: S608  of constants
)
_SEEN = sa.text(
    f"""{_ASKED}
SELECT GREATEST(used.minute, asked.minute) AS minute, GREATEST(used.day, asked.day) AS day, now() AS now,
  CASE WHEN used.minute >= asked.minute THEN used.in_minute ELSE 0 END AS in_minute,
  CASE WHEN used.day >= asked.day THEN used.in_day ELSE 0 END AS in_day, asked.rate, asked.quota
FROM asked LEFT JOIN request_use AS used ON used.subject = :subject
"""  # noqa: S608  of constants
)
_GIVE_BACK = sa.text(
    """
UPDATE request_use SET
  in_minute = in_minute - CASE WHEN minute = :minute AND in_minute > 0 THEN 1 ELSE 0 END,
  in_day = in_day - CASE WHEN day = :day AND in_day > 0 THEN 1 ELSE 0 END
WHERE subject = :subject
RETURNING set_config('synchronous_commit', 'off', true)
"""
)


async def limits_of(session: AsyncSession, subject: str, default: Limits) -> Limits:
    """What a subject may ask now."""
    row = await session.get(RequestLimitRow, subject)
    if row is None:
        return default
    return Limits(
        rate=default.rate if row.rate is None else row.rate, quota=default.quota if row.quota is None else row.quota
    )


async def count_use(session: AsyncSession, subject: str, default: Limits) -> Use:
    """Count one request, unless a limit is reached. ``session`` commits every statement."""
    values = {"subject": subject, "rate": default.rate, "quota": default.quota}
    row = (await session.execute(_COUNT, values)).one_or_none()
    if row is not None:
        return _use(row, counted=True)
    return _use((await session.execute(_SEEN, values)).one(), counted=False)


async def see_use(session: AsyncSession, subject: str, default: Limits) -> Use:
    """What a subject has asked, without counting."""
    values = {"subject": subject, "rate": default.rate, "quota": default.quota}
    return _use((await session.execute(_SEEN, values)).one(), counted=False)


async def give_back(session: AsyncSession, subject: str, use: Use) -> None:
    """Count one that was counted no longer; what its minute or day has seen after that stays."""
    await session.execute(_GIVE_BACK, {"subject": subject, "minute": use.minute, "day": use.day})


async def set_limits(session: AsyncSession, subject: str, rate: int | None, quota: int | None) -> None:
    """Set what a subject may ask, in place of what was set before; None for what the settings say, 0 for no limit."""
    table = cast("sa.Table", RequestLimitRow.__table__)
    made = insert(table).values(subject=subject, rate=rate, quota=quota)
    changed = {"rate": rate, "quota": quota, "updated_at": sa.func.now()}
    await session.execute(made.on_conflict_do_update(index_elements=("subject",), set_=changed))


async def get_limits(session: AsyncSession, subject: str) -> SubjectLimits:
    """What is set for a subject, perhaps nothing, and what it has asked."""
    found = await session.execute(_listed().where(sa.literal_column("subjects.subject") == subject))
    row = found.one_or_none()
    if row is None:
        return SubjectLimits(subject=subject, rate=None, quota=None, in_minute=0, in_day=0)
    return SubjectLimits(**row._mapping)  # noqa: SLF001  as SQLAlchemy documents it


async def list_limits(session: AsyncSession, after: str | None, most: int) -> Sequence[SubjectLimits]:
    """Of all subjects for which something was set or that have asked something today, by name."""
    statement = _listed().order_by(sa.literal_column("subjects.subject")).limit(most)
    if after is not None:
        statement = statement.where(sa.literal_column("subjects.subject") > after)
    return [SubjectLimits(**row._mapping) for row in await session.execute(statement)]  # noqa: SLF001  as above


async def clear_limits(session: AsyncSession, subject: str) -> bool:
    """Let a subject ask what the settings say; False where nothing was set."""
    statement = sa.delete(RequestLimitRow).where(RequestLimitRow.subject == subject)
    return await session.scalar(statement.returning(RequestLimitRow.subject)) is not None


def _listed() -> sa.Select[Any]:
    today = sa.cast(sa.func.timezone("UTC", sa.func.now()), sa.Date)
    fresh = RequestUseRow.day >= today
    subjects = sa.union(sa.select(RequestLimitRow.subject), sa.select(RequestUseRow.subject).where(fresh)).subquery(
        "subjects"
    )
    in_minute = sa.case((RequestUseRow.minute >= sa.func.date_trunc("minute", sa.func.now()), RequestUseRow.in_minute))
    in_day = sa.case((fresh, RequestUseRow.in_day))
    return (
        sa.select(
            subjects.c.subject,
            RequestLimitRow.rate,
            RequestLimitRow.quota,
            sa.func.coalesce(in_minute, 0).label("in_minute"),
            sa.func.coalesce(in_day, 0).label("in_day"),
        )
        .select_from(subjects)
        .outerjoin(RequestLimitRow, RequestLimitRow.subject == subjects.c.subject)
        .outerjoin(RequestUseRow, RequestUseRow.subject == subjects.c.subject)
    )


def _use(row: sa.Row[Any], *, counted: bool) -> Use:
    midnight = datetime.combine(row.day, time(), UTC) + timedelta(days=1)
    return Use(
        counted=counted,
        rate=Window(limit=row.rate, used=row.in_minute, seconds=_seconds(row.minute + MINUTE - row.now)),
        quota=Window(limit=row.quota, used=row.in_day, seconds=_seconds(midnight - row.now)),
        minute=row.minute,
        day=row.day,
    )


def _seconds(left: timedelta) -> int:
    """Whole ones, at least one: who comes again after them finds the window over."""
    return max(1, int(-(-left // timedelta(seconds=1))))
