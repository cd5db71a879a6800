"""The import worker: takes waiting rows and lands them, some at a time, in the background of the server.

The truth is in the database (:mod:`catalog.imports.jobs`); this only moves it on. A batch is one transaction, so
a worker that is killed leaves its rows waiting, and any worker takes them up again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.errors import CatalogError
from catalog.imports.jobs import ClaimedBatch, claim_batch, complete_jobs, fail_job, finish_item, mark_running
from catalog.imports.rows import RowProblem
from catalog.models import ItemState
from catalog.storage.pictures import PictureStore
from service.jobs.background import NOT_AT_ALL, Background
from service.jobs.landing import Lander
from service.metrics import IMPORTED_ROWS

BATCH = 16
IDLE_SECONDS = 2.0
RETRY_SECONDS = 2.0

# The database or the store is away: the rows wait, and nothing is lost by trying again.
_TRANSIENT = (SQLAlchemyError, StoreError, OSError)


class ImportWorker:
    """Lands imports, one batch after the other."""

    def __init__(
        self,
        *,
        database: Database,
        pictures: PictureStore,
        lander: Lander,
        when_landed: Callable[[], None] | None = None,
    ) -> None:
        """``when_landed`` is told when imports have ended. The parts stay the caller's to close."""
        self._database = database
        self._pictures = pictures
        self._lander = lander
        self._when_landed = when_landed
        self._background = Background("imports")
        self._log = structlog.get_logger("photocode.imports")

    def wake(self) -> None:
        """Say that there is work; without it, work is found within two seconds."""
        self._background.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs. What was unfinished when the last process ended is taken up at once."""
        async with self._background.running(self._step_or_recover):
            yield

    async def _step_or_recover(self) -> float:
        try:
            return NOT_AT_ALL if await self.step() else IDLE_SECONDS
        except _TRANSIENT:
            self._log.exception("import batch failed; trying again")
            await asyncio.sleep(RETRY_SECONDS)
        except Exception:
            # A row that nobody foresaw must not stop the rows behind it: it is found and failed by itself.
            self._log.exception("import batch failed; taking its rows one by one")
            await self._fail_culprit()
        return NOT_AT_ALL

    async def _fail_culprit(self) -> None:
        for _ in range(BATCH):
            try:
                await self.step(1)
            except _TRANSIENT:
                return
            except Exception:
                self._log.exception("import row failed")
                await self._fail_next_row()
                return

    async def _fail_next_row(self) -> None:
        problem = RowProblem(code="internal_error", message="the row could not be imported")
        with suppress(*_TRANSIENT):
            async with self._database.write() as session:
                if batch := await claim_batch(session, 1):
                    await finish_item(session, batch.job_id, batch.items[0].line, ItemState.FAILED, [problem])

    async def step(self, most: int = BATCH) -> bool:
        """Land up to ``most`` rows, or end the imports that are done; False where there was nothing to do."""
        async with self._database.write() as session:
            batch = await claim_batch(session, most)
            if batch is not None:
                await self._land(session, batch)
                return True
            archives = await complete_jobs(session)
        if archives and self._when_landed:
            self._when_landed()
        for key in archives:
            with suppress(FileNotFoundError):
                await self._pictures.delete_archive(key)
        return bool(archives)

    async def _land(self, session: AsyncSession, batch: ClaimedBatch) -> None:
        try:
            states = await self._lander.land(session, batch)
        except (CatalogError, FileNotFoundError) as error:
            reason = "the upload is gone" if isinstance(error, FileNotFoundError) else str(error)
            self._log.warning("import failed", job=str(batch.job_id), reason=reason)
            await fail_job(session, batch.job_id, reason)
            return
        await mark_running(session, batch.job_id)
        for state in states:
            IMPORTED_ROWS.labels(state.value).inc()
