"""Table of files in the picture store that a removed row named last."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class UnusedFileRow(Base):
    """A file that some row named which is gone; others may name it still. Written by triggers of those tables."""

    __tablename__ = "unused_file"
    key: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
