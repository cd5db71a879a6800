"""Tables of lookups and confirmations."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base

KEPT_PHOTOS = "photo_key IS NOT NULL OR jsonb_path_exists(further_photos, '$[*].key ? (@ != null)')"
"""Of a lookup: a photo of it is kept. Statements that are to use the index have these very words."""


class LookupRow(Base):
    """An answered photo, or several of one object. ``answer`` is as it was given, so that it can be explained later.

    ``further_candidates`` are those that were ranked after the answer's, as far as they are kept.
    ``photo_key`` is where the photo lies in the picture store, if it was kept; ``further_photos`` are objects with
    ``sha256``, ``key`` and ``media_type`` of those after the first. A text that was asked alone has none of all these.
    ``device_id`` or ``key_id``: who asked, None where it was this machine.
    ``certainty``: log-odds of the first candidate as the shared model said them, by its looks alone, and
    ``certainty_maker`` which model that was. None where something else decided.
    """

    __tablename__ = "lookup"
    __table_args__ = (
        Index(None, "catalog_id", "created_at"),
        Index("ix_lookup_device_id", "device_id", postgresql_where=text("device_id IS NOT NULL")),
        Index("ix_lookup_photo_key", "photo_key", postgresql_where=text("photo_key IS NOT NULL")),
        Index(
            "ix_lookup_further_photos",
            "further_photos",
            postgresql_using="gin",
            postgresql_ops={"further_photos": "jsonb_path_ops"},
            postgresql_where=text("further_photos <> '[]'"),
        ),
        Index("ix_lookup_kept_photos", "created_at", postgresql_where=text(KEPT_PHOTOS)),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    client_lookup_id: Mapped[str | None]
    photo_sha256: Mapped[str | None]
    # JSON and not JSONB: what is given again must be what was given, down to the order of keys.
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    photo_key: Mapped[str | None]
    photo_media_type: Mapped[str | None]
    further_photos: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    # JSON as the answer is. Large, and read for its own pages only.
    further_candidates: Mapped[list[Any]] = mapped_column(JSON, server_default=text("'[]'"), deferred=True)
    certainty: Mapped[float | None]
    certainty_maker: Mapped[str | None]
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id", ondelete="SET NULL"))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("access_key.id", ondelete="SET NULL"))


class ConfirmationRow(Base):
    """A worker's word on a lookup, and the device or key that it came from, unless it was this machine. Kept in full;
    the newest counts. ``worker``: who gave it, as far as it is known.
    """

    __tablename__ = "confirmation"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), index=True)
    lookup_id: Mapped[UUID] = mapped_column(ForeignKey("lookup.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str]
    part_number: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id", ondelete="SET NULL"))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("access_key.id", ondelete="SET NULL"))
    worker: Mapped[str | None]


class ErasedPhotoRow(Base):
    """A file of photos that no lookup refers to any more, and that is to be removed from the picture store."""

    __tablename__ = "erased_photo"
    key: Mapped[str] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(server_default=func.now())
