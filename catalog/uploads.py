"""Pictures that are uploaded before the table that names them: known by their content, and kept for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import ProductRow, ReferenceRow, UploadedPictureRow
from catalog.storage.pictures import uploaded_key

KEPT_FOR = timedelta(days=7)
SWEPT_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class NewUpload:
    """A picture to be kept: the hex sha256 of its bytes and what is known of it. Sizes in px and bytes."""

    content_hash: str
    media_type: str
    width: int
    height: int
    byte_count: int


async def note_upload(session: AsyncSession, catalog_id: UUID, new: NewUpload) -> datetime:
    """Write down that a picture is kept, from now on for seven days; gives until when.

    To be committed before the bytes are put into the store: a sweep that goes on meanwhile is waited for here, and so
    cannot take away what comes after it.
    """
    statement = insert(UploadedPictureRow).values(
        catalog_id=catalog_id,
        content_hash=new.content_hash,
        object_key=uploaded_key(catalog_id, new.content_hash),
        media_type=new.media_type,
        width=new.width,
        height=new.height,
        byte_count=new.byte_count,
        kept_until=sa.func.now() + KEPT_FOR,
    )
    renewed = statement.on_conflict_do_update(
        index_elements=["catalog_id", "content_hash"],
        set_={"kept_until": sa.func.greatest(UploadedPictureRow.kept_until, statement.excluded.kept_until)},
    )
    return (await session.scalars(renewed.returning(UploadedPictureRow.kept_until))).one()


async def uploaded_object(session: AsyncSession, catalog_id: UUID, content_hash: str) -> str | None:
    """Where a catalog's uploaded picture lies in the store; None where it has none of this id."""
    return await session.scalar(
        sa.select(UploadedPictureRow.object_key).where(
            UploadedPictureRow.catalog_id == catalog_id, UploadedPictureRow.content_hash == content_hash
        )
    )


async def forget_expired(session: AsyncSession) -> Sequence[str]:
    """Delete some of the pictures whose time is over and that no product has; gives where they lie.

    Their rows are locked until the transaction ends: the bytes are to be deleted before that.
    """
    used = (
        sa.exists()
        .where(ProductRow.catalog_id == UploadedPictureRow.catalog_id)
        .where(ReferenceRow.product_id == ProductRow.id)
        .where(ReferenceRow.content_hash == UploadedPictureRow.content_hash)
    )
    expired = (
        sa.select(UploadedPictureRow.catalog_id, UploadedPictureRow.content_hash)
        .where(UploadedPictureRow.kept_until < sa.func.now(), ~used)
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    of_row = sa.tuple_(UploadedPictureRow.catalog_id, UploadedPictureRow.content_hash)
    statement = sa.delete(UploadedPictureRow).where(of_row.in_(expired)).returning(UploadedPictureRow.object_key)
    return list(await session.scalars(statement.execution_options(synchronize_session=False)))
