"""Keys of programs. One client has two live ones at most: the one in use, and the one that takes its place.

Of a key only its HMAC comes here, and the public id by which its row is found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import KeyNotFound, KeysTooMany
from catalog.grants import SEEN_EVERY, Grant
from catalog.models import AccessKeyRow

LIVE_KEYS: Final = 2


@dataclass(frozen=True, kw_only=True)
class MadeKey:
    """A key as it is to be stored."""

    public_id: str
    key_hash: bytes
    pepper: str


@dataclass(frozen=True, kw_only=True)
class StoredKey:
    """What is stored of a key. ``seconds_left``: until it expires, negative afterwards, None for ever."""

    id: UUID
    client: str
    key_hash: bytes
    pepper: str
    scopes: Sequence[str]
    catalogs: Sequence[UUID] | None
    revoked: bool
    seconds_left: float | None
    unseen: bool


def _live() -> sa.ColumnElement[bool]:
    unexpired = sa.or_(AccessKeyRow.expires_at.is_(None), AccessKeyRow.expires_at > sa.func.now())
    return sa.and_(AccessKeyRow.revoked_at.is_(None), unexpired)


async def create_key(
    session: AsyncSession, client: str, made: MadeKey, grant: Grant, lifetime: timedelta | None
) -> AccessKeyRow:
    """Give a client a key.

    Raises:
        KeysTooMany: it has two live ones.

    """
    # Two who give the same client a key count each other's.
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(client, 0))))
    counted = sa.select(sa.func.count()).select_from(AccessKeyRow).where(AccessKeyRow.client == client, _live())
    if (await session.scalar(counted) or 0) >= LIVE_KEYS:
        raise KeysTooMany(f"{client!r} has {LIVE_KEYS} live keys already; revoke one of them first")
    row = AccessKeyRow(
        client=client,
        public_id=made.public_id,
        key_hash=made.key_hash,
        pepper=made.pepper,
        scopes=list(grant.scopes),
        catalogs=None if grant.catalogs is None else list(grant.catalogs),
        expires_at=None if lifetime is None else sa.func.now() + lifetime,
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def rotate_key(
    session: AsyncSession, key_id: UUID, made: MadeKey, *, overlap: timedelta, lifetime: timedelta | None
) -> AccessKeyRow:
    """Give a live key's client another one that may do the same; the old one is good for ``overlap`` more at most.

    Raises:
        KeyNotFound: there is no live key of this id.
        KeysTooMany: the client has two live ones.

    """
    old = await session.scalar(sa.select(AccessKeyRow).where(AccessKeyRow.id == key_id, _live()).with_for_update())
    if old is None:
        raise KeyNotFound(f"there is no live key {key_id}")
    new = await create_key(session, old.client, made, Grant(scopes=old.scopes, catalogs=old.catalogs), lifetime)
    # Of null and a moment, least gives the moment.
    old.expires_at = sa.func.least(old.expires_at, sa.func.now() + overlap)
    await session.flush()
    return new


async def get_key(session: AsyncSession, key_id: UUID) -> AccessKeyRow:
    """A key, also a dead one.

    Raises:
        KeyNotFound: there is none of this id.

    """
    row = await session.get(AccessKeyRow, key_id)
    if row is None:
        raise KeyNotFound(f"there is no key {key_id}")
    return row


async def list_keys(session: AsyncSession) -> Sequence[AccessKeyRow]:
    """All keys, also dead ones: by client, the oldest first."""
    order = (AccessKeyRow.client, AccessKeyRow.created_at, AccessKeyRow.id)
    return (await session.scalars(sa.select(AccessKeyRow).order_by(*order))).all()


async def revoke_key(session: AsyncSession, key_id: UUID) -> bool:
    """Let a key be good no longer; False where it was revoked before.

    Raises:
        KeyNotFound: there is none of this id.

    """
    await get_key(session, key_id)
    statement = sa.update(AccessKeyRow).where(AccessKeyRow.id == key_id, AccessKeyRow.revoked_at.is_(None))
    return await session.scalar(statement.values(revoked_at=sa.func.now()).returning(AccessKeyRow.id)) is not None


# Built once: it is asked at every other request.
_STORED = sa.select(
    AccessKeyRow.id,
    AccessKeyRow.client,
    AccessKeyRow.key_hash,
    AccessKeyRow.pepper,
    AccessKeyRow.scopes,
    AccessKeyRow.catalogs,
    AccessKeyRow.revoked_at.is_not(None).label("revoked"),
    sa.cast(sa.extract("epoch", AccessKeyRow.expires_at - sa.func.now()), sa.Double).label("seconds_left"),
    sa.or_(AccessKeyRow.last_seen_at.is_(None), AccessKeyRow.last_seen_at < sa.func.now() - SEEN_EVERY).label("unseen"),
).where(AccessKeyRow.public_id == sa.bindparam("of_id"))


async def stored_key(session: AsyncSession, public_id: str) -> StoredKey | None:
    """What there is to compare a key with."""
    row = (await session.execute(_STORED, {"of_id": public_id})).one_or_none()
    return None if row is None else StoredKey(**row._asdict())


async def live_key_hashes(session: AsyncSession) -> Mapping[str, bytes]:
    """HMACs of all keys that are good, by public id."""
    rows = await session.execute(sa.select(AccessKeyRow.public_id, AccessKeyRow.key_hash).where(_live()))
    return {row.public_id: row.key_hash for row in rows}


async def note_key_seen(session: AsyncSession, key_id: UUID) -> None:
    """Write down that a key was used."""
    await session.execute(sa.update(AccessKeyRow).where(AccessKeyRow.id == key_id).values(last_seen_at=sa.func.now()))


async def live_keys(session: AsyncSession, pepper: str) -> int:
    """How many keys made with this pepper are good."""
    statement = sa.select(sa.func.count()).select_from(AccessKeyRow).where(_live(), AccessKeyRow.pepper == pepper)
    return await session.scalar(statement) or 0


def is_live(row: AccessKeyRow, now: float) -> bool:
    """Whether a key is good at a moment, in seconds since 1970."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at.timestamp() > now)
