"""The table of what administrators changed."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from catalog.models.base import Base


class AuditRow(Base):
    """A request that was to change something, and what came of it. Rows are only added.

    ``subject``: who asked, as ``key:ID``, ``device:ID``, ``local`` (this machine without a key) or ``command:USER``;
    ``address``: from where, empty for commands; ``operation``: its id in the contract; ``target``: the path of what it
    was about; ``status``: of the answer.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "subject", "sequence"),)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    subject: Mapped[str]
    address: Mapped[str]
    operation: Mapped[str]
    target: Mapped[str]
    request_id: Mapped[str]
    status: Mapped[int]
