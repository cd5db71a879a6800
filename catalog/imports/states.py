"""What an administrator may do to an import: pause, resume, cancel it, and try its failed rows again.

Each may be repeated: an import that is in the wanted state already stays as it is.
"""

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ImportNotFound, ImportStateUnfit, UploadGone
from catalog.imports.jobs import OPEN, end_job
from catalog.models import ImportItemRow, ImportJobRow, ItemState, JobState

ENDED: Final = (JobState.COMPLETED.value, JobState.CANCELLED.value, JobState.FAILED.value)


async def pause(session: AsyncSession, catalog_id: UUID, job_id: UUID) -> None:
    """Let workers leave an import alone. When this is committed no row of it lands any more.

    Raises:
        ImportNotFound: the catalog has none of this id.
        ImportStateUnfit: it has ended.

    """
    job = await _locked(session, catalog_id, job_id)
    if job.state in ENDED:
        raise ImportStateUnfit(f"the import is {job.state}; only one that is under way can be paused")
    job.state = JobState.PAUSED.value
    await session.flush()


async def resume(session: AsyncSession, catalog_id: UUID, job_id: UUID) -> None:
    """Let workers go on with an import that was paused.

    Raises:
        ImportNotFound, ImportStateUnfit: as for :func:`pause`.

    """
    job = await _locked(session, catalog_id, job_id)
    if job.state in ENDED:
        raise ImportStateUnfit(f"the import is {job.state}; only one that is paused can be resumed")
    if job.state == JobState.PAUSED.value:
        job.state = JobState.QUEUED.value
        await session.flush()


async def cancel(session: AsyncSession, catalog_id: UUID, job_id: UUID) -> None:
    """End an import. Rows that have landed stay, the others never land.

    Raises:
        ImportNotFound: the catalog has none of this id.
        ImportStateUnfit: it has completed or failed.

    """
    job = await _locked(session, catalog_id, job_id)
    if job.state in (JobState.COMPLETED.value, JobState.FAILED.value):
        raise ImportStateUnfit(f"the import is {job.state}; there is nothing to cancel")
    await end_job(session, job_id, JobState.CANCELLED)


async def retry(session: AsyncSession, catalog_id: UUID, job_id: UUID) -> int:
    """Try the failed rows of an import again that could be read, and those that lost a picture; of one that failed as
    a whole also the rows that had not had their turn. Gives how many failed before; 0 where nothing is to be tried.

    Raises:
        ImportNotFound: the catalog has none of this id.
        ImportStateUnfit: it is paused or was cancelled.
        UploadGone: its upload is no longer kept.

    """
    job = await _locked(session, catalog_id, job_id)
    if job.state in OPEN:
        return 0
    if job.state in (JobState.PAUSED.value, JobState.CANCELLED.value):
        raise ImportStateUnfit(f"the import is {job.state}; rows are tried again when it has completed or failed")
    if job.upload_dropped_at is not None:
        raise UploadGone("the import's upload is no longer kept; send the failed rows as a file")
    again = await session.execute(
        sa.update(ImportItemRow)
        .where(
            ImportItemRow.job_id == job_id,
            ImportItemRow.fields != sa.text("'{}'::jsonb"),
            ImportItemRow.errors != sa.text("'[]'::jsonb"),
        )
        .values(state=ItemState.PENDING.value, errors=[])
        .returning(ImportItemRow.line)
        .execution_options(synchronize_session=False)
    )
    rows = len(again.all())
    if rows or job.state == JobState.FAILED.value:
        await session.execute(
            sa.update(ImportJobRow)
            .where(ImportJobRow.id == job_id)
            .values(
                state=JobState.QUEUED.value,
                failure=None,
                failure_code=None,
                finished_at=None,
                absent=None,
                counts=sa.null(),
            )
            .execution_options(synchronize_session=False)
        )
    return rows


async def _locked(session: AsyncSession, catalog_id: UUID, job_id: UUID) -> ImportJobRow:
    statement = sa.select(ImportJobRow).where(ImportJobRow.id == job_id, ImportJobRow.catalog_id == catalog_id)
    job = await session.scalar(statement.with_for_update())
    if job is None:
        raise ImportNotFound(f"the catalog has no import {job_id}")
    return job
