"""Taking away for good what was removed: catalogs a piece at a time, and files that no row names any more.

Each piece is one transaction. What is killed between two of them goes on with the next one.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.idempotency import forget_answers_of_catalog
from catalog.models import (
    CatalogRow,
    GalleryRow,
    ImportJobRow,
    LookupRow,
    ProductRow,
    ReferenceRow,
    SurfaceSignatureRow,
    UnusedFileRow,
)
from catalog.removal import delete_products
from catalog.search.vectors import Partition, drop_partition

LOCK_TIMEOUT = "1s"
"""A partition that is to be dropped is not waited for longer: behind whoever waits, every search waits."""

LOOKUPS_AT_ONCE = 1_000

_QUIETLY = {"synchronize_session": False}


async def claim_removed_catalog(session: AsyncSession, after: timedelta) -> UUID | None:
    """Lock a catalog that was removed so long ago that no request still works on it; None where there is none."""
    statement = (
        sa.select(CatalogRow.id)
        .where(CatalogRow.deleted_at < sa.func.now() - after)
        .order_by(CatalogRow.deleted_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found: UUID | None = await session.scalar(statement)
    return found


async def purge_catalog_piece(session: AsyncSession, catalog_id: UUID, products: int) -> list[str]:
    """Take away the next piece of a removed catalog: its vectors, then ``products`` of its products, its lookups, the
    answers kept for clients' keys, at last its own row. Gives the keys of uploads to be deleted, with the last piece.

    Raises:
        sqlalchemy.exc.OperationalError: searches of other galleries keep the vectors' table; to be tried again.

    """
    galleries = (await session.scalars(sa.select(GalleryRow.id).where(GalleryRow.catalog_id == catalog_id))).all()
    if galleries:
        # First, so that no index of vectors has to be kept while their products go.
        await session.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        for gallery_id in galleries:
            await drop_partition(await session.connection(), Partition(gallery_id=gallery_id, dimension=0))
        await session.execute(
            sa.delete(GalleryRow).where(GalleryRow.catalog_id == catalog_id).execution_options(**_QUIETLY)
        )
        return []
    some = sa.select(ProductRow.id).where(ProductRow.catalog_id == catalog_id).limit(products)
    if gone := (await session.scalars(some)).all():
        await delete_products(session, gone)
        return []
    if await _purge_lookups(session, catalog_id):
        return []
    if await forget_answers_of_catalog(session, catalog_id, LOOKUPS_AT_ONCE):
        return []
    uploads = await session.scalars(sa.select(ImportJobRow.archive_key).where(ImportJobRow.catalog_id == catalog_id))
    keys = list(uploads)
    await session.execute(sa.delete(CatalogRow).where(CatalogRow.id == catalog_id).execution_options(**_QUIETLY))
    return keys


async def _purge_lookups(session: AsyncSession, catalog_id: UUID) -> bool:
    some = sa.select(LookupRow.id).where(LookupRow.catalog_id == catalog_id).limit(LOOKUPS_AT_ONCE)
    gone = sa.delete(LookupRow).where(LookupRow.id.in_(some)).execution_options(**_QUIETLY)
    rows = (await session.execute(gone.returning(LookupRow.photo_key, LookupRow.further_photos))).all()
    keys = {row.photo_key for row in rows} | {one["key"] for row in rows for one in row.further_photos}
    await mark_unused(session, keys - {None})
    return bool(rows)


async def mark_unused(session: AsyncSession, keys: Collection[str]) -> None:
    """Say of files that a row which named them is gone."""
    if keys:
        marks = [{"key": key} for key in sorted(keys)]
        await session.execute(insert(UnusedFileRow).values(marks).on_conflict_do_nothing())


async def claim_unused(session: AsyncSession, after: timedelta, most: int) -> tuple[int, list[str]]:
    """Lock up to ``most`` files that a row lost so long ago; gives how many there were, and the keys of those that no
    other row names. The others are forgotten.
    """
    statement = (
        sa.select(UnusedFileRow.key)
        .where(UnusedFileRow.since < sa.func.now() - after)
        .order_by(UnusedFileRow.since)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    keys = (await session.scalars(statement)).all()
    used = await _used(session, keys)
    await forget_unused(session, used)
    return len(keys), [key for key in keys if key not in used]


async def forget_unused(session: AsyncSession, keys: Collection[str]) -> None:
    """These files are gone, or named by another row."""
    if keys:
        gone = sa.delete(UnusedFileRow).where(UnusedFileRow.key.in_(keys))
        await session.execute(gone.execution_options(**_QUIETLY))


async def keep_unused(session: AsyncSession, keys: Collection[str]) -> None:
    """These files were put again just now: whether a row names them is to be seen later."""
    if keys:
        later = sa.update(UnusedFileRow).where(UnusedFileRow.key.in_(keys)).values(since=sa.func.now())
        await session.execute(later.execution_options(**_QUIETLY))


async def _used(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Those of the files that some row names."""
    if not keys:
        return set()
    used: set[str] = set()
    for column in (ReferenceRow.object_key, SurfaceSignatureRow.features_key, LookupRow.photo_key):
        used |= {key for key in await session.scalars(sa.select(column).where(column.in_(keys)).distinct()) if key}
    # One key at a time, in the form that the index on them answers.
    rows = await session.execute(_AMONG_FURTHER_PHOTOS, {"keys": list(keys)})
    return used | {row.key for row in rows}


_AMONG_FURTHER_PHOTOS = sa.text("""
    SELECT k.key FROM unnest(CAST(:keys AS text[])) AS k (key) WHERE EXISTS (
        SELECT 1 FROM lookup WHERE further_photos <> '[]'
        AND further_photos @> jsonb_build_array(jsonb_build_object('key', k.key))
    )""")
