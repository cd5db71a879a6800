"""The durable record of imports. Progress is a count over items, so it never falls and survives any crash.

Items are claimed with ``FOR UPDATE SKIP LOCKED`` and landed in the same transaction: a worker that dies gives its
claims back by dying, and no row is ever landed twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import SURFACE, TEXT, Counts, count_of_import
from catalog.errors import ImportNotFound
from catalog.imports.reading.options import Detected
from catalog.imports.rows import RowFields, RowProblem, TableRow
from catalog.models import CatalogRow, ImportItemRow, ImportJobRow, ItemState, JobState

INSERTED_AT_ONCE = 1_000
_OPEN = (JobState.QUEUED.value, JobState.RUNNING.value)


@dataclass(frozen=True, kw_only=True)
class LineProblem:
    """A row's problem with its line."""

    line: int
    problem: RowProblem


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """An import: its job, how many rows are in which state, and the first problems by line.

    ``surface`` and ``text`` count the references that it brought and that are still there.
    """

    job: ImportJobRow
    catalog_name: str
    counts: dict[ItemState, int]
    with_warnings: int
    problems: list[LineProblem]
    surface: Counts
    text: Counts


@dataclass(frozen=True, kw_only=True)
class ClaimedItem:
    """A row in a worker's hands, locked until its transaction ends."""

    line: int
    fields: RowFields


@dataclass(frozen=True, kw_only=True)
class ClaimedBatch:
    """Rows of one import."""

    job_id: UUID
    catalog_id: UUID
    archive_key: str
    items: list[ClaimedItem]


def new_job_id() -> UUID:
    """Known before the job is written, because the upload is kept under it first."""
    return uuid4()


async def create_job(
    session: AsyncSession,
    *,
    job_id: UUID,
    catalog_id: UUID,
    archive_key: str,
    rows: Sequence[TableRow],
    detected: Detected | None = None,
) -> None:
    """Write an import and all its rows; those with problems have failed already."""
    read_as = detected.stored if detected else None
    session.add(ImportJobRow(id=job_id, catalog_id=catalog_id, archive_key=archive_key, detected=read_as))
    await session.flush()
    values = [
        {
            "job_id": job_id,
            "line": row.line,
            "fields": msgspec.to_builtins(row.fields) if row.fields else {},
            "state": (ItemState.PENDING if row.fields else ItemState.FAILED).value,
            "errors": msgspec.to_builtins(row.problems),
        }
        for row in rows
    ]
    for start in range(0, len(values), INSERTED_AT_ONCE):
        await session.execute(sa.insert(ImportItemRow), values[start : start + INSERTED_AT_ONCE])


async def claim_batch(session: AsyncSession, most: int) -> ClaimedBatch | None:
    """Lock up to ``most`` waiting rows of the oldest import that has any; None where nothing waits."""
    waiting = sa.exists().where(ImportItemRow.job_id == ImportJobRow.id, ImportItemRow.state == ItemState.PENDING.value)
    jobs = await session.scalars(
        sa.select(ImportJobRow).where(ImportJobRow.state.in_(_OPEN), waiting).order_by(ImportJobRow.created_at)
    )
    for job in jobs.all():
        statement = (
            sa.select(ImportItemRow.line, ImportItemRow.fields)
            .where(ImportItemRow.job_id == job.id, ImportItemRow.state == ItemState.PENDING.value)
            .order_by(ImportItemRow.line)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        items = [
            ClaimedItem(line=line, fields=msgspec.convert(fields, RowFields))
            for line, fields in await session.execute(statement)
        ]
        if items:
            return ClaimedBatch(job_id=job.id, catalog_id=job.catalog_id, archive_key=job.archive_key, items=items)
    return None


async def rows_wait(session: AsyncSession) -> bool:
    """Whether rows of any open import wait to be landed."""
    waiting = sa.select(ImportItemRow.job_id).join(ImportJobRow, ImportJobRow.id == ImportItemRow.job_id)
    waiting = waiting.where(ImportJobRow.state.in_(_OPEN), ImportItemRow.state == ItemState.PENDING.value)
    return bool(await session.scalar(sa.select(waiting.exists())))


async def mark_running(session: AsyncSession, job_id: UUID) -> None:
    """An import has been taken up."""
    await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id, ImportJobRow.state == JobState.QUEUED.value)
        .values(state=JobState.RUNNING.value)
    )


