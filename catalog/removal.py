"""Removing products so that they can be restored, and purging them so that they cannot.

A removed product keeps its rows, but no search can see it: its vectors are parked, and with them all that asks which
products a gallery holds; its signatures are parked, which the log of changes tells every index in memory; its words go.
Answers that were given before still show its pictures. What is purged is deleted, and its files are named to whoever
sweeps the picture store (:mod:`catalog.purging`).
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ProductNotFound
from catalog.models import GalleryRow, ProductRow, ProductWordsRow, ReferenceRow, SurfaceSignatureRow
from catalog.search.vectors import park_vectors, unpark_vectors

REMOVED_AT_ONCE = 1_000

_QUIETLY = {"synchronize_session": False}


async def remove_products(session: AsyncSession, catalog_id: UUID, part_numbers: Sequence[str]) -> list[str]:
    """Remove those of these products that are there; gives their part numbers."""
    removed: list[str] = []
    for start in range(0, len(part_numbers), REMOVED_AT_ONCE):
        some = part_numbers[start : start + REMOVED_AT_ONCE]
        statement = (
            sa.select(ProductRow.id, ProductRow.part_number)
            .where(ProductRow.catalog_id == catalog_id, ProductRow.part_number.in_(some))
            .where(ProductRow.deleted_at.is_(None))
            .order_by(ProductRow.id)
            .with_for_update(key_share=True)
        )
        found = {row.id: row.part_number for row in await session.execute(statement)}
        if found:
            await _remove(session, catalog_id, list(found))
            removed += found.values()
    return removed


async def _remove(session: AsyncSession, catalog_id: UUID, product_ids: Sequence[UUID]) -> None:
    # Whoever describes one of their pictures just now writes its signatures first: they are parked with the others.
    pictures = sa.select(ReferenceRow.id).where(ReferenceRow.product_id.in_(product_ids)).order_by(ReferenceRow.id)
    await session.execute(pictures.with_for_update(key_share=True))
    await session.execute(
        sa.update(ProductRow)
        .where(ProductRow.id.in_(product_ids))
        .values(deleted_at=sa.func.now())
        .execution_options(**_QUIETLY)
    )
    galleries = await session.scalars(sa.select(GalleryRow.id).where(GalleryRow.catalog_id == catalog_id))
    await park_vectors(session, galleries.all(), product_ids)
    await _park_signatures(session, product_ids, parked=True)
    words = sa.delete(ProductWordsRow).where(ProductWordsRow.product_id.in_(product_ids))
    await session.execute(words.execution_options(**_QUIETLY))


async def restore_product(session: AsyncSession, catalog_id: UUID, part_number: str) -> None:
    """Let a removed product be found again, as it was.

    Raises:
        ProductNotFound: no removed product has this part number.

    """
    await revive(session, [await _lock_removed(session, catalog_id, part_number)])


async def revive(session: AsyncSession, product_ids: Sequence[UUID]) -> None:
    """Bring back removed products whose rows are locked."""
    # Naming the name is enough for the trigger that writes the product's words.
    await session.execute(
        sa.update(ProductRow)
        .where(ProductRow.id.in_(product_ids))
        .values(deleted_at=None, name=ProductRow.name)
        .execution_options(**_QUIETLY)
    )
    await unpark_vectors(session, product_ids)
    await _park_signatures(session, product_ids, parked=False)


async def purge_product(session: AsyncSession, catalog_id: UUID, part_number: str) -> None:
    """Delete a removed product with all that is kept of it.

    Raises:
        ProductNotFound: no removed product has this part number.

    """
    await delete_products(session, [await _lock_removed(session, catalog_id, part_number)])


async def purge_removed(session: AsyncSession, after: timedelta, most: int) -> int:
    """Delete up to ``most`` products that were removed so long ago; gives how many there were."""
    due = (
        sa.select(ProductRow.id)
        .where(ProductRow.deleted_at < sa.func.now() - after)
        .order_by(ProductRow.deleted_at, ProductRow.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    )
    product_ids = (await session.scalars(due)).all()
    await delete_products(session, product_ids)
    return len(product_ids)


async def _lock_removed(session: AsyncSession, catalog_id: UUID, part_number: str) -> UUID:
    removed = (
        sa.select(ProductRow.id)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.part_number == part_number)
        .where(ProductRow.deleted_at.is_not(None))
        .with_for_update(key_share=True)
    )
    product_id = await session.scalar(removed)
    if product_id is None:
        raise ProductNotFound(f"no product {part_number!r} was removed that could still be restored")
    return product_id


async def delete_products(session: AsyncSession, product_ids: Sequence[UUID]) -> None:
    """Delete products for good. References, vectors, signatures and words go with them; triggers note the files."""
    # Whoever describes a reference holds it and then asks for its product: in the same order, or both wait for ever.
    references = sa.select(ReferenceRow.id).where(ReferenceRow.product_id.in_(product_ids)).order_by(ReferenceRow.id)
    await session.execute(references.with_for_update())
    gone = sa.delete(ProductRow).where(ProductRow.id.in_(product_ids))
    await session.execute(gone.execution_options(**_QUIETLY))


async def _park_signatures(session: AsyncSession, product_ids: Sequence[UUID], *, parked: bool) -> None:
    await session.execute(
        sa.update(SurfaceSignatureRow)
        .where(SurfaceSignatureRow.product_id.in_(product_ids), SurfaceSignatureRow.parked != parked)
        .values(parked=parked)
        .execution_options(**_QUIETLY)
    )
