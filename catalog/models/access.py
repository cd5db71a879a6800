"""Tables of who may ask: devices, how they are enrolled, and keys."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, CheckConstraint, LargeBinary, Text, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base

DEVICE_SCOPES = "ARRAY['lookup', 'catalog:read', 'catalog:write']"
"""What devices may do that were enrolled before there were scopes."""

UNBOUND_ADMIN = "catalogs IS NULL OR NOT 'admin' = ANY (scopes)"


class DeviceRow(Base):
    """A phone or program that may ask from outside. ``token_hash``: SHA-256 of its token, which is kept nowhere.
    ``last_seen_at`` is right to a minute. ``catalogs``: ids of those that it is bound to, None for all. ``worker``: who
    uses it.
    """

    __tablename__ = "device"
    __table_args__ = (CheckConstraint(UNBOUND_ADMIN, name="ck_device_unbound_admin"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text(DEVICE_SCOPES))
    catalogs: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    worker: Mapped[str | None]


class EnrolmentRow(Base):
    """A token that is exchanged for a device's, once, until it expires. Its SHA-256, as of devices. What the device
    will be allowed, and who uses it, as in :class:`DeviceRow`.
    """

    __tablename__ = "enrolment"
    __table_args__ = (CheckConstraint(UNBOUND_ADMIN, name="ck_enrolment_unbound_admin"),)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text(DEVICE_SCOPES))
    catalogs: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    worker: Mapped[str | None]


class AccessKeyRow(Base):
    """A program's key. ``public_id`` stands in the key and tells which it is; ``key_hash`` is the HMAC-SHA-256 of the
    whole key, which is kept nowhere, and ``pepper`` tells which secret it was made with. ``client``: whose it is; one
    has two live keys at most. The rest as in :class:`DeviceRow`.
    """

    __tablename__ = "access_key"
    __table_args__ = (CheckConstraint(UNBOUND_ADMIN, name="ck_access_key_unbound_admin"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    client: Mapped[str] = mapped_column(index=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    pepper: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    catalogs: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
