"""Tables of devices and of how they are enrolled."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class DeviceRow(Base):
    """A phone or program that may ask from outside. ``token_hash``: SHA-256 of its token, which is kept nowhere.
    ``last_seen_at`` is right to a minute.
    """

    __tablename__ = "device"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class EnrolmentRow(Base):
    """A token that is exchanged for a device's, once, until it expires. Its SHA-256, as of devices."""

    __tablename__ = "enrolment"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
