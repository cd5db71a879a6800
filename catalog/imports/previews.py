"""Previews of imports in the database: who works on which, and what was found.

Whoever works on one holds a lease on it; whoever dies lets it run out, and the next begins anew: nothing was written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ImportPreviewNotFound, ImportPreviewNotReady
from catalog.models import CatalogRow, CheckState, ImportPreviewRow

LEASE: Final = timedelta(seconds=30)
_OPEN: Final = (CheckState.QUEUED.value, CheckState.RUNNING.value)


@dataclass(frozen=True, kw_only=True)
class HeldPreview:
    """A preview in a worker's hands until ``until``."""

    id: UUID
    catalog_id: UUID
    archive_key: str
    options: dict[str, Any]
    until: datetime


@dataclass(frozen=True, kw_only=True)
class NamedPreview:
    """A preview, and its catalog's name."""

    row: ImportPreviewRow
    catalog_name: str


async def create_preview(
    session: AsyncSession, *, preview_id: UUID, catalog_id: UUID, archive_key: str, options: dict[str, Any]
) -> None:
    """Write a preview down; its upload is kept already."""
    session.add(ImportPreviewRow(id=preview_id, catalog_id=catalog_id, archive_key=archive_key, options=options))
    await session.flush()


async def get_preview(session: AsyncSession, catalog_id: UUID, preview_id: UUID) -> NamedPreview:
    """A preview of a catalog.

    Raises:
        ImportPreviewNotFound: the catalog has none of this id, or no longer.

    """
    statement = (
        sa.select(ImportPreviewRow, CatalogRow.name)
        .join(CatalogRow)
        .where(ImportPreviewRow.id == preview_id, ImportPreviewRow.catalog_id == catalog_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise ImportPreviewNotFound(f"the catalog has no import preview {preview_id}")
    return NamedPreview(row=row[0], catalog_name=row[1])


async def mark_applied(session: AsyncSession, catalog_id: UUID, preview_id: UUID) -> tuple[ImportPreviewRow, bool]:
    """Say that an import is started from a preview; False where one has been before. Who comes second waits.

    Raises:
        ImportPreviewNotFound: the catalog has none of this id, or no longer.
        ImportPreviewNotReady: it is not completed.

    """
    statement = (
        sa.select(ImportPreviewRow)
        .where(ImportPreviewRow.id == preview_id, ImportPreviewRow.catalog_id == catalog_id)
        .with_for_update()
    )
    row = await session.scalar(statement)
    if row is None:
        raise ImportPreviewNotFound(f"the catalog has no import preview {preview_id}")
    if row.state != CheckState.COMPLETED.value:
        raise ImportPreviewNotReady(f"the preview is {row.state}; one that is completed can be applied")
    if row.applied_at is not None:
        return row, False
    row.applied_at = sa.func.now()
    await session.flush()
    return row, True


async def take_preview(session: AsyncSession) -> HeldPreview | None:
    """Take the oldest preview that waits or whose worker has died; None where there is none."""
    free = sa.or_(ImportPreviewRow.held_until.is_(None), ImportPreviewRow.held_until < sa.func.now())
    waiting = (
        sa.select(ImportPreviewRow.id)
        .where(ImportPreviewRow.state.in_(_OPEN), free)
        .order_by(ImportPreviewRow.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    statement = (
        sa.update(ImportPreviewRow)
        .where(ImportPreviewRow.id == waiting.scalar_subquery())
        .values(state=CheckState.RUNNING.value, held_until=sa.func.clock_timestamp() + LEASE)
        .returning(
            ImportPreviewRow.id,
            ImportPreviewRow.catalog_id,
            ImportPreviewRow.archive_key,
            ImportPreviewRow.options,
            ImportPreviewRow.held_until,
        )
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None or row.held_until is None:
        return None
    return HeldPreview(
        id=row.id,
        catalog_id=row.catalog_id,
        archive_key=row.archive_key,
        options=row.options,
        until=row.held_until,
    )


async def put_progress(
    session: AsyncSession, held: HeldPreview, until: datetime, report: dict[str, Any]
) -> datetime | None:
    """Write what was found up to now and keep the preview; None: somebody else has it, or it is gone."""
    return await session.scalar(
        sa.update(ImportPreviewRow)
        .where(ImportPreviewRow.id == held.id, ImportPreviewRow.held_until == until)
        .values(report=report, held_until=sa.func.clock_timestamp() + LEASE)
        .returning(ImportPreviewRow.held_until)
        .execution_options(synchronize_session=False)
    )


async def finish_preview(
    session: AsyncSession,
    held: HeldPreview,
    until: datetime,
    *,
    report: dict[str, Any] | None = None,
    failure: str | None = None,
    failure_code: str | None = None,
) -> None:
    """End a preview, if it is still this worker's. With ``failure`` the import would fail as a whole."""
    values: dict[str, Any] = {"state": (CheckState.FAILED if failure else CheckState.COMPLETED).value}
    values |= {"failure": failure, "failure_code": failure_code, "finished_at": sa.func.now(), "held_until": None}
    values |= {"report": report} if report is not None else {}
    await session.execute(
        sa.update(ImportPreviewRow)
        .where(ImportPreviewRow.id == held.id, ImportPreviewRow.held_until == until)
        .values(values)
        .execution_options(synchronize_session=False)
    )


async def give_preview_back(session: AsyncSession, held: HeldPreview, until: datetime) -> None:
    """Let the next worker have it at once."""
    await session.execute(
        sa.update(ImportPreviewRow)
        .where(ImportPreviewRow.id == held.id, ImportPreviewRow.held_until == until)
        .values(held_until=None)
        .execution_options(synchronize_session=False)
    )


async def drop_previews(session: AsyncSession, older_than: timedelta) -> list[str]:
    """Forget previews that are older; gives the keys of uploads that no import needs."""
    statement = (
        sa.delete(ImportPreviewRow)
        .where(ImportPreviewRow.created_at < sa.func.now() - older_than)
        .returning(ImportPreviewRow.archive_key, ImportPreviewRow.applied_at)
        .execution_options(synchronize_session=False)
    )
    return [key for key, applied_at in await session.execute(statement) if applied_at is None]
