"""The durable record of imports: a job, and an item for each of its rows. Progress is a count over items, so it never
falls and survives any crash.

Items are claimed with ``FOR UPDATE SKIP LOCKED`` and landed in the same transaction: a worker that dies gives its
claims back by dying, and no row is ever landed twice. The imports of a catalog run one after the other, so that what
the last file says is what stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from catalog.imports.rows import RowFields
from catalog.models import ImportItemRow, ImportJobRow, ImportMode, ItemState, JobState

OPEN: Final = (JobState.QUEUED.value, JobState.READING.value, JobState.RUNNING.value)
"""States in which workers go on with an import."""
_EARLIER: Final = aliased(ImportJobRow)
"""Made once: to make it takes as long as the query that is asked of it every two seconds."""
PENDING_ITEM: Final = ImportItemRow.state == ItemState.PENDING.value


class Interrupted(Exception):
    """The import was paused, cancelled or ended by somebody else meanwhile."""


@dataclass(frozen=True, kw_only=True)
class NewImport:
    """An import to be. ``most_removed``: of a sync, the share of the catalog that it may remove, 0..1; ``options``: how
    it is read (``ReadOptions`` as JSON); ``detected``: ``Detected.stored``.
    """

    job_id: UUID
    catalog_id: UUID
    archive_key: str
    content_hash: str
    mode: ImportMode = ImportMode.MERGE
    most_removed: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    detected: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class OpenJob:
    """An import that workers may go on with, and how far it is."""

    job_id: UUID
    catalog_id: UUID
    archive_key: str
    state: str
    mode: str
    most_removed: float | None
    options: dict[str, Any]
    is_read: bool
    is_compared: bool
    absent: int | None


@dataclass(frozen=True, kw_only=True)
class ClaimedItem:
    """A row in a worker's hands, locked until its transaction ends. ``content_hash``: of all that it says."""

    line: int
    fields: RowFields
    content_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClaimedBatch:
    """Rows of one import."""

    job_id: UUID
    catalog_id: UUID
    archive_key: str
    items: list[ClaimedItem]
    options: Mapping[str, Any] = field(default_factory=dict)


def new_job_id() -> UUID:
    """Known before the job is written, because the upload is kept under it first."""
    return uuid4()


async def create_job(session: AsyncSession, new: NewImport) -> None:
    """Write an import down. Its rows are read by a worker."""
    session.add(
        ImportJobRow(
            id=new.job_id,
            catalog_id=new.catalog_id,
            archive_key=new.archive_key,
            content_hash=new.content_hash,
            mode=new.mode.value,
            most_removed=new.most_removed,
            options=dict(new.options),
            detected=None if new.detected is None else dict(new.detected),
        )
    )
    await session.flush()


async def find_same_open(session: AsyncSession, new: NewImport) -> UUID | None:
    """An import of the same upload with the same options that is under way already; the newest where there are more.

    Locks the catalog's imports against another that begins at the same moment, until the transaction ends.
    """
    await session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(new.catalog_id)})
    statement = (
        sa.select(ImportJobRow.id)
        .where(
            ImportJobRow.catalog_id == new.catalog_id,
            ImportJobRow.state.in_(OPEN),
            ImportJobRow.content_hash == new.content_hash,
            ImportJobRow.mode == new.mode.value,
            ImportJobRow.most_removed.is_not_distinct_from(new.most_removed),
            ImportJobRow.options == dict(new.options),
        )
        .order_by(ImportJobRow.created_at.desc())
        .limit(1)
    )
    found: UUID | None = await session.scalar(statement)
    return found


async def next_jobs(session: AsyncSession) -> list[OpenJob]:
    """The import of each catalog that is to be gone on with, oldest first."""
    is_behind = sa.exists().where(
        _EARLIER.catalog_id == ImportJobRow.catalog_id,
        _EARLIER.state.in_(OPEN),
        sa.tuple_(_EARLIER.created_at, _EARLIER.id) < sa.tuple_(ImportJobRow.created_at, ImportJobRow.id),
    )
    heads = sa.select(ImportJobRow).where(ImportJobRow.state.in_(OPEN), ~is_behind)
    jobs = await session.scalars(heads.order_by(ImportJobRow.created_at, ImportJobRow.id))
    return [
        OpenJob(
            job_id=job.id,
            catalog_id=job.catalog_id,
            archive_key=job.archive_key,
            state=job.state,
            mode=job.mode,
            most_removed=job.most_removed,
            options=job.options,
            is_read=job.read_at is not None,
            is_compared=job.compared_at is not None,
            absent=job.absent,
        )
        for job in jobs
    ]


