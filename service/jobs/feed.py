"""Imports as they go on: one look at the database for all who watch from this process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from catalog.database import Database
from catalog.imports.reports import ImportReport, reports_of
from service.tasks import stop

LOOK_SECONDS: Final = 0.5
HEARTBEAT_SECONDS: Final = 5.0


@dataclass
class _Watched:
    """An import that somebody watches: its last report, and how many reports there were."""

    listeners: int = 0
    report: ImportReport | None = None
    looks: int = 0
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, report: ImportReport | None) -> None:
        self.report = report
        self.looks += 1
        # Who waits now sees it; who comes later waits for the next look.
        self.looked.set()
        self.looked = asyncio.Event()


class ImportFeed:
    """Looks at watched imports while there are any."""

    def __init__(self, database: Database) -> None:
        """Nothing is looked at before somebody watches."""
        self._database = database
        self._watched: dict[UUID, _Watched] = {}
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._log = structlog.get_logger("photocode.imports")

    async def watch(self, job_id: UUID) -> AsyncIterator[ImportReport | None]:
        """Reports of an import, twice a second; None after a while without any, so that the line is kept.

        Ends when the import is gone, or the service.
        """
        watched = self._watched.setdefault(job_id, _Watched())
        watched.listeners += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_on(), name="import-feed")
        try:
            while not self._closed:
                looked = watched.looked
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await looked.wait()
                except TimeoutError:
                    yield None
                    continue
                if watched.report is None:
                    return
                yield watched.report
        finally:
            watched.listeners -= 1
            if not watched.listeners:
                del self._watched[job_id]

    async def close(self) -> None:
        """Look at nothing more; those who watch are let go."""
        self._closed = True
        for watched in self._watched.values():
            watched.tell(None)
        if self._task is not None:
            await stop(self._task)

    async def _look_on(self) -> None:
        while self._watched:
            try:
                async with self._database.read() as session:
                    found = {one.job.id: one for one in await reports_of(session, list(self._watched))}
            except Exception as error:
                # The database is away, mostly: who watches waits on.
                self._log.warning("imports cannot be watched; trying again", reason=type(error).__name__)
            else:
                for job_id, watched in self._watched.items():
                    watched.tell(found.get(job_id))
            await asyncio.sleep(LOOK_SECONDS)
