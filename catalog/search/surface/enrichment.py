"""Enrichment in the database: which references still need signatures, what became of them, and how many are left.

A worker claims a few with ``SKIP LOCKED``, and writes what it found in the same transaction: one that dies gives its
claims back by dying, and several work side by side.
"""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import ProductRow, ReferenceRow, SurfaceSignatureRow, SurfaceState
from catalog.search.surface.signatures import Signatures

MOST_BYTES = 16 * 1024
"""A reference's packed signatures take at most so much: 910 words."""


@dataclass(frozen=True, kw_only=True)
class PendingReference:
    """A reference in a worker's hands, locked until its transaction ends. ``object_key``: where the picture lies."""

    reference_id: UUID
    product_id: UUID
    catalog_id: UUID
    object_key: str
    media_type: str


@dataclass(frozen=True, kw_only=True)
class SurfaceCounts:
    """References by what became of their enrichment."""

    pending: int
    enriched: int
    failed: int


async def claim_pending(session: AsyncSession, most: int) -> list[PendingReference]:
    """Lock up to ``most`` references that wait for enrichment, oldest first."""
    statement = (
        sa.select(
            ReferenceRow.id,
            ReferenceRow.product_id,
            ProductRow.catalog_id,
            ReferenceRow.object_key,
            ReferenceRow.media_type,
        )
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        .where(ReferenceRow.surface_state == SurfaceState.PENDING.value)
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


async def put_signatures(
    session: AsyncSession, reference: PendingReference, *, vocabulary: str, features_key: str, signatures: Signatures
) -> None:
    """Write a reference's signatures, or in place of those before, and say that it is enriched.

    Raises:
        ValueError: they take more than :data:`MOST_BYTES`.

    """
    packed = signatures.to_bytes()
    if len(packed) > MOST_BYTES:
        raise ValueError(f"{len(signatures)} words of one picture are too many")
    values = {
        "catalog_id": reference.catalog_id,
        "product_id": reference.product_id,
        "vocabulary": vocabulary,
        "features_key": features_key,
        "signatures": packed,
    }
    statement = insert(SurfaceSignatureRow).values(reference_id=reference.reference_id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=(SurfaceSignatureRow.reference_id,), set_=values)
    )
    await _mark(session, reference.reference_id, SurfaceState.ENRICHED, vocabulary)


async def mark_failed(session: AsyncSession, reference: PendingReference, *, vocabulary: str) -> None:
    """Say that a reference has no features to be had under this vocabulary; signatures of another one go."""
    await session.execute(
        sa.delete(SurfaceSignatureRow).where(SurfaceSignatureRow.reference_id == reference.reference_id)
    )
    await _mark(session, reference.reference_id, SurfaceState.FAILED, vocabulary)


async def requeue_other_vocabularies(session: AsyncSession, vocabulary: str, most: int) -> int:
    """Let up to ``most`` references that were enriched with (or failed under) another vocabulary wait again.

    Gives how many; 0 says that none is left. Their signatures stay until new ones are written, and are not read.
    """
    others = (
        sa.select(ReferenceRow.id)
        .where(
            ReferenceRow.surface_state != SurfaceState.PENDING.value,
            ReferenceRow.surface_vocabulary.is_distinct_from(vocabulary),
        )
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    )
    statement = (
        sa.update(ReferenceRow)
        .where(ReferenceRow.id.in_(others))
        .values(surface_state=SurfaceState.PENDING.value, surface_vocabulary=None)
        .returning(ReferenceRow.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(statement)).all())


async def count_of_import(session: AsyncSession, job_id: UUID) -> SurfaceCounts:
    """How far the references that an import brought are."""
    return await _count(session, ReferenceRow.import_job_id == job_id)


async def count_of_catalog(session: AsyncSession, catalog_id: UUID) -> SurfaceCounts:
    """How far a catalog's references are."""
    of_catalog = sa.select(ProductRow.id).where(ProductRow.catalog_id == catalog_id)
    return await _count(session, ReferenceRow.product_id.in_(of_catalog))


async def _count(session: AsyncSession, where: sa.ColumnElement[bool]) -> SurfaceCounts:
    statement = sa.select(ReferenceRow.surface_state, sa.func.count()).where(where)
    counted = await session.execute(statement.group_by(ReferenceRow.surface_state))
    by_state: dict[str, int] = {row[0]: row[1] for row in counted}
    return SurfaceCounts(**{state.value: by_state.get(state.value, 0) for state in SurfaceState})


async def _mark(session: AsyncSession, reference_id: UUID, state: SurfaceState, vocabulary: str) -> None:
    await session.execute(
        sa.update(ReferenceRow)
        .where(ReferenceRow.id == reference_id)
        .values(surface_state=state.value, surface_vocabulary=vocabulary)
        .execution_options(synchronize_session=False)
    )
