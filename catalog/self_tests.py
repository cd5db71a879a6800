"""Self-tests of catalogs in the database: which are due, and who works on one.

Whoever works on one holds a lease on it, and every product's result is a row: whoever comes after a worker that died
goes on where it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import LOOK, SURFACE, count_of_catalog
from catalog.errors import SelfTestNotFound
from catalog.galleries import SpaceKey, describe_gallery
from catalog.models import (
    CatalogRow,
    CheckState,
    ImportJobRow,
    JobState,
    ProductRow,
    ReferenceRow,
    SelfTestItemRow,
    SelfTestRow,
)

LEASE: Final = timedelta(minutes=1)
KEPT: Final = 5
"""Self-tests of a catalog, of which the newest is shown."""
PENDING, DONE, FAILED = "pending", "done", "failed"
_OPEN: Final = (CheckState.QUEUED.value, CheckState.RUNNING.value)


@dataclass(frozen=True, kw_only=True)
class HeldTest:
    """A self-test in a worker's hands until ``until``. The rest as of the row."""

    id: UUID
    catalog_id: UUID
    state: str
    most: int
    reference_images: int
    newest: datetime | None
    until: datetime


@dataclass(frozen=True, kw_only=True)
class SelfTestProgress:
    """A self-test, its catalog's name, how many products it asks about and how many of them it has."""

    row: SelfTestRow
    catalog_name: str
    asked: int
    done: int


async def ask_for_test(session: AsyncSession, catalog_id: UUID, most: int) -> None:
    """Let a catalog be tested; nothing new where a test of it waits or runs."""
    # Locked, so that two who ask at once ask for one.
    await session.execute(sa.select(CatalogRow.id).where(CatalogRow.id == catalog_id).with_for_update())
    under_way = sa.select(SelfTestRow.id).where(SelfTestRow.catalog_id == catalog_id, SelfTestRow.state.in_(_OPEN))
    if await session.scalar(under_way) is None:
        count, newest = await pictures_now(session, catalog_id)
        session.add(
            SelfTestRow(
                id=uuid4(),
                catalog_id=catalog_id,
                most=most,
                reference_images=count,
                newest=newest,
                # Not as the transaction began: it may see an import that has ended since.
                created_at=sa.func.clock_timestamp(),
            )
        )
        await session.flush()


async def newest_test(session: AsyncSession, catalog_id: UUID) -> SelfTestProgress:
    """A catalog's newest self-test.

    Raises:
        SelfTestNotFound: it has had none.

    """
    statement = sa.select(SelfTestRow, CatalogRow.name).join(CatalogRow).where(SelfTestRow.catalog_id == catalog_id)
    statement = statement.order_by(SelfTestRow.created_at.desc(), SelfTestRow.id).limit(1)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise SelfTestNotFound("the catalog has not been tested yet")
    of_test = SelfTestItemRow.self_test_id == row[0].id
    done = sa.func.count().filter(SelfTestItemRow.state != PENDING)
    asked, ended = (await session.execute(sa.select(sa.func.count(), done).where(of_test))).one()
    return SelfTestProgress(row=row[0], catalog_name=row[1], asked=asked, done=ended)


async def due_catalog(session: AsyncSession, space: SpaceKey, *, surfaces: bool) -> UUID | None:
    """A catalog into which something was imported since its last self-test, which is searched in this space, whose
    pictures have all been looked at (and described, with ``surfaces``), and which nobody calibrates just now.
    """
    free = sa.or_(CatalogRow.calibrating_until.is_(None), CatalogRow.calibrating_until < sa.func.now())
    last = (
        sa.select(sa.func.max(SelfTestRow.created_at))
        .where(SelfTestRow.catalog_id == CatalogRow.id)
        .correlate(CatalogRow)
        .scalar_subquery()
    )
    imported = sa.exists().where(
        ImportJobRow.catalog_id == CatalogRow.id,
        ImportJobRow.state == JobState.COMPLETED.value,
        sa.or_(last.is_(None), ImportJobRow.finished_at > last),
    )
    for catalog_id in await session.scalars(sa.select(CatalogRow.id).where(free, imported)):
        if (await describe_gallery(session, catalog_id)).space != space:
            continue
        if await _settled(session, catalog_id, surfaces=surfaces) and await pictures_changed(session, catalog_id):
            return catalog_id
    return None


