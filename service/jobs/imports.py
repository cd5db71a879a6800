"""The import worker: reads imports in, lands their rows, some at a time, and ends them.

The truth is in the database (:mod:`catalog.imports.jobs`); this only moves it on. A batch is one transaction, so
a worker that is killed leaves its rows waiting, and any worker, on this machine or another, takes them up again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Final

import structlog
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import SQLAlchemyError

from catalog.database import Database
from catalog.imports.items import lines_written
from catalog.imports.jobs import (
    Interrupted,
    OpenJob,
    end_job,
    fail_job,
    mark_running,
    next_jobs,
    rows_of_job_wait,
)
from catalog.imports.kept import ended_uploads, note_dropped
from catalog.imports.removal import allow_removal, count_absent, remove_absent, rows_failed
from catalog.models import ImportMode, JobState
from catalog.storage.pictures import PictureStore
from service.jobs.background import NOT_AT_ALL
from service.jobs.batches import RETRY_SECONDS, Batches, Lane
from service.jobs.care import Hands, Turns
from service.jobs.failures import AS_A_WHOLE, KillsWorkers, told
from service.jobs.landing import Lander
from service.jobs.pace import Pace
from service.jobs.reading import Reader, alone, most_removed
from service.jobs.steps import Steps
from service.recognition.embedding.overload import Overloaded

LANES: Final = 2
"""Batches in work at once, so that the model has pictures while another batch is written."""
CAUTIOUS_STEPS: Final = 64
IDLE_SECONDS: Final = 2.0

# The database or the store is away, or much is asked at once: the rows wait, and nothing is lost by trying again.
_PASSING: Final[tuple[type[Exception], ...]] = (SQLAlchemyError, StoreError, OSError, Overloaded)


class ImportWorker:
    """Carries imports out."""

    def __init__(
        self,
        *,
        database: Database,
        pictures: PictureStore,
        reader: Reader,
        lander: Lander,
        pace: Pace,
        turns: Turns,
        hands: Callable[[], Hands],
        when_landed: Callable[[], None] | None = None,
    ) -> None:
        """``turns`` of all background workers; ``hands``: makes a lane's; ``when_landed`` is told when imports have
        ended. The parts stay the caller's to close.
        """
        self._database = database
        self._pictures = pictures
        self._reader = reader
        self._batches = Batches(lander=lander, pace=pace, passing=_PASSING + AS_A_WHOLE)
        self._turns = turns
        self._when_landed = when_landed
        self._lanes = [Lane(f"imports-{number}", hands()) for number in range(LANES)]
        self._log = structlog.get_logger("photocode.imports")

    def wake(self) -> None:
        """Say that there is work; without it, work is found within two seconds."""
        for lane in self._lanes:
            lane.background.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs. What was unfinished when the last process ended is taken up at once."""
        async with AsyncExitStack() as stack:
            for lane in self._lanes:
                stack.push_async_callback(lane.hands.put_down)
                await stack.enter_async_context(lane.background.running(partial(self._step_or_recover, lane)))
            yield

    async def tidy(self) -> None:
        """Drop the uploads that nobody needs any more."""
        async with self._database.read() as session:
            ended = await ended_uploads(session)
        for upload in ended:
            async with self._database.write() as session:
                dropped = await note_dropped(session, upload.job_id)
            if dropped:
                with suppress(FileNotFoundError):
                    await self._pictures.delete_archive(upload.archive_key)

    async def _step_or_recover(self, lane: Lane) -> float:
        try:
            if await self._step(lane):
                lane.landed()
                return NOT_AT_ALL
            lane.interrupted = 0
            await lane.hands.put_down()
            return IDLE_SECONDS
        except Interrupted:
            return NOT_AT_ALL
        except _PASSING as error:
            self._log.warning("import interrupted; trying again", reason=str(error).split("\n")[0])
            await asyncio.sleep(lane.pause())
        except Exception:
            # A row that nobody foresaw must not stop the rows behind it: it is found and failed by itself.
            self._log.exception("import batch failed; taking its rows one by one")
            lane.cautious = CAUTIOUS_STEPS
            await asyncio.sleep(RETRY_SECONDS)
        return NOT_AT_ALL

    async def _step(self, lane: Lane) -> bool:
        """Go on with the first import that can be gone on with; False where there was nothing to do."""
        async with self._database.read() as session:
            jobs = await next_jobs(session)
        for job in jobs:
            try:
                if await self._go_on(job, lane):
                    return True
            except AS_A_WHOLE as error:
                await self._fail(job, error)
                return True
        return False

    async def _go_on(self, job: OpenJob, lane: Lane) -> bool:
        if not job.is_compared:
            return await self._prepare(job, lane)
        if job.state != JobState.RUNNING.value:
            async with self._database.write() as session:
                await mark_running(session, job.job_id, JobState.RUNNING)
        async with self._turns.turn(alone=lane.alone), self._database.write() as session:
            if await self._batches.land_next(session, job, lane):
                return True
            if await rows_of_job_wait(session, job.job_id):
                return False
        return await self._finish(job)

    async def _prepare(self, job: OpenJob, lane: Lane) -> bool:
        async with alone(self._database, job) as mine:
            if not mine:
                return False
            async with self._database.read() as session:
                # Somebody else may have done it before the lock was had.
                now = next((one for one in await next_jobs(session) if one.job_id == job.job_id), None)
            if now and not now.is_read:
                await self._read(now, Steps(self._turns, lane.hands))
            if now and not now.is_compared:
                await self._reader.compare(now)
        self.wake()
        return True

    async def _read(self, job: OpenJob, steps: Steps) -> None:
        async with self._database.write() as session:
            # Who gets further each time is killed by something else.
            written = await lines_written(session, job.job_id)
            bearable = await steps.begin(session, f"import:{job.job_id}:{written}")
        if not bearable:
            raise KillsWorkers
        await self._reader.read(job, steps)
        async with self._database.write() as session:
            await steps.end(session)

    async def _finish(self, job: OpenJob) -> bool:
        async with alone(self._database, job) as mine:
            if not mine:
                return False
            if job.mode == ImportMode.SYNC.value:
                await self._remove(job)
            async with self._database.write() as session:
                ended = await end_job(session, job.job_id, JobState.COMPLETED)
        if ended:
            self._log.info("import completed", job=str(job.job_id))
            await self.tidy()
        if self._when_landed:
            self._when_landed()
        return True

    async def _remove(self, job: OpenJob) -> None:
        """Remove what a sync's file does not have: only when all its rows have landed."""
        async with self._database.read() as session:
            if await rows_failed(session, job.job_id):
                return
        if job.absent is None:
            async with self._database.write() as session:
                absent = await count_absent(session, job.job_id, job.catalog_id, most_removed(job))
                await allow_removal(session, job.job_id, absent)
        removed = 1
        while removed:
            async with self._database.write() as session:
                removed = await remove_absent(session, job.job_id, job.catalog_id)

    async def _fail(self, job: OpenJob, error: Exception) -> None:
        code, reason = told(error)
        self._log.warning("import failed", job=str(job.job_id), code=code, reason=reason)
        async with self._database.write() as session:
            await fail_job(session, job.job_id, code, reason)
