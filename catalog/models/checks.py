"""Tables of what is checked: imports before they are made, and catalogs after."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class CheckState(StrEnum):
    """How far a check is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ImportPreviewRow(Base):
    """An import as it would be. ``archive_key``: where its upload lies; ``options`` as it was asked; ``report`` what
    was found up to now. ``held_until``: until then some process works on it; ``applied_at``: when the import that has
    its id was started.
    """

    __tablename__ = "import_preview"
    __table_args__ = (Index("ix_import_preview_open", "created_at", postgresql_where=text("state <> 'completed'")),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default=CheckState.QUEUED.value)
    archive_key: Mapped[str]
    options: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any] | None]
    failure: Mapped[str | None]
    failure_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]


class SelfTestRow(Base):
    """A catalog asked whether its products find themselves. ``references``: how many the catalog had, ``newest`` when
    the last of them came; ``most``: products to be asked about; ``report``
    once it is complete; ``held_until``: as above.
    """

    __tablename__ = "self_test"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(default=CheckState.QUEUED.value)
    most: Mapped[int]
    reference_images: Mapped[int]
    newest: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None]
    failure: Mapped[str | None]
    failure_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]


Index("ix_self_test_catalog_id_created_at", SelfTestRow.catalog_id, SelfTestRow.created_at)


class SelfTestItemRow(Base):
    """A product to be asked about in a self-test, by one of its references, before the picture at ``ground_key``.

    ``base``: of the sample of the whole catalog, and not only of its category or as somebody's twin. ``state`` is
    pending, done, or failed where the picture is no photo that can be used. ``answer_id``: what was answered.
    """

    __tablename__ = "self_test_item"
    __table_args__ = (UniqueConstraint("self_test_id", "product_id"),)
    self_test_id: Mapped[UUID] = mapped_column(ForeignKey("self_test.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    reference_id: Mapped[UUID] = mapped_column(ForeignKey("reference_image.id", ondelete="CASCADE"), index=True)
    ground_key: Mapped[str]
    base: Mapped[bool]
    state: Mapped[str] = mapped_column(default="pending", server_default="pending")
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("rehearsal_answer.id", ondelete="SET NULL"), index=True)


class RehearsalAnswerRow(Base):
    """What was answered when a catalog was asked about one of its own pictures, by whichever check asked.

    ``maker``: what it was looked through; ``drawn``: whether a view of the picture was drawn, and not the picture shown
    while its product was found by its others. ``candidates`` are ``[product, score]``, best first, up to the product
    itself and all that score about as well; ``rank`` is the product's, from 1, None where it was not found.
    ``reference_images``: how many the catalog had.
    """

    __tablename__ = "rehearsal_answer"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), index=True)
    reference_id: Mapped[UUID] = mapped_column(ForeignKey("reference_image.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[UUID]
    maker: Mapped[str]
    drawn: Mapped[bool]
    rank: Mapped[int | None]
    candidates: Mapped[list[Any]]
    reference_images: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
