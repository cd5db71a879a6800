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
    READING = "reading"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class ImportMode(StrEnum):
    """What an import does beside landing its rows: nothing, or remove the products that it does not have."""

    MERGE = "merge"
    SYNC = "sync"


class ImportJobRow(Base):
    """An import. The truth about its rows is in ``import_item``.

    ``content_hash`` is the hex sha256 of the upload; ``options`` how it is read again (``ReadOptions`` of
    catalog.imports.reading.options), ``detected`` the same as it is told (``Detected.stored``); ``read_at`` when all
    its rows had been written down; ``counts`` what the rows added up to when it ended, so that nobody has to count them
    again. Of a ``sync``, ``most_removed`` is the share of the catalog (0..1) that it may remove, ``absent`` how many
    products were to go once that was checked, and ``removed`` how many have gone. ``rows_dropped_at``: when the rows
    that had landed well were forgotten.
    """

    __tablename__ = "import_job"
    __table_args__ = (
        Index("ix_import_job_open", "created_at", postgresql_where=text("finished_at IS NULL")),
        Index("ix_import_job_page", "catalog_id", "created_at", "id"),
        Index("ix_import_job_kept_rows", "finished_at", postgresql_where=text("rows_dropped_at IS NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default=JobState.QUEUED.value)
    archive_key: Mapped[str]
    failure: Mapped[str | None]
    detected: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    failure_code: Mapped[str | None]
    content_hash: Mapped[str | None]
    mode: Mapped[str] = mapped_column(default=ImportMode.MERGE.value, server_default=ImportMode.MERGE.value)
    most_removed: Mapped[float | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    started_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    absent: Mapped[int | None]
    removed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    counts: Mapped[dict[str, Any] | None]
    upload_dropped_at: Mapped[datetime | None]
    rows_dropped_at: Mapped[datetime | None]


class ItemState(StrEnum):
    """What became of a row."""

    PENDING = "pending"
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class ImportItemRow(Base):
    """A row of an import's table: ``line`` in the file, its fields, and what became of it.

    ``cells`` is the row as it was read, kept where it has no fields; ``content_hash`` that of what the row says, its
    pictures included (hex sha256); ``attempts`` how often it was tried.
    """

    __tablename__ = "import_item"
    __table_args__ = (
        Index("ix_import_item_pending", "job_id", "line", postgresql_where=text("state = 'pending'")),
        Index("ix_import_item_part_number", "job_id", "part_number"),
    )
    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, Any]]
    state: Mapped[str]
    errors: Mapped[list[Any]]
    part_number: Mapped[str | None]
    content_hash: Mapped[str | None]
    cells: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
