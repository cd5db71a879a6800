"""Devices that may ask from outside, and the tokens by which one becomes such a device.

Of all tokens only SHA-256 hashes come here: they hold 256 random bits, which no table of hashes can tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import EnrolmentInvalid
from catalog.models import DeviceRow, EnrolmentRow

SEEN_EVERY: Final = timedelta(minutes=1)
"""So often at most it is written down that a device was seen."""

FORGOTTEN_AFTER: Final = timedelta(days=1)
"""Expired enrolments are kept for so long."""


@dataclass(frozen=True, kw_only=True)
class LiveDevice:
    """A device whose token is good. ``unseen``: that it was seen should be written down again."""

    id: UUID
    unseen: bool


async def begin_enrolment(session: AsyncSession, token_hash: bytes, lifetime: timedelta) -> datetime:
    """Let a token be exchanged for a device's, once, from now on; gives until when."""
    await session.execute(sa.delete(EnrolmentRow).where(EnrolmentRow.expires_at < sa.func.now() - FORGOTTEN_AFTER))
    row = EnrolmentRow(token_hash=token_hash, expires_at=sa.func.now() + lifetime)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row.expires_at


async def enrol(session: AsyncSession, enrolment_hash: bytes, *, name: str, token_hash: bytes) -> DeviceRow:
    """Exchange an enrolment token for a device with a token of its own. Of several at once, one is first.

    Raises:
        EnrolmentInvalid: the token is unknown, was used, or is too old.

    """
    good = (
        EnrolmentRow.token_hash == enrolment_hash,
        EnrolmentRow.used_at.is_(None),
        EnrolmentRow.expires_at > sa.func.now(),
    )
    # The row is locked by who comes first; who waits for it finds it used then.
    used = sa.update(EnrolmentRow).where(*good).values(used_at=sa.func.now()).returning(EnrolmentRow.token_hash)
    if await session.scalar(used) is None:
        raise EnrolmentInvalid("the enrolment token is unknown, was used before, or is too old; ask for another one")
    device = DeviceRow(name=name, token_hash=token_hash)
    session.add(device)
    await session.flush()
    await session.refresh(device)
    return device


# Built once: it is asked at every other request.
_LIVE = sa.select(
    DeviceRow.id,
    sa.or_(DeviceRow.last_seen_at.is_(None), DeviceRow.last_seen_at < sa.func.now() - SEEN_EVERY).label("unseen"),
).where(DeviceRow.token_hash == sa.bindparam("of_hash"), DeviceRow.revoked_at.is_(None))


async def live_device(session: AsyncSession, token_hash: bytes) -> LiveDevice | None:
    """The device with this token, unless it is unknown or revoked."""
    row = (await session.execute(_LIVE, {"of_hash": token_hash})).one_or_none()
    return None if row is None else LiveDevice(id=row.id, unseen=row.unseen)


async def note_seen(session: AsyncSession, device_id: UUID) -> None:
    """Write down that a device was seen."""
    await session.execute(sa.update(DeviceRow).where(DeviceRow.id == device_id).values(last_seen_at=sa.func.now()))


async def get_device(session: AsyncSession, device_id: UUID) -> DeviceRow:
    """A device that is there; none is ever deleted."""
    return await session.get_one(DeviceRow, device_id)


async def list_devices(session: AsyncSession) -> Sequence[DeviceRow]:
    """All devices, also revoked ones, the oldest first."""
    return (await session.scalars(sa.select(DeviceRow).order_by(DeviceRow.created_at, DeviceRow.id))).all()


async def revoke(session: AsyncSession, device_id: UUID) -> bool:
    """Let a device's token be good no longer; False where it was so before."""
    statement = sa.update(DeviceRow).where(DeviceRow.id == device_id, DeviceRow.revoked_at.is_(None))
    return await session.scalar(statement.values(revoked_at=sa.func.now()).returning(DeviceRow.id)) is not None
