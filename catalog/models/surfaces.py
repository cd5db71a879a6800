"""Tables of the surface index and of its changes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, false, func
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from catalog.models.base import Base


class SurfaceSignatureRow(Base):
    """A reference's signatures by visual word, packed, and where its local features lie in the picture store. Those of
    a removed product are ``parked``: in no index, for the case that it is restored.
    """

    __tablename__ = "surface_signature"
    __table_args__ = (Index(None, "catalog_id", "reference_id"),)
    reference_id: Mapped[UUID] = mapped_column(ForeignKey("reference_image.id", ondelete="CASCADE"), primary_key=True)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    vocabulary: Mapped[str]
    features_key: Mapped[str] = mapped_column(index=True)
    signatures: Mapped[bytes] = mapped_column(LargeBinary)
    parked: Mapped[bool] = mapped_column(default=False, server_default=false())


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's ``xid8``: a transaction's number, never used twice. psycopg gives it as text."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Name of the type in DDL."""
        return "xid8"


class SurfaceChangeRow(Base):
    """A change of ``surface_signature``, written by its trigger. ``xact`` is the transaction that changed it."""

    __tablename__ = "surface_change"
    __table_args__ = (Index(None, "catalog_id", "xact"),)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    catalog_id: Mapped[UUID]
    reference_id: Mapped[UUID]
    xact: Mapped[str] = mapped_column(TransactionId, server_default=func.pg_current_xact_id())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
