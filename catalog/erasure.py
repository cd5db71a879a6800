"""Erasing lookups' photos: the lookups stay with what was answered, and the photos go.

A file of the picture store serves all lookups of the same photo. One that none refers to any more is written down in
the same transaction, and stays there until it is removed from the store: a crash in between leaves no photo behind.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import LookupNotFound
from catalog.models import AccessKeyRow, ErasedPhotoRow, LookupRow
from catalog.models.lookups import KEPT_PHOTOS

AT_ONCE: Final = 200
"""Lookups whose photos are erased in one transaction."""

_KEPT = sa.text(f"({KEPT_PHOTOS})")


async def asked_by(session: AsyncSession, lookup_id: UUID, *, device_id: UUID | None, key_id: UUID | None) -> bool:
    """Whether a lookup was asked by this device, or with a key of this key's client.

    Raises:
        LookupNotFound: there is none of this id.

    """
    statement = sa.select(LookupRow.device_id, LookupRow.key_id).where(LookupRow.id == lookup_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise LookupNotFound(f"there is no lookup {lookup_id}")
    if device_id is not None and row.device_id == device_id:
        return True
    if key_id is None or row.key_id is None:
        return False
    clients = sa.select(sa.func.count(AccessKeyRow.client.distinct())).where(AccessKeyRow.id.in_((key_id, row.key_id)))
    return await session.scalar(clients) == 1


async def erase_of_lookup(session: AsyncSession, lookup_id: UUID) -> None:
    """Erase a lookup's photos, of which there may be none.

    Raises:
        LookupNotFound: there is none of this id.

    """
    if await session.scalar(sa.select(LookupRow.id).where(LookupRow.id == lookup_id)) is None:
        raise LookupNotFound(f"there is no lookup {lookup_id}")
    await _erase(session, LookupRow.id == lookup_id)


async def erase_of_device(session: AsyncSession, device_id: UUID) -> int:
    """Erase photos of a device's lookups, of 200 at most; says of how many."""
    return await _erase(session, LookupRow.device_id == device_id)


async def erase_older(session: AsyncSession, age: timedelta) -> int:
    """Erase photos that have been kept for so long, of 200 lookups at most; says of how many."""
    return await _erase(session, LookupRow.created_at < sa.func.now() - age)


async def removable(session: AsyncSession, most: int) -> Sequence[tuple[str, datetime]]:
    """Files that are to be removed from the store, and since when, the oldest first."""
    statement = sa.select(ErasedPhotoRow.key, ErasedPhotoRow.erased_at).order_by(ErasedPhotoRow.erased_at).limit(most)
    return [(row.key, row.erased_at) for row in await session.execute(statement)]


async def still_unused(session: AsyncSession, key: str) -> bool:
    """Whether no lookup refers to a file; where one does, the file is no longer to be removed."""
    if not await _in_use(session, {key}):
        return True
    await session.execute(sa.delete(ErasedPhotoRow).where(ErasedPhotoRow.key == key))
    return False


async def note_removed(session: AsyncSession, key: str) -> None:
    """A file is gone from the store."""
    await session.execute(sa.delete(ErasedPhotoRow).where(ErasedPhotoRow.key == key))


async def _erase(session: AsyncSession, which: sa.ColumnElement[bool]) -> int:
    statement = (
        sa.select(LookupRow.id, LookupRow.photo_key, LookupRow.further_photos)
        .where(which, _KEPT)
        .order_by(LookupRow.created_at)
        .limit(AT_ONCE)
        .with_for_update()
    )
    rows = (await session.execute(statement)).all()
    if not rows:
        return 0
    for row in rows:
        bare = [{**one, "key": None, "media_type": None} for one in row.further_photos]
        values = {"photo_key": None, "photo_media_type": None, "further_photos": bare}
        await session.execute(sa.update(LookupRow).where(LookupRow.id == row.id).values(values))
    keys = {key for row in rows for key in _keys(row.photo_key, row.further_photos)}
    gone = keys - await _in_use(session, keys)
    if gone:
        values_of_gone = [{"key": key} for key in sorted(gone)]
        await session.execute(insert(ErasedPhotoRow).on_conflict_do_nothing(), values_of_gone)
    return len(rows)


def _keys(first: str | None, further: Iterable[dict[str, Any]]) -> set[str]:
    return {key for key in (first, *(one["key"] for one in further)) if key is not None}


async def _in_use(session: AsyncSession, keys: set[str]) -> set[str]:
    """Those of these files that lookups refer to."""
    first = await session.scalars(sa.select(LookupRow.photo_key).where(LookupRow.photo_key.in_(keys)).distinct())
    used = {key for key in first if key is not None}
    for key in keys - used:
        holds = LookupRow.further_photos.contains([{"key": key}])
        some = sa.and_(sa.text("further_photos <> '[]'"), holds)
        if await session.scalar(sa.select(LookupRow.id).where(some).limit(1)) is not None:
            used.add(key)
    return used
