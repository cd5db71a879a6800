"""Tables of imports and their rows."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class JobState(StrEnum):
    """How far an import is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ImportJobRow(Base):
    """An import. The truth about its rows is in ``import_item``. ``detected``: how its upload is read
    (``Detected.stored`` of catalog.imports.reading.options).
    """

    __tablename__ = "import_job"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default=JobState.QUEUED.value)
    archive_key: Mapped[str]
    failure: Mapped[str | None]
    detected: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class ItemState(StrEnum):
    """What became of a row."""

    PENDING = "pending"
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class ImportItemRow(Base):
    """A row of an import's table: ``line`` in the file, its fields, and what became of it."""

    __tablename__ = "import_item"
    __table_args__ = (Index("ix_import_item_pending", "job_id", "line", postgresql_where=text("state = 'pending'")),)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, Any]]
    state: Mapped[str]
    errors: Mapped[list[Any]]
