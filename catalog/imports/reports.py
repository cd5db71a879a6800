"""How far imports are, and what was wrong with which row."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import SURFACE, TEXT, Counts, count_of_imports
from catalog.errors import ImportNotFound
from catalog.imports.jobs import count_items
from catalog.imports.reading.options import METADATA, detected_from
from catalog.imports.rows import TOLD, RowFields, RowProblem, cells_of
from catalog.models import CatalogRow, ImportItemRow, ImportJobRow, ItemState

FAILED_AT_ONCE: Final = 1_000


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
class FailedRow:
    """A row that failed, or lost a picture: its cells by column, and what was wrong."""

    line: int
    cells: dict[str, str]
    problems: list[RowProblem]


async def get_import(session: AsyncSession, catalog_id: UUID, job_id: UUID, most_problems: int) -> ImportReport:
    """An import of a catalog.

    Raises:
        ImportNotFound: the catalog has none of this id.

    """
    where = sa.and_(ImportJobRow.id == job_id, ImportJobRow.catalog_id == catalog_id)
    found = await _reports(session, sa.select(ImportJobRow, CatalogRow.name).join(CatalogRow).where(where))
    if not found:
        raise ImportNotFound(f"the catalog has no import {job_id}")
    found[0].problems.extend(await _problems(session, job_id, most_problems))
    return found[0]


async def reports_of(session: AsyncSession, job_ids: Sequence[UUID]) -> list[ImportReport]:
    """These imports, of whatever catalogs, without their problems. Those that are gone are left out."""
    return await _reports(
        session, sa.select(ImportJobRow, CatalogRow.name).join(CatalogRow).where(ImportJobRow.id.in_(job_ids))
    )


async def list_imports(
    session: AsyncSession, catalog_id: UUID, *, most: int, before: tuple[datetime, UUID] | None
) -> list[ImportReport]:
    """Imports of a catalog, newest first, without their problems; ``before``: when the last one of the page before
    was made, and its id.
    """
    statement = sa.select(ImportJobRow, CatalogRow.name).join(CatalogRow).where(ImportJobRow.catalog_id == catalog_id)
    if before is not None:
        statement = statement.where(sa.tuple_(ImportJobRow.created_at, ImportJobRow.id) < sa.tuple_(*before))
    ordered = statement.order_by(ImportJobRow.created_at.desc(), ImportJobRow.id.desc())
    return await _reports(session, ordered.limit(most))


async def failed_rows(
    session: AsyncSession, job_id: UUID, *, with_warnings: bool
) -> AsyncIterator[Sequence[FailedRow]]:
    """The rows that failed by line, some at a time; with warnings also those that landed without some picture."""
    said = await _columns_of(session, job_id)
    after = 0
    while True:
        rows = await _failed_after(session, job_id, after, said, with_warnings=with_warnings)
        if not rows:
            return
        yield rows
        after = rows[-1].line


async def failed_columns(session: AsyncSession, job_id: UUID, *, with_warnings: bool) -> list[str]:
    """The columns of an import's file in its order, then what else the rows that failed have, by name."""
    columns: set[str] = set()
    async for rows in failed_rows(session, job_id, with_warnings=with_warnings):
        columns.update(*(row.cells for row in rows))
    said = await _columns_of(session, job_id)
    # In JSON lines, what metadata holds has columns of its own.
    first = [name for name in said if name not in TOLD and (name in columns or name != METADATA)]
    return first + sorted(columns.difference(first, TOLD))


_FIRST: Final = ("part_number", "name", "description", "category", "superseded_by", "pictures")


async def _columns_of(session: AsyncSession, job_id: UUID) -> Mapping[str, str]:
    """What the columns of an import's file hold, in its order."""
    detected = await session.scalar(sa.select(ImportJobRow.detected).where(ImportJobRow.id == job_id))
    # The release before did not note it.
    return detected_from(detected).columns if detected else {name: name for name in _FIRST}


async def _failed_after(
    session: AsyncSession, job_id: UUID, after: int, columns: Mapping[str, str], *, with_warnings: bool
) -> list[FailedRow]:
    wrong = ImportItemRow.state == ItemState.FAILED.value
    if with_warnings:
        wrong = sa.or_(wrong, ImportItemRow.errors != sa.text("'[]'::jsonb"))
    statement = (
        sa.select(ImportItemRow.line, ImportItemRow.fields, ImportItemRow.cells, ImportItemRow.errors)
        .where(ImportItemRow.job_id == job_id, ImportItemRow.line > after, wrong)
        .order_by(ImportItemRow.line)
        .limit(FAILED_AT_ONCE)
    )
    return [
        FailedRow(
            line=line,
            cells=cells_of(msgspec.convert(fields, RowFields), columns) if fields else cells or {},
            problems=msgspec.convert(errors, list[RowProblem]),
        )
        for line, fields, cells, errors in await session.execute(statement)
    ]


async def _reports(session: AsyncSession, statement: sa.Select[ImportJobRow, str]) -> list[ImportReport]:
    rows = (await session.execute(statement.execution_options(populate_existing=True))).all()
    live = [job.id for job, _ in rows if job.counts is None]
    counted = await count_items(session, live) if live else {}
    ids = [job.id for job, _ in rows]
    surfaces = await count_of_imports(session, SURFACE, ids)
    texts = await count_of_imports(session, TEXT, ids)
    reports = []
    for job, name in rows:
        counts: dict[str, int] = counted[job.id] if job.counts is None else job.counts
        reports.append(
            ImportReport(
                job=job,
                catalog_name=name,
                counts={state: counts.get(state.value, 0) for state in ItemState},
                with_warnings=counts.get("warned", 0),
                problems=[],
                surface=surfaces[job.id],
                text=texts[job.id],
            )
        )
    return reports


async def _problems(session: AsyncSession, job_id: UUID, most: int) -> list[LineProblem]:
    erroneous = await session.execute(
        sa.select(ImportItemRow.line, ImportItemRow.errors)
        .where(ImportItemRow.job_id == job_id, ImportItemRow.errors != sa.text("'[]'::jsonb"))
        .order_by(ImportItemRow.line)
        .limit(most)
    )
    return _line_problems(erroneous.all())[:most]


def _line_problems(rows: Sequence[sa.Row[int, list[Any]]]) -> list[LineProblem]:
    return [
        LineProblem(line=line, problem=msgspec.convert(problem, RowProblem))
        for line, errors in rows
        for problem in errors
    ]
