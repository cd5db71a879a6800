"""The table of what background work is about to do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class InHandRow(Base):
    """What one worker of one process has in its hands, as it last said: ``things`` by name; ``alone``: one thing, and
    the whole process did nothing else beside. What a process leaves here when it is killed may be what killed it.
    """

    __tablename__ = "in_hand"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    things: Mapped[list[str]] = mapped_column(ARRAY(Text))
    alone: Mapped[bool]
    since: Mapped[datetime] = mapped_column(server_default=func.now())
