"""Writing an import's rows down while its table is read, and telling those that change nothing."""

import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.imports.jobs import PENDING_ITEM, stay_running
from catalog.imports.rows import RowFields, TableRow
from catalog.models import ImportItemRow, ImportJobRow, ItemState, ProductRow

COMPARED_AT_ONCE: Final = 5_000
"""Rows that are compared with their products in one statement."""

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_WRITE: Final = sa.text(
    """
    INSERT INTO import_item (job_id, line, fields, state, errors, part_number, content_hash, cells)
    SELECT :job, line, fields, state, errors, part_number, content_hash, cells
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        line int, fields jsonb, state text, errors jsonb, part_number text, content_hash text, cells jsonb)
    ON CONFLICT (job_id, line) DO NOTHING
    """
).bindparams(sa.bindparam("job", type_=sa.Uuid()))


def hash_of_row(fields: RowFields, marks: Sequence[str | None]) -> str | None:
    """Hex sha256 of what a row says; ``marks`` tell the contents of its pictures. None where a mark is missing: what
    the row says is not known then, and it is never taken for unchanged.
    """
    if None in marks:
        return None
    return hashlib.sha256(_ENCODER.encode((fields, marks))).hexdigest()


async def lines_written(session: AsyncSession, job_id: UUID) -> int:
    """The last line that has been written down, 0 where none has: a reading that was cut off goes on behind it."""
    statement = sa.select(sa.func.coalesce(sa.func.max(ImportItemRow.line), 0)).where(ImportItemRow.job_id == job_id)
    return (await session.execute(statement)).scalar_one()


async def write_items(session: AsyncSession, job_id: UUID, rows: Sequence[tuple[TableRow, str | None]]) -> None:
    """Write rows down, each with its hash; those with problems have failed already. Rows that are there stay.

    Raises:
        Interrupted: the import was paused or ended meanwhile.

    """
    values = [
        {
            "line": row.line,
            "fields": row.fields or {},
            "state": (ItemState.PENDING if row.fields else ItemState.FAILED).value,
            "errors": row.problems,
            "part_number": row.fields.part_number if row.fields else None,
            "content_hash": content_hash,
            "cells": None if row.fields else row.cells,
        }
        for row, content_hash in rows
    ]
    await session.execute(_WRITE, {"job": job_id, "rows": _ENCODER.encode(values).decode()})
    await stay_running(session, job_id)


async def mark_read(session: AsyncSession, job_id: UUID) -> None:
    """All rows of an import are written down."""
    await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id)
        .values(read_at=sa.func.now())
        .execution_options(synchronize_session=False)
    )


async def settle_unchanged(session: AsyncSession, job_id: UUID, catalog_id: UUID, after: int) -> tuple[int, int] | None:
    """Of the next waiting rows behind line ``after``, let those be that say what their products are already.

    Gives the line to go on behind, and how many rows change nothing; None where no more wait.
    """
    window = (
        sa.select(ImportItemRow.line)
        .where(ImportItemRow.job_id == job_id, PENDING_ITEM, ImportItemRow.line > after)
        .order_by(ImportItemRow.line)
        .limit(COMPARED_AT_ONCE)
    ).subquery()
    last: int | None = await session.scalar(sa.select(sa.func.max(window.c.line)))
    if last is None:
        return None
    settled = await session.execute(
        sa.update(ImportItemRow)
        .where(
            ImportItemRow.job_id == job_id,
            PENDING_ITEM,
            ImportItemRow.line > after,
            ImportItemRow.line <= last,
            ProductRow.catalog_id == catalog_id,
            ProductRow.part_number == ImportItemRow.part_number,
            ProductRow.import_hash == ImportItemRow.content_hash,
            ProductRow.deleted_at.is_(None),
        )
        .values(state=ItemState.UNCHANGED.value, attempts=ImportItemRow.attempts + 1)
        .returning(ImportItemRow.line)
        .execution_options(synchronize_session=False)
    )
    unchanged = len(settled.all())
    await stay_running(session, job_id)
    return last, unchanged


async def mark_compared(session: AsyncSession, job_id: UUID) -> None:
    """What is left to do of an import is known."""
    await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id)
        .values(compared_at=sa.func.now())
        .execution_options(synchronize_session=False)
    )
