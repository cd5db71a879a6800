"""The calibration worker: fits verdicts to each catalog, from answers about its own pictures and from confirmations.

A catalog is due when its references have been described, when a tenth of them have come or gone, when 20 lookups more
have been confirmed, or when another share of wrong matches is wanted. The work gives way to lookups.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.calibrations import (
    Due,
    confirmed_answers,
    fail,
    give_back,
    next_due,
    put_calibration,
    sample_references,
    take,
)
from catalog.galleries import live_gallery
from catalog.models import CalibrationRow
from catalog.rehearsals import Seen, put_answer
from catalog.search.filters import Filter
from catalog.search.gallery import GallerySearch
from catalog.search.surface.resident import ResidentIndexes
from mobile_contract.imports import Failure
from service.jobs.background import Background, LeaseLost, tried
from service.jobs.steps import DEADLY, Steps
from service.jobs.traffic import Traffic
from service.recognition.verdict.calibration import Answered, calibrate, shared_calibration
from service.rehearsal.calibrations import Calibrations, rehearsed_in
from service.rehearsal.rehearse import MOST_REHEARSED, Busy, Rehearsed, Rehearser, rehearsals

IDLE_SECONDS: Final = 30.0
BUSY_SECONDS: Final = 300.0
"""Between two tries on a machine that is too busy: what is done in vain keeps it busy too."""
GIVE_WAY_SECONDS: Final = 5.0
"""A picture waits so long for a moment without lookups."""
MOST_BUSY: Final = 0.1
"""Share of them that may go without an answer because the machine is busy, before the work is put off."""


@dataclass(frozen=True, kw_only=True)
class CalibrationWorker:
    """Calibrates one catalog after the other. All parts stay the caller's. ``when_fitted`` is told of each."""

    indexes: ResidentIndexes
    rehearser: Rehearser
    calibrations: Calibrations
    traffic: Traffic
    steps: Steps
    when_fitted: Callable[[], None] = lambda: None
    background: Background = field(default_factory=lambda: Background("calibration"))

    def wake(self) -> None:
        """Say that there may be work; without it, work is found within half a minute."""
        self.background.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs."""
        async with self.background.running(self._step_or_recover):
            yield

    async def step(self) -> bool:
        """Calibrate a catalog; False where none is due."""
        due = until = None
        try:
            async with self.calibrations.database.write() as session:
                due = await next_due(session, self.calibrations.maker, self.calibrations.space)
                until = await take(session, due.catalog_id) if due else None
                if due and until and not await self.steps.begin(session, f"calibration:{due.catalog_id}"):
                    await self._give_up(session, due)
                    return True
            if due is None or until is None:
                return False
            rehearsed = rehearsed_in(due.last) if due.last and not due.rehearse else await self._rehearse(due, until)
            async with self.steps.step():
                await self._fit(due, rehearsed)
            async with self.calibrations.database.write() as session:
                await self.steps.end(session)
        except (asyncio.CancelledError, Busy):
            # Whoever works on it next need not wait for the lease to run out.
            if due and until:
                async with self.calibrations.database.write() as session:
                    await give_back(session, due.catalog_id)
            raise
        self.calibrations.forget(due.catalog_id)
        self.when_fitted()
        return True

    async def _give_up(self, session: AsyncSession, due: Due) -> None:
        structlog.get_logger("photocode.calibration").error("calibration kills workers", catalog=str(due.catalog_id))
        images = due.reference_images
        await fail(session, due.catalog_id, failure=DEADLY, code=Failure.WORKER_KILLED, reference_images=images)

    async def _step_or_recover(self) -> float:
        log = structlog.get_logger("photocode.calibration")
        put_off: dict[type[Exception], float] = {Busy: BUSY_SECONDS, LeaseLost: IDLE_SECONDS}
        return await tried(self.step, log, "calibration", idle=IDLE_SECONDS, again=IDLE_SECONDS, put_off=put_off)

    async def _rehearse(self, due: Due, until: datetime) -> list[Answered]:
        async with self.calibrations.database.read() as session:
            gallery = await live_gallery(session, due.catalog_id, self.calibrations.space)
            sampled = await sample_references(session, due.catalog_id, MOST_REHEARSED)
        async with self.steps.step():
            await self.indexes.loaded(due.catalog_id)
        search = GallerySearch(
            database=self.calibrations.database,
            pictures=self.rehearser.pictures,
            indexes=self.indexes,
            gallery=gallery,
            where=Filter(),
        )
        answers: list[Answered] = []
        busy = 0
        asked = rehearsals(sampled)
        for rehearsal in asked:
            await self.traffic.lull(GIVE_WAY_SECONDS)
            rehearsed = Rehearsed()
            try:
                async with self.steps.step():
                    rehearsed = await self.rehearser.rehearse(rehearsal, search)
            except Busy:
                busy += 1
                if busy > MOST_BUSY * len(asked):
                    raise
            answers += rehearsed.answers
            until = await self._keep(due, until, rehearsed.seen)
        return answers

    async def _keep(self, due: Due, until: datetime, seen: Seen | None) -> datetime:
        """Keep the right to go on, and what was found: a self-test need not ask it again."""
        async with self.calibrations.database.write() as session:
            kept = await take(session, due.catalog_id, until=until)
            if kept and seen:
                maker, references = self.calibrations.maker, due.reference_images
                await put_answer(session, due.catalog_id, maker, seen, reference_images=references)
        if kept is None:
            raise LeaseLost(f"catalog {due.catalog_id} is no longer this process's to calibrate")
        return kept

    async def _fit(self, due: Due, rehearsed: Sequence[Answered]) -> None:
        async with self.calibrations.database.write() as session:
            confirmed, last = await confirmed_answers(session, due.catalog_id, self.calibrations.maker)
            answers = [Answered(**asdict(one), confirmed=True) for one in confirmed]
            shared = shared_calibration(self.calibrations.shared)
            found = await asyncio.to_thread(calibrate, [*rehearsed, *answers], shared, due.wrong_matches)
            row = CalibrationRow(
                catalog_id=due.catalog_id,
                maker=self.calibrations.maker,
                slope=found.slope,
                intercept=found.intercept,
                match_probability=found.match_probability,
                no_match_probability=found.no_match_probability,
                wrong_matches=due.wrong_matches,
                rehearsed=[_stored(one) for one in rehearsed],
                reference_images=due.reference_images,
                confirmed=len(confirmed),
                last_confirmation=last,
            )
            await put_calibration(session, row)
            version = row.version
        log = structlog.get_logger("photocode.calibration")
        log.info(
            "catalog calibrated",
            catalog=str(due.catalog_id),
            version=version,
            rehearsed=len(rehearsed),
            confirmed=len(confirmed),
            match_probability=found.match_probability,
        )


def _stored(one: Answered) -> dict[str, Any]:
    return {"logit": one.logit, "right": one.right, "absent": one.absent}
