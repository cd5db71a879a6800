"""Devices that may ask from outside, and the tokens by which one becomes such a device.

Of all tokens only SHA-256 hashes come here: they hold 256 random bits, which no table of hashes can tell.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import DeviceNotFound, EnrolmentInvalid
from catalog.grants import SEEN_EVERY, Grant, LiveClient, names_of
from catalog.models import DeviceRow, EnrolmentRow

FORGOTTEN_AFTER: Final = timedelta(days=1)
"""Expired enrolments are kept for so long."""

PAGE_GRANT: Final = Grant(scopes=("lookup", "catalog:read", "catalog:write"))
"""All that the phone page does."""


async def begin_enrolment(
    session: AsyncSession,
    token_hash: bytes,
    lifetime: timedelta,
    grant: Grant = PAGE_GRANT,
    worker: str | None = None,
) -> datetime:
    """Let a token be exchanged for a device's, once, from now on; gives until when. ``grant``: what the device will be
    allowed; ``worker``: who will use it, unless it says so itself.
    """
    await session.execute(sa.delete(EnrolmentRow).where(EnrolmentRow.expires_at < sa.func.now() - FORGOTTEN_AFTER))
    row = EnrolmentRow(
        token_hash=token_hash,
        expires_at=sa.func.now() + lifetime,
        scopes=list(grant.scopes),
        catalogs=None if grant.catalogs is None else list(grant.catalogs),
        worker=worker,
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row.expires_at


async def enrol(
    session: AsyncSession, enrolment_hash: bytes, *, name: str, token_hash: bytes, worker: str | None = None
) -> DeviceRow:
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
    used = sa.update(EnrolmentRow).where(*good).values(used_at=sa.func.now())
    given = EnrolmentRow.scopes, EnrolmentRow.catalogs, EnrolmentRow.worker
    enrolment = (await session.execute(used.returning(*given))).one_or_none()
    if enrolment is None:
        raise EnrolmentInvalid("the enrolment token is unknown, was used before, or is too old; ask for another one")
    device = DeviceRow(
        name=name,
        token_hash=token_hash,
        scopes=enrolment.scopes,
        catalogs=enrolment.catalogs,
        worker=worker or enrolment.worker,
    )
    session.add(device)
    await session.flush()
    await session.refresh(device)
    return device


# Built once: it is asked at every other request.
_LIVE = sa.select(
    DeviceRow.id,
    DeviceRow.scopes,
    DeviceRow.catalogs,
    sa.or_(DeviceRow.last_seen_at.is_(None), DeviceRow.last_seen_at < sa.func.now() - SEEN_EVERY).label("unseen"),
).where(DeviceRow.token_hash == sa.bindparam("of_hash"), DeviceRow.revoked_at.is_(None))


async def live_device(session: AsyncSession, token_hash: bytes) -> LiveClient | None:
    """The device with this token, unless it is unknown or revoked."""
    row = (await session.execute(_LIVE, {"of_hash": token_hash})).one_or_none()
    if row is None:
        return None
    catalogs = None if row.catalogs is None else await names_of(session, row.catalogs)
    return LiveClient(id=row.id, scopes=frozenset(row.scopes), catalogs=catalogs, unseen=row.unseen)


async def live_token_hashes(session: AsyncSession) -> frozenset[bytes]:
    """Hashes of the tokens of all devices that are not revoked, and of all enrolments that are still good."""
    waiting = EnrolmentRow.used_at.is_(None), EnrolmentRow.expires_at > sa.func.now()
    devices = sa.select(DeviceRow.token_hash).where(DeviceRow.revoked_at.is_(None))
    return frozenset(await session.scalars(devices.union_all(sa.select(EnrolmentRow.token_hash).where(*waiting))))


async def device_access(session: AsyncSession) -> bool:
    """Whether any device is enrolled, or may still be."""
    device = sa.exists().where(DeviceRow.revoked_at.is_(None))
    waiting = sa.exists().where(EnrolmentRow.used_at.is_(None), EnrolmentRow.expires_at > sa.func.now())
    return bool(await session.scalar(sa.select(sa.or_(device, waiting))))


async def note_seen(session: AsyncSession, device_id: UUID) -> None:
    """Write down that a device was seen."""
    await session.execute(sa.update(DeviceRow).where(DeviceRow.id == device_id).values(last_seen_at=sa.func.now()))


async def get_device(session: AsyncSession, device_id: UUID) -> DeviceRow:
    """A device, also a revoked one.

    Raises:
        DeviceNotFound: there is none of this id.

    """
    row = await session.get(DeviceRow, device_id)
    if row is None:
        raise DeviceNotFound(f"there is no device {device_id}")
    return row


async def set_worker(session: AsyncSession, device_id: UUID, worker: str | None) -> DeviceRow:
    """Say who uses a device, from now on.

    Raises:
        DeviceNotFound: there is none of this id.

    """
    row = await get_device(session, device_id)
    row.worker = worker
    await session.flush()
    return row


async def list_devices(session: AsyncSession) -> Sequence[DeviceRow]:
    """All devices, also revoked ones, the oldest first."""
    return (await session.scalars(sa.select(DeviceRow).order_by(DeviceRow.created_at, DeviceRow.id))).all()


async def revoke(session: AsyncSession, device_id: UUID) -> bool:
    """Let a device's token be good no longer; False where it was so before."""
    statement = sa.update(DeviceRow).where(DeviceRow.id == device_id, DeviceRow.revoked_at.is_(None))
    return await session.scalar(statement.values(revoked_at=sa.func.now()).returning(DeviceRow.id)) is not None
