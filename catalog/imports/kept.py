"""What is kept of imports that have ended: uploads, so that failed rows can be tried again, and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import CatalogRow, ImportItemRow, ImportJobRow, JobState

KEPT: Final = timedelta(days=7)
"""Of uploads: of imports that failed, or some of whose rows did. Of rows: those that landed well."""
DROPPED_AT_ONCE: Final = 100


@dataclass(frozen=True, kw_only=True)
class EndedUpload:
    """An upload that is no longer needed."""

    job_id: UUID
    archive_key: str


async def ended_uploads(session: AsyncSession) -> Sequence[EndedUpload]:
    """Uploads that nobody needs: of imports without failed rows, of cancelled ones, of those that ended long
    ago, and of removed catalogs.
    """
    wrong = sa.exists().where(ImportItemRow.job_id == ImportJobRow.id, ImportItemRow.errors != sa.text("'[]'::jsonb"))
    gone = sa.exists().where(CatalogRow.id == ImportJobRow.catalog_id, CatalogRow.deleted_at.is_not(None))
    needless = sa.or_(
        gone,
        sa.and_(ImportJobRow.state == JobState.COMPLETED.value, ~wrong),
        ImportJobRow.state == JobState.CANCELLED.value,
        ImportJobRow.finished_at < sa.func.now() - KEPT,
    )
    statement = (
        sa.select(ImportJobRow.id, ImportJobRow.archive_key)
        .where(ImportJobRow.finished_at.is_not(None), ImportJobRow.upload_dropped_at.is_(None), needless)
        .limit(DROPPED_AT_ONCE)
    )
    return [EndedUpload(job_id=job_id, archive_key=key) for job_id, key in await session.execute(statement)]


async def note_dropped(session: AsyncSession, job_id: UUID) -> bool:
    """Note that an upload goes; False where the import has been taken up again."""
    noted = await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id, ImportJobRow.finished_at.is_not(None))
        .values(upload_dropped_at=sa.func.now())
        .returning(ImportJobRow.id)
        .execution_options(synchronize_session=False)
    )
    return bool(noted.all())


async def forget_rows(session: AsyncSession, most: int) -> bool:
    """Forget up to ``most`` rows that landed well, of an import that ended a week ago and cannot be tried again; False
    where there is no such import. Its counters stay, as do rows with something wrong.
    """
    job = (
        sa.select(ImportJobRow.id)
        .where(
            ImportJobRow.rows_dropped_at.is_(None),
            ImportJobRow.finished_at < sa.func.now() - KEPT,
            ImportJobRow.upload_dropped_at.is_not(None),
            # Those of a release of long ago are counted by their rows.
            ImportJobRow.counts.is_not(None),
        )
        .order_by(ImportJobRow.finished_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    job_id = await session.scalar(job)
    if job_id is None:
        return False
    well = sa.and_(ImportItemRow.job_id == job_id, ImportItemRow.errors == sa.text("'[]'::jsonb"))
    some = sa.select(ImportItemRow.line).where(well).limit(most)
    gone = sa.delete(ImportItemRow).where(ImportItemRow.job_id == job_id, ImportItemRow.line.in_(some))
    if not (await session.execute(gone.returning(ImportItemRow.line).execution_options(**_QUIETLY))).all():
        over = sa.update(ImportJobRow).where(ImportJobRow.id == job_id).values(rows_dropped_at=sa.func.now())
        await session.execute(over.execution_options(**_QUIETLY))
    return True


_QUIETLY: Final = {"synchronize_session": False}
