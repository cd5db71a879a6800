"""The table of work that one process at a time does."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class LeaseRow(Base):
    """Until when some process holds the right to a piece of work."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
