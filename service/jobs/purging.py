"""The purging worker: takes away products and catalogs that were removed long ago, files that nothing names, and what
is forgotten by age.

The truth is in the database (:mod:`catalog.removal`, :mod:`catalog.purging`); any number of these work side by side.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import structlog

from catalog.database import Database
from catalog.purging import claim_removed_catalog, claim_unused, forget_unused, keep_unused, purge_catalog_piece
from catalog.removal import purge_removed
from catalog.storage.pictures import PictureStore
from service.jobs.background import Background, tried
from service.jobs.forgetting import Forgetter

IDLE_SECONDS = 60.0
RETRY_SECONDS = 5.0
PRODUCTS_AT_ONCE = 100
FILES_AT_ONCE = 100
REQUESTS_END = timedelta(minutes=2)
"""After which no request still works on a catalog that was removed."""
FILES_KEPT = timedelta(hours=1)
"""A file is deleted when no row has named it for so long and nobody has put it since."""


class PurgeWorker:
    """Takes away what was removed, a piece at a time."""

    def __init__(
        self,
        *,
        database: Database,
        pictures: PictureStore,
        after: timedelta,
        audit: timedelta = timedelta(0),
        requests_end: timedelta = REQUESTS_END,
        files_kept: timedelta = FILES_KEPT,
    ) -> None:
        """``after``: how long products can be restored; ``audit``: as of :class:`Forgetter`. The parts stay
        the caller's to close.
        """
        self._database = database
        self._pictures = pictures
        self._after = after
        self._forgetter = Forgetter(database=database, audit=audit)
        self._requests_end = requests_end
        self._files_kept = files_kept
        self._background = Background("purging")
        self._log = structlog.get_logger("photocode.purging")

    def wake(self) -> None:
        """Say that there is work; without it, work is found within a minute."""
        self._background.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs."""
        async with self._background.running(self._step_or_recover):
            yield

    async def _step_or_recover(self) -> float:
        return await tried(self.step, self._log, "purging", idle=IDLE_SECONDS, again=RETRY_SECONDS)

    async def step(self) -> bool:
        """Take away one piece; False where there was nothing to do."""
        return await self._products() or await self._catalog() or await self._files() or await self._forgetter.step()

    async def _products(self) -> bool:
        async with self._database.write() as session:
            purged = await purge_removed(session, self._after, PRODUCTS_AT_ONCE)
        if purged:
            self._log.info("removed products purged", products=purged)
        return bool(purged)

    async def _catalog(self) -> bool:
        async with self._database.write() as session:
            catalog_id = await claim_removed_catalog(session, self._requests_end)
            if catalog_id is None:
                return False
            uploads = await purge_catalog_piece(session, catalog_id, PRODUCTS_AT_ONCE)
        for key in uploads:
            with suppress(FileNotFoundError):
                await self._pictures.delete_archive(key)
        return True

    async def _files(self) -> bool:
        before = datetime.now(UTC) - self._files_kept
        async with self._database.write() as session:
            looked_at, keys = await claim_unused(session, self._files_kept, FILES_AT_ONCE)
            gone = {key: await self._pictures.delete_unused(key, before=before) for key in keys}
            await forget_unused(session, [key for key, deleted in gone.items() if deleted])
            await keep_unused(session, [key for key, deleted in gone.items() if not deleted])
        return bool(looked_at)
