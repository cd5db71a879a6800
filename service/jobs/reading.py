"""The first phase of an import: its table is read, and every row written down, some at a time.

One worker reads an import; a lock that ends with its connection says so. One that is killed has written whole batches,
behind which the next goes on.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from itertools import islice
from typing import Final

import sqlalchemy as sa

from catalog.database import Database
from catalog.imports.items import (
    hash_of_row,
    lines_written,
    mark_compared,
    mark_read,
    settle_unchanged,
    write_items,
)
from catalog.imports.jobs import OpenJob, lock_key, mark_running
from catalog.imports.removal import MOST_REMOVED, count_absent, rows_failed
from catalog.imports.rows import TableRow
from catalog.models import ImportMode, ItemState, JobState
from catalog.storage.pictures import PictureStore
from service.jobs.steps import Steps
from service.jobs.upload_reading import Reading, reading
from service.metrics import IMPORTED_ROWS

ROWS_AT_ONCE: Final = 1_000

Read = tuple[TableRow, str | None]


@asynccontextmanager
async def alone(database: Database, job: OpenJob) -> AsyncIterator[bool]:
    """Whether nobody else does what only one worker may do to an import; nobody does while the block runs."""
    async with database.statements() as session:
        key = {"key": lock_key(job.job_id)}
        locked = bool(await session.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), key))
        try:
            yield locked
        finally:
            if locked and not (await session.connection()).invalidated:
                await session.execute(sa.text("SELECT pg_advisory_unlock(:key)"), key)


class Reader:
    """Reads imports in."""

    def __init__(self, database: Database, pictures: PictureStore) -> None:
        """``pictures``: where uploads lie. The parts stay the caller's to close."""
        self._database = database
        self._pictures = pictures

    async def read(self, job: OpenJob, steps: Steps) -> None:
        """Write an import's rows down, in steps that have been begun. The caller holds its lock (:func:`alone`).

        Raises:
            ArchiveInvalid, TableInvalid, FormatUnsupported: the file cannot be read, to its end perhaps.
            FileNotFoundError: it is gone.
            Interrupted: the import was paused or ended.

        """
        async with self._database.write() as session:
            await mark_running(session, job.job_id, JobState.READING)
            written = await lines_written(session, job.job_id)
        async with AsyncExitStack() as stack:
            async with steps.step():
                opened = _opened(reading(self._pictures, job.archive_key, job.options))
                upload = await stack.enter_async_context(opened)
            more = True
            while more:
                async with steps.step():
                    more = await self._write_some(job, upload, written)
        async with self._database.write() as session:
            await mark_read(session, job.job_id)

    async def _write_some(self, job: OpenJob, upload: Reading, written: int) -> bool:
        """Write the next rows down; False where there are none."""
        batch = await asyncio.to_thread(_next_rows, upload, written)
        if batch:
            async with self._database.write() as session:
                await write_items(session, job.job_id, batch)
        return bool(batch)

    async def compare(self, job: OpenJob) -> None:
        """Settle the rows that change nothing. The caller holds the import's lock.

        Raises:
            RemovesTooMany: it is a sync that would remove more than it may.
            Interrupted: the import was paused or ended.

        """
        async with self._database.read() as session:
            if job.mode == ImportMode.SYNC.value and not await rows_failed(session, job.job_id):
                # Judged before anything is changed, and again when all has landed.
                await count_absent(session, job.job_id, job.catalog_id, most_removed(job))
        line, unchanged = 0, 0
        while True:
            async with self._database.write() as session:
                settled = await settle_unchanged(session, job.job_id, job.catalog_id, line)
            if settled is None:
                break
            line, unchanged = settled
            IMPORTED_ROWS.labels(ItemState.UNCHANGED.value).inc(unchanged)
        async with self._database.write() as session:
            await mark_compared(session, job.job_id)


def most_removed(job: OpenJob) -> float:
    """Share of the catalog that a sync may remove, 0..1."""
    return MOST_REMOVED if job.most_removed is None else job.most_removed


@asynccontextmanager
async def _opened(upload: AbstractContextManager[Reading]) -> AsyncIterator[Reading]:
    """Opened and closed beside the loop: all of the table is looked at first."""
    opened = await asyncio.to_thread(upload.__enter__)
    try:
        yield opened
    finally:
        await asyncio.to_thread(upload.__exit__, None, None, None)


def _next_rows(upload: Reading, written: int) -> list[Read]:
    """The next rows that are not written down yet, with their hashes."""
    new = (row for row in upload.rows if row.line > written)
    return [(row, _hash(upload, row)) for row in islice(new, ROWS_AT_ONCE)]


def _hash(upload: Reading, row: TableRow) -> str | None:
    if row.fields is None:
        return None
    return hash_of_row(row.fields, [upload.mark(name) for name in row.fields.pictures or ()])