async def claim_batch(session: AsyncSession, job: OpenJob, *, most: int, most_pictures: int) -> ClaimedBatch | None:
    """Lock up to ``most`` waiting rows of an import, with ``most_pictures`` among them unless one row has more; None
    where none waits that nobody else has.
    """
    statement = (
        sa.select(ImportItemRow.line, ImportItemRow.fields, ImportItemRow.content_hash)
        .where(ImportItemRow.job_id == job.job_id, PENDING_ITEM)
        .order_by(ImportItemRow.line)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    items: list[ClaimedItem] = []
    pictures = 0
    for line, said, content_hash in await session.execute(statement):
        fields = msgspec.convert(said, RowFields)
        pictures += len(fields.pictures or ())
        if items and pictures > most_pictures:
            break
        items.append(ClaimedItem(line=line, fields=fields, content_hash=content_hash))
    if not items:
        return None
    return ClaimedBatch(
        job_id=job.job_id,
        catalog_id=job.catalog_id,
        archive_key=job.archive_key,
        items=items,
        options=job.options,
    )


async def rows_wait(session: AsyncSession) -> bool:
    """Whether rows of any open import wait to be landed."""
    waiting = sa.exists().where(ImportItemRow.job_id == ImportJobRow.id, PENDING_ITEM)
    return bool(await session.scalar(sa.select(sa.exists().where(ImportJobRow.state.in_(OPEN), waiting))))


async def rows_of_job_wait(session: AsyncSession, job_id: UUID) -> bool:
    """Whether rows of an import wait, in another worker's hands perhaps."""
    waiting = sa.select(ImportItemRow.line).where(ImportItemRow.job_id == job_id, PENDING_ITEM)
    return bool(await session.scalar(sa.select(waiting.exists())))


async def mark_running(session: AsyncSession, job_id: UUID, state: JobState) -> None:
    """An import has been taken up, to be read or to land its rows.

    Raises:
        Interrupted: it is no longer to be gone on with.

    """
    taken = await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id, ImportJobRow.state.in_(OPEN))
        .values(state=state.value, started_at=sa.func.coalesce(ImportJobRow.started_at, sa.func.now()))
        .returning(ImportJobRow.id)
        .execution_options(synchronize_session=False)
    )
    if not taken.all():
        raise Interrupted


async def stay_running(session: AsyncSession, job_id: UUID) -> None:
    """Make sure, at the end of a transaction, that the import was not paused or ended meanwhile, and will not be
    before the transaction has.

    Raises:
        Interrupted: it was.

    """
    statement = sa.select(ImportJobRow.state).where(ImportJobRow.id == job_id).with_for_update(read=True)
    if await session.scalar(statement) not in OPEN:
        raise Interrupted


async def fail_job(session: AsyncSession, job_id: UUID, code: str, failure: str) -> None:
    """An import as a whole cannot go on. Its waiting rows stay waiting, so that the counters stay true."""
    await end_job(session, job_id, JobState.FAILED, failure=failure, failure_code=code)


async def fail_open_jobs(session: AsyncSession, catalog_id: UUID, code: str, failure: str) -> None:
    """No import of a catalog can go on, those that are paused neither."""
    unfinished = (*OPEN, JobState.PAUSED.value)
    jobs = (
        sa.select(ImportJobRow.id)
        .where(ImportJobRow.catalog_id == catalog_id, ImportJobRow.state.in_(unfinished))
        .order_by(ImportJobRow.id)
    )
    for job_id in (await session.scalars(jobs)).all():
        await fail_job(session, job_id, code, failure)


async def end_job(session: AsyncSession, job_id: UUID, state: JobState, **values: Any) -> bool:
    """End an import that is under way or paused, and keep what its rows add up to; False where it had ended."""
    # Locked first: no row lands between the counting and the end.
    job = sa.select(ImportJobRow.id).where(
        ImportJobRow.id == job_id, ImportJobRow.state.in_((*OPEN, JobState.PAUSED.value))
    )
    if await session.scalar(job.with_for_update()) is None:
        return False
    counts = await count_items(session, [job_id])
    await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id)
        .values(state=state.value, finished_at=sa.func.now(), counts=counts[job_id], **values)
        .execution_options(synchronize_session=False)
    )
    return True


async def count_items(session: AsyncSession, job_ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    """Rows of imports by state, and ``warned``: those that landed with something wrong."""
    wrong = ImportItemRow.errors != sa.text("'[]'::jsonb")
    landed = ImportItemRow.state.not_in((ItemState.FAILED.value, ItemState.PENDING.value))
    counted = await session.execute(
        sa.select(ImportItemRow.job_id, ImportItemRow.state, sa.func.count(), sa.func.count().filter(wrong, landed))
        .where(ImportItemRow.job_id.in_(job_ids))
        .group_by(ImportItemRow.job_id, ImportItemRow.state)
    )
    counts: dict[UUID, dict[str, int]] = {one: {"warned": 0} for one in job_ids}
    for job_id, state, total, warned in counted:
        counts[job_id][state] = total
        counts[job_id]["warned"] += warned
    return counts


def lock_key(one: UUID) -> int:
    """Key of an advisory lock, from an id: 63 bits of it."""
    return one.int >> 65
