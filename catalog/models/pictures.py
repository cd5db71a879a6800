"""Table of pictures that were uploaded to be named by imports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class UploadedPictureRow(Base):
    """A picture of a catalog that a table may name by ``content_hash``, the hex sha256 of its bytes.

    It goes after ``kept_until``, unless a product of the catalog has it.
    """

    __tablename__ = "uploaded_picture"
    __table_args__ = (Index(None, "kept_until"),)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), primary_key=True)
    content_hash: Mapped[str] = mapped_column(primary_key=True)
    object_key: Mapped[str]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    byte_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    kept_until: Mapped[datetime]