async def take_test(session: AsyncSession, space: SpaceKey, *, surfaces: bool) -> HeldTest | None:
    """Take a self-test that waits, or whose worker has died; None where there is none whose pictures are settled."""
    free = sa.or_(SelfTestRow.held_until.is_(None), SelfTestRow.held_until < sa.func.now())
    waiting = sa.select(SelfTestRow).where(SelfTestRow.state.in_(_OPEN), free).order_by(SelfTestRow.created_at)
    for row in await session.scalars(waiting.with_for_update(skip_locked=True)):
        same = (await describe_gallery(session, row.catalog_id)).space == space
        if not same or not await _settled(session, row.catalog_id, surfaces=surfaces):
            continue
        statement = sa.update(SelfTestRow).where(SelfTestRow.id == row.id)
        statement = statement.values(held_until=sa.func.clock_timestamp() + LEASE)
        until = await session.scalar(
            statement.returning(SelfTestRow.held_until).execution_options(synchronize_session=False)
        )
        if until is not None:
            return HeldTest(
                id=row.id,
                catalog_id=row.catalog_id,
                state=row.state,
                most=row.most,
                reference_images=row.reference_images,
                newest=row.newest,
                until=until,
            )
    return None


async def keep_test(session: AsyncSession, test_id: UUID, until: datetime) -> datetime | None:
    """Keep a self-test for another minute; None: somebody else has it, or it is gone."""
    statement = sa.update(SelfTestRow).where(SelfTestRow.id == test_id, SelfTestRow.held_until == until)
    statement = statement.values(held_until=sa.func.clock_timestamp() + LEASE)
    return await session.scalar(
        statement.returning(SelfTestRow.held_until).execution_options(synchronize_session=False)
    )


async def give_test_back(session: AsyncSession, test_id: UUID, until: datetime) -> None:
    """Let the next worker have it at once."""
    statement = sa.update(SelfTestRow).where(SelfTestRow.id == test_id, SelfTestRow.held_until == until)
    await session.execute(statement.values(held_until=None).execution_options(synchronize_session=False))


async def finish_test(session: AsyncSession, test: HeldTest, until: datetime, report: dict[str, Any]) -> None:
    """End a self-test, if it is still this worker's; those before the newest few are forgotten."""
    statement = sa.update(SelfTestRow).where(SelfTestRow.id == test.id, SelfTestRow.held_until == until)
    values = {"state": CheckState.COMPLETED.value, "report": report, "held_until": None, "finished_at": sa.func.now()}
    await session.execute(statement.values(values).execution_options(synchronize_session=False))
    newest = (
        sa.select(SelfTestRow.id)
        .where(SelfTestRow.catalog_id == test.catalog_id)
        .order_by(SelfTestRow.created_at.desc())
        .limit(KEPT)
    )
    old = sa.delete(SelfTestRow).where(SelfTestRow.catalog_id == test.catalog_id, SelfTestRow.id.not_in(newest))
    await session.execute(old.execution_options(synchronize_session=False))


async def fail_test(session: AsyncSession, test: HeldTest, *, failure: str, code: str) -> None:
    """Give up a self-test that the session has taken."""
    statement = sa.update(SelfTestRow).where(SelfTestRow.id == test.id)
    values = {"state": CheckState.FAILED.value, "failure": failure, "failure_code": code, "held_until": None}
    statement = statement.values(values | {"finished_at": sa.func.now()})
    await session.execute(statement.execution_options(synchronize_session=False))


async def pictures_now(session: AsyncSession, catalog_id: UUID) -> tuple[int, datetime | None]:
    """How many pictures a catalog has, and when the newest of them came."""
    statement = sa.select(sa.func.count(), sa.func.max(ReferenceRow.created_at)).select_from(ReferenceRow)
    count, newest = (
        await session.execute(
            statement.join(ProductRow).where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
        )
    ).one()
    return count, newest


async def pictures_changed(session: AsyncSession, catalog_id: UUID) -> bool:
    """Whether pictures have come or gone since the last test."""
    statement = sa.select(SelfTestRow.reference_images, SelfTestRow.newest).where(SelfTestRow.catalog_id == catalog_id)
    last = (await session.execute(statement.order_by(SelfTestRow.created_at.desc()).limit(1))).one_or_none()
    now = await pictures_now(session, catalog_id)
    return now[0] > 0 if last is None else (last[0], last[1]) != now


async def _settled(session: AsyncSession, catalog_id: UUID, *, surfaces: bool) -> bool:
    kinds = (LOOK, SURFACE) if surfaces else (LOOK,)
    return not any([(await count_of_catalog(session, kind, catalog_id)).pending for kind in kinds])
