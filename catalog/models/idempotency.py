"""The table of clients' keys and the answers that were given."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class IdempotencyRow(Base):
    """A client's key, what it was used for, and the answer once there is a final one.

    ``scope``: whose key it is and what it was used for, as the service writes it; ``lease_until``: half a minute after
    it was last claimed, from which its age is counted; ``catalog_id``: of what the answer tells of, not a reference, so
    that answering waits for no catalog's row.
    """

    __tablename__ = "idempotency"
    __table_args__ = (
        Index(None, "lease_until"),
        Index("ix_idempotency_catalog_id", "catalog_id", postgresql_where=text("catalog_id IS NOT NULL")),
    )
    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    claim: Mapped[UUID]
    lease_until: Mapped[datetime]
    status: Mapped[int | None]
    media_type: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    catalog_id: Mapped[UUID | None]
