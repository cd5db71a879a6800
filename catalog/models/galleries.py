"""Tables of embedding spaces and galleries. Vectors themselves are in :mod:`catalog.search.vectors`."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class SpaceRow(Base):
    """An embedding space: distances mean something only within one."""

    __tablename__ = "embedding_space"
    __table_args__ = (
        UniqueConstraint("bundle_identity", "preprocessing_revision", "dimension", name="uq_embedding_space_key"),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    bundle_identity: Mapped[str]
    bundle_name: Mapped[str]
    preprocessing_revision: Mapped[int]
    dimension: Mapped[int]


class GalleryState(StrEnum):
    """A gallery is filled, serves lookups, or waits to be dropped."""

    BUILDING = "building"
    LIVE = "live"
    RETIRED = "retired"


class GalleryRow(Base):
    """One catalog in one space; its vectors are one partition of ``reference_embedding``."""

    __tablename__ = "gallery"
    __table_args__ = (Index("uq_gallery_live", "catalog_id", unique=True, postgresql_where=text("state = 'live'")),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    space_id: Mapped[int] = mapped_column(ForeignKey("embedding_space.id"))
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
