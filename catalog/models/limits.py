"""Tables of how much clients may ask, and how much they have asked."""

from datetime import date, datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class RequestLimitRow(Base):
    """What one subject ("device:UUID", "key:UUID", "local") may ask: ``rate`` a minute, ``quota`` a day. 0 is no limit;
    None leaves it to the operator's settings.
    """

    __tablename__ = "request_limit"
    subject: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[int | None]
    quota: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class RequestUseRow(Base):
    """What one subject has asked in the newest minute, and on the newest day (UTC), in which it asked anything."""

    __tablename__ = "request_use"
    subject: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[datetime]
    in_minute: Mapped[int]
    day: Mapped[date]
    in_day: Mapped[int]
