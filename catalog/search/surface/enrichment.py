"""The surfaces that enrichment writes."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import SURFACE, PendingReference, mark
from catalog.models import SurfaceSignatureRow
from catalog.search.surface.signatures import Signatures

MOST_BYTES = 16 * 1024
"""A reference's packed signatures take at most so much: 910 words."""


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
    await mark(session, SURFACE, reference.reference_id, SURFACE.done, vocabulary)


async def mark_failed(session: AsyncSession, reference: PendingReference, *, vocabulary: str) -> None:
    """Say that a reference has no features to be had under this vocabulary; signatures of another one go."""
    await session.execute(
        sa.delete(SurfaceSignatureRow).where(SurfaceSignatureRow.reference_id == reference.reference_id)
    )
    await mark(session, SURFACE, reference.reference_id, SURFACE.failed, vocabulary)
