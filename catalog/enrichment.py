"""Enrichment in the database: which references still need a kind of it, what became of them, and how many are left.

A worker claims a few with ``SKIP LOCKED``, and writes what it found in the same transaction: one that dies gives its
claims back by dying, and several work side by side. The kinds of enrichment know nothing of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from catalog.models import LookState, ProductRow, ReferenceRow, SurfaceState, TextState


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of enrichment: the columns of a reference that say how far it is, and by whose making; the states that
    it can be in.
    """

    name: str
    state: InstrumentedAttribute[str]
    maker: InstrumentedAttribute[str | None]
    pending: str
    done: str
    failed: str


SURFACE: Final = Kind(
    name="surface",
    state=ReferenceRow.surface_state,
    maker=ReferenceRow.surface_vocabulary,
    pending=SurfaceState.PENDING.value,
    done=SurfaceState.ENRICHED.value,
    failed=SurfaceState.FAILED.value,
)
"""Local features; made by a vocabulary."""

TEXT: Final = Kind(
    name="text",
    state=ReferenceRow.text_state,
    maker=ReferenceRow.text_reader,
    pending=TextState.PENDING.value,
    done=TextState.READ.value,
    failed=TextState.FAILED.value,
)
"""Text on the object; made by a reader."""

LOOK: Final = Kind(
    name="look",
    state=ReferenceRow.look_state,
    maker=ReferenceRow.look_maker,
    pending=LookState.PENDING.value,
    done=LookState.KNOWN.value,
    failed=LookState.FAILED.value,
)
"""What a picture looks like at a glance, and what is wrong with it; made by a version of both."""


@dataclass(frozen=True, kw_only=True)
class PendingReference:
    """A reference in a worker's hands, locked until its transaction ends. ``object_key``: where the picture lies."""

    reference_id: UUID
    product_id: UUID
    catalog_id: UUID
    object_key: str
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Counts:
    """References by what became of one kind of their enrichment."""

    pending: int
    done: int
    failed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.pending + self.done + self.failed


async def claim_pending(session: AsyncSession, kind: Kind, most: int) -> list[PendingReference]:
    """Lock up to ``most`` references that wait for a kind of enrichment, oldest first."""
    statement = (
        sa.select(
            ReferenceRow.id,
            ReferenceRow.product_id,
            ProductRow.catalog_id,
            ReferenceRow.object_key,
            ReferenceRow.media_type,
        )
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        .where(kind.state == kind.pending, ProductRow.deleted_at.is_(None))
        .order_by(ReferenceRow.created_at, ReferenceRow.id)
        .limit(most)
        # No key changes, so that vectors of these references can still be written beside.
        .with_for_update(of=ReferenceRow, skip_locked=True, key_share=True)
    )
    return [
        PendingReference(
            reference_id=reference_id,
            product_id=product_id,
            catalog_id=catalog_id,
            object_key=object_key,
            media_type=media_type,
        )
        for reference_id, product_id, catalog_id, object_key, media_type in await session.execute(statement)
    ]


async def mark(session: AsyncSession, kind: Kind, reference_id: UUID, state: str, maker: str) -> None:
    """Say what became of a reference."""
    await session.execute(
        sa.update(ReferenceRow)
        .where(ReferenceRow.id == reference_id)
        .values({kind.state: state, kind.maker: maker})
        .execution_options(synchronize_session=False)
    )


async def requeue_others(session: AsyncSession, kind: Kind, maker: str, most: int) -> int:
    """Let up to ``most`` references that were enriched (or failed) by another maker wait again.

    Gives how many; 0 says that none is left. What was found stays until it is found anew.
    """
    others = (
        sa.select(ReferenceRow.id)
        .where(kind.state != kind.pending, kind.maker.is_distinct_from(maker))
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    )
    statement = (
        sa.update(ReferenceRow)
        .where(ReferenceRow.id.in_(others))
        .values({kind.state: kind.pending, kind.maker: None})
        .returning(ReferenceRow.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(statement)).all())


async def count_of_imports(session: AsyncSession, kind: Kind, job_ids: Sequence[UUID]) -> dict[UUID, Counts]:
    """How far the references that imports brought are; without those of removed products."""
    removed = sa.select(ProductRow.id).where(
        ProductRow.id == ReferenceRow.product_id, ProductRow.deleted_at.is_not(None)
    )
    statement = (
        sa.select(ReferenceRow.import_job_id, kind.state, sa.func.count())
        .where(ReferenceRow.import_job_id.in_(job_ids), ~removed.exists())
        .group_by(ReferenceRow.import_job_id, kind.state)
    )
    by_job: dict[UUID | None, dict[str, int]] = {job_id: {} for job_id in job_ids}
    for job_id, state, count in await session.execute(statement):
        by_job[job_id][state] = count
    return {job_id: _counts(kind, by_job[job_id]) for job_id in job_ids}


async def count_of_catalog(session: AsyncSession, kind: Kind, catalog_id: UUID) -> Counts:
    """How far a catalog's references are."""
    of_catalog = sa.select(ProductRow.id).where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
    return await _count(session, kind, ReferenceRow.product_id.in_(of_catalog))


async def _count(session: AsyncSession, kind: Kind, where: sa.ColumnElement[bool]) -> Counts:
    counted = await session.execute(sa.select(kind.state, sa.func.count()).where(where).group_by(kind.state))
    return _counts(kind, {row[0]: row[1] for row in counted})


def _counts(kind: Kind, by_state: dict[str, int]) -> Counts:
    return Counts(
        pending=by_state.get(kind.pending, 0), done=by_state.get(kind.done, 0), failed=by_state.get(kind.failed, 0)
    )
