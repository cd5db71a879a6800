"""Tables of products, their words and their reference images."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class ProductRow(Base):
    """A product. ``attributes`` is what the wire calls metadata: text by key (SQLAlchemy keeps the other word).

    ``notices`` are of :mod:`catalog.notices`. One with ``deleted_at`` was removed: it has no vectors and no words, so
    that no search finds it, and can be restored until it is purged. ``import_hash`` is that of the import's row which
    says just what the product is now; a trigger forgets it when anything else changes the product or drops one of its
    pictures.
    """

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("catalog_id", "part_number"),
        Index(None, "catalog_id", "category"),
        Index("ix_product_deleted", "deleted_at", "id", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("ix_product_metadata", "metadata", postgresql_using="gin", postgresql_ops={"metadata": "jsonb_path_ops"}),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    part_number: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column("metadata")
    superseded_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    import_hash: Mapped[str | None]
    deleted_at: Mapped[datetime | None]
    notices: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))


class ProductWordsRow(Base):
    """A product's folded words, written by the trigger of ``product``. Weights: A part number, B name, C category."""

    __tablename__ = "product_words"
    __table_args__ = (Index(None, "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(TSVECTOR)


class ReferenceRole(StrEnum):
    """Where a reference image comes from: the catalog's own pictures, a photo by which somebody taught the product, or
    a worker's confirmed photo. An import replaces those of the catalog only.
    """

    CATALOG = "catalog"
    TAUGHT = "taught"
    CONFIRMED = "confirmed"


class SurfaceState(StrEnum):
    """Whether a reference's local features are in the index: waiting for it, there, or not to be had."""

    PENDING = "pending"
    ENRICHED = "enriched"
    FAILED = "failed"


class TextState(StrEnum):
    """Whether the text on a reference is known: waiting to be read, read (there may be none), or not to be had."""

    PENDING = "pending"
    READ = "read"
    FAILED = "failed"


class LookState(StrEnum):
    """Whether a reference's look is known: waiting, known (there may be none to tell), or not to be had."""

    PENDING = "pending"
    KNOWN = "known"
    FAILED = "failed"


class ReferenceRow(Base):
    """A reference image. ``content_hash`` is the sha256 of the bytes as they came, ``object_key`` where they lie.

    ``surface_vocabulary`` is the one that it was enriched with or failed under, ``text_reader`` likewise; ``text_read``
    is what was read, a line each; ``import_job_id`` the import that brought it. A product's first picture is the one
    with the lowest ``place``, of equal ones the oldest. ``look`` is what it looks like at a glance, by which copies of
    it are found (:mod:`catalog.search.looks`), ``look_flaws`` what is wrong with it.
    """

    __tablename__ = "reference_image"
    __table_args__ = (
        UniqueConstraint("product_id", "content_hash"),
        Index(
            "ix_reference_image_surface_pending",
            "created_at",
            "id",
            postgresql_where=text("surface_state = 'pending'"),
        ),
        Index("ix_reference_image_look_pending", "created_at", "id", postgresql_where=text("look_state = 'pending'")),
        Index("ix_reference_image_text_pending", "created_at", "id", postgresql_where=text("text_state = 'pending'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"))
    content_hash: Mapped[str]
    role: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    byte_count: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    object_key: Mapped[str] = mapped_column(index=True)
    place: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    surface_state: Mapped[str] = mapped_column(
        default=SurfaceState.PENDING.value, server_default=SurfaceState.PENDING.value
    )
    surface_vocabulary: Mapped[str | None]
    text_state: Mapped[str] = mapped_column(default=TextState.PENDING.value, server_default=TextState.PENDING.value)
    text_reader: Mapped[str | None]
    text_read: Mapped[str | None]
    look_state: Mapped[str] = mapped_column(default=LookState.PENDING.value, server_default=LookState.PENDING.value)
    look_maker: Mapped[str | None]
    look: Mapped[bytes | None] = mapped_column(LargeBinary)
    look_flaws: Mapped[list[Any] | None]
    import_job_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_job.id", ondelete="SET NULL"), index=True)