async def finish_item(
    session: AsyncSession, job_id: UUID, line: int, state: ItemState, problems: Sequence[RowProblem]
) -> None:
    """Say what became of a row."""
    await session.execute(
        sa.update(ImportItemRow)
        .where(ImportItemRow.job_id == job_id, ImportItemRow.line == line)
        .values(state=state.value, errors=msgspec.to_builtins(list(problems)))
    )


async def complete_jobs(session: AsyncSession) -> list[str]:
    """End the imports without waiting rows; gives the keys of uploads that are no longer needed."""
    waiting = sa.exists().where(ImportItemRow.job_id == ImportJobRow.id, ImportItemRow.state == ItemState.PENDING.value)
    statement = (
        sa.update(ImportJobRow)
        .where(ImportJobRow.state.in_(_OPEN), ~waiting)
        .values(state=JobState.COMPLETED.value, finished_at=sa.func.now())
        .returning(ImportJobRow.archive_key)
        .execution_options(synchronize_session=False)
    )
    return list(await session.scalars(statement))


async def fail_job(session: AsyncSession, job_id: UUID, failure: str) -> None:
    """An import as a whole cannot go on. Its waiting rows stay waiting, so that the counters stay true."""
    await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id)
        .values(state=JobState.FAILED.value, failure=failure, finished_at=sa.func.now())
    )


async def fail_open_jobs(session: AsyncSession, catalog_id: UUID, failure: str) -> None:
    """No import of a catalog can go on."""
    await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.catalog_id == catalog_id, ImportJobRow.state.in_(_OPEN))
        .values(state=JobState.FAILED.value, failure=failure, finished_at=sa.func.now())
        .execution_options(synchronize_session=False)
    )


async def get_import(session: AsyncSession, catalog_id: UUID, job_id: UUID, most_problems: int) -> ImportReport:
    """An import of a catalog.

    Raises:
        ImportNotFound: the catalog has none of this id.

    """
    statement = (
        sa.select(ImportJobRow, CatalogRow.name)
        .join(CatalogRow)
        .where(ImportJobRow.id == job_id, ImportJobRow.catalog_id == catalog_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise ImportNotFound(f"the catalog has no import {job_id}")
    of_job = ImportItemRow.job_id == job_id
    has_errors = ImportItemRow.errors != sa.text("'[]'::jsonb")
    landed = ImportItemRow.state.not_in((ItemState.FAILED.value, ItemState.PENDING.value))
    counted = await session.execute(
        sa.select(ImportItemRow.state, sa.func.count(), sa.func.count().filter(has_errors, landed))
        .where(of_job)
        .group_by(ImportItemRow.state)
    )
    by_state = {ItemState(state): (total, warned) for state, total, warned in counted}
    erroneous = await session.execute(
        sa.select(ImportItemRow.line, ImportItemRow.errors)
        .where(of_job, has_errors)
        .order_by(ImportItemRow.line)
        .limit(most_problems)
    )
    return ImportReport(
        job=row[0],
        catalog_name=row[1],
        counts={state: by_state.get(state, (0, 0))[0] for state in ItemState},
        with_warnings=sum(warned for _, warned in by_state.values()),
        problems=_line_problems(erroneous.all())[:most_problems],
        surface=await count_of_import(session, SURFACE, job_id),
        text=await count_of_import(session, TEXT, job_id),
    )


def _line_problems(rows: Sequence[sa.Row[int, list[Any]]]) -> list[LineProblem]:
    return [
        LineProblem(line=line, problem=msgspec.convert(problem, RowProblem))
        for line, errors in rows
        for problem in errors
    ]
