"""What administrators changed, as it is written down and read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import AuditRow


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One change, as in :class:`catalog.models.AuditRow`."""

    subject: str
    address: str
    operation: str
    target: str
    request_id: str
    status: int


async def add_entry(session: AsyncSession, entry: AuditEntry) -> None:
    """Write an entry down with whatever else the session commits."""
    await session.execute(sa.insert(AuditRow).values(asdict(entry)))


async def read_entries(
    session: AsyncSession,
    *,
    most: int,
    before: int | None = None,
    subject: str | None = None,
    operation: str | None = None,
) -> Sequence[AuditRow]:
    """The newest entries first; ``before``: those of a lower sequence only."""
    statement = sa.select(AuditRow).order_by(AuditRow.sequence.desc()).limit(most)
    if before is not None:
        statement = statement.where(AuditRow.sequence < before)
    if subject is not None:
        statement = statement.where(AuditRow.subject == subject)
    if operation is not None:
        statement = statement.where(AuditRow.operation == operation)
    return (await session.scalars(statement)).all()


async def forget_entries(session: AsyncSession, age: timedelta, most: int) -> int:
    """Forget entries of such an age among the ``most`` oldest; says how many. Several may do so at once.

    The oldest are those with the lowest sequence, so that no other entry has to be looked at.
    """
    oldest = sa.select(AuditRow.sequence, AuditRow.created_at).order_by(AuditRow.sequence).limit(most)
    some = oldest.with_for_update(skip_locked=True).subquery("oldest")
    due = sa.select(some.c.sequence).where(some.c.created_at < sa.func.now() - age)
    gone = sa.delete(AuditRow).where(AuditRow.sequence.in_(due)).returning(AuditRow.sequence)
    return len((await session.execute(gone.execution_options(synchronize_session=False))).all())
