"""What a sync removes: the products of a catalog that its file does not have, guarded by a share."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import RemovesTooMany
from catalog.imports.jobs import stay_running
from catalog.models import ImportItemRow, ImportJobRow, ItemState, ProductRow
from catalog.removal import remove_products

REMOVED_AT_ONCE: Final = 500
MOST_REMOVED: Final = 0.1
"""Share of a catalog that a sync may remove unless it is told otherwise."""


async def count_absent(session: AsyncSession, job_id: UUID, catalog_id: UUID, most_removed: float) -> int:
    """How many products of the catalog the import's rows do not have.

    Raises:
        RemovesTooMany: more than ``most_removed`` (0..1) of the catalog.

    """
    products = await session.scalar(
        sa.select(sa.func.count())
        .select_from(ProductRow)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
    )
    absent = await session.scalar(sa.select(sa.func.count()).select_from(ProductRow).where(_absent(job_id, catalog_id)))
    gone, there = int(absent or 0), int(products or 0)
    if gone > most_removed * there:
        raise RemovesTooMany(
            f"the file has not {gone} of the catalog's {there} products, and {most_removed:.0%} of them may go; "
            "send it again with maxRemoved if that is meant"
        )
    return gone


async def rows_failed(session: AsyncSession, job_id: UUID) -> bool:
    """Whether a row of the import failed, so that it is not known whether the file has its product."""
    failed = sa.exists().where(ImportItemRow.job_id == job_id, ImportItemRow.state == ItemState.FAILED.value)
    return bool(await session.scalar(sa.select(failed)))


async def allow_removal(session: AsyncSession, job_id: UUID, absent: int) -> None:
    """Note that so many products may go, so that a removal that was cut off goes on without being judged again."""
    await stay_running(session, job_id)
    await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id)
        .values(absent=absent)
        .execution_options(synchronize_session=False)
    )


async def remove_absent(session: AsyncSession, job_id: UUID, catalog_id: UUID) -> int:
    """Remove some of the products that the import's rows do not have, so that they can be restored; gives how many, 0
    where none is left.
    """
    statement = (
        sa.select(ProductRow.part_number)
        .where(_absent(job_id, catalog_id))
        .order_by(ProductRow.part_number)
        .limit(REMOVED_AT_ONCE)
    )
    part_numbers = list(await session.scalars(statement))
    removed = len(await remove_products(session, catalog_id, part_numbers))
    await session.execute(
        sa.update(ImportJobRow)
        .where(ImportJobRow.id == job_id)
        .values(removed=ImportJobRow.removed + removed)
        .execution_options(synchronize_session=False)
    )
    await stay_running(session, job_id)
    return removed


def _absent(job_id: UUID, catalog_id: UUID) -> sa.ColumnElement[bool]:
    has = sa.exists().where(ImportItemRow.job_id == job_id, ImportItemRow.part_number == ProductRow.part_number)
    return sa.and_(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None), ~has)
