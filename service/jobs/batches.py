"""One batch of an import: claimed, taken in hand, and landed; or a single row, where it may be what kills workers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.imports.jobs import ClaimedBatch, OpenJob, claim_batch, stay_running
from catalog.imports.landed import Landed, finish_items
from catalog.imports.rows import RowProblem
from catalog.models import ItemState
from service.jobs.background import Background
from service.jobs.care import MOST_DEATHS, Hands
from service.jobs.landing import Lander
from service.jobs.pace import BATCH, Pace
from service.metrics import IMPORTED_ROWS

FIRST_BATCH: Final = 6
RETRY_SECONDS, MOST_RETRY_SECONDS = 0.25, 2.0
DEADLY: Final = RowProblem(
    code="worker_killed",
    message=f"{MOST_DEATHS} workers ended while they read this row alone; send other pictures, smaller ones perhaps",
)


@dataclass
class Lane:
    """One of the batches in work. ``cautious``: steps that are still to take rows one by one; ``most``: rows of the
    next batch, few at first, so that what was cut off is soon seen to go on; ``alone``: the next row may be what killed
    a worker, and is taken while the process does nothing else; ``interrupted``: times in a row.
    """

    name: str
    hands: Hands
    cautious: int = 0
    most: int = FIRST_BATCH
    alone: bool = False
    interrupted: int = 0
    background: Background = field(init=False)

    def __post_init__(self) -> None:
        self.background = Background(self.name)

    def landed(self) -> None:
        """A step ended well."""
        self.cautious = max(0, self.cautious - 1)
        self.most = min(2 * self.most, BATCH)
        self.interrupted = 0

    def pause(self) -> float:
        """A step was cut off by what passes; gives the seconds until it is tried again, longer each time in a row."""
        self.most = FIRST_BATCH
        self.interrupted += 1
        return min(RETRY_SECONDS * 2.0 ** min(self.interrupted - 1, 10), MOST_RETRY_SECONDS)


class Batches:
    """Lands batches, each in the transaction that it is given."""

    def __init__(self, *, lander: Lander, pace: Pace, passing: tuple[type[Exception], ...]) -> None:
        """``passing``: failures that say nothing of a row. The parts stay the caller's."""
        self._lander = lander
        self._pace = pace
        self._passing = passing
        self._log = structlog.get_logger("photocode.imports")

    async def land_next(self, session: AsyncSession, job: OpenJob, lane: Lane) -> bool:
        """Land the next rows of an import, in a turn that is the lane's alone where it says so; False where none
        waits that nobody else has.
        """
        most = 1 if lane.cautious or lane.alone else min(lane.most, self._pace.batch)
        batch = await claim_batch(session, job, most=most, most_pictures=2 * most)
        if batch is None:
            lane.alone = False
            return False
        things = _things(batch)
        suspects = await lane.hands.suspects(session, things)
        if lane.alone:
            lane.alone = bool(suspects)
            await self._land_alone(session, batch, lane, things[0], suspects)
            return True
        innocent = len(list(takewhile(lambda thing: thing not in suspects, things)))
        if not innocent:
            lane.alone = True
            return True
        batch = replace(batch, items=batch.items[:innocent])
        async with lane.hands.holding(things[:innocent], alone=False):
            await self._land(session, batch, cautious=lane.cautious > 0)
        return True

    async def _land_alone(
        self, session: AsyncSession, batch: ClaimedBatch, lane: Lane, thing: str, suspects: dict[str, int]
    ) -> None:
        if suspects.get(thing, 0) >= MOST_DEATHS:
            self._log.error("import row kills workers", job=str(batch.job_id), line=batch.items[0].line)
            await self._note(session, batch.job_id, [await self._fail(session, batch, DEADLY)])
        else:
            async with lane.hands.holding([thing], alone=True):
                await self._land(session, batch, cautious=lane.cautious > 0)
        if suspects:
            await lane.hands.clear(session, thing)

    async def _land(self, session: AsyncSession, batch: ClaimedBatch, *, cautious: bool) -> None:
        states = await (self._land_one(session, batch) if cautious else self._lander.land(session, batch))
        await self._note(session, batch.job_id, states)

    async def _note(self, session: AsyncSession, job_id: UUID, states: Sequence[ItemState]) -> None:
        await stay_running(session, job_id)
        for state in states:
            IMPORTED_ROWS.labels(state.value).inc()

    async def _land_one(self, session: AsyncSession, batch: ClaimedBatch) -> list[ItemState]:
        """Land a single row, or say that it could not be."""
        try:
            async with session.begin_nested():
                return await self._lander.land(session, batch)
        except self._passing:
            raise
        except Exception:
            self._log.exception("import row failed", job=str(batch.job_id), line=batch.items[0].line)
            problem = RowProblem(code="internal_error", message="the row could not be imported")
            return [await self._fail(session, batch, problem)]

    async def _fail(self, session: AsyncSession, batch: ClaimedBatch, problem: RowProblem) -> ItemState:
        failed = Landed(line=batch.items[0].line, state=ItemState.FAILED, problems=[problem])
        await finish_items(session, batch.job_id, [failed])
        return failed.state


def _things(batch: ClaimedBatch) -> list[str]:
    return [f"row:{batch.job_id}:{item.line}" for item in batch.items]
