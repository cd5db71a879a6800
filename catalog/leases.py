"""Work that one process at a time does. A lease ends by itself, so that who dies keeps nobody from it."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import LeaseRow


async def take_lease(session: AsyncSession, name: str, length: timedelta) -> bool:
    """Take the right to a piece of work for so long; False where somebody has it."""
    statement = insert(LeaseRow).values(name=name, until=sa.func.clock_timestamp() + length)
    statement = statement.on_conflict_do_update(
        index_elements=(LeaseRow.name,),
        set_={"until": statement.excluded.until},
        where=LeaseRow.until < sa.func.clock_timestamp(),
    )
    return await session.scalar(statement.returning(LeaseRow.name)) is not None


async def give_back_lease(session: AsyncSession, name: str) -> None:
    """Let others take the right that one has."""
    await session.execute(sa.update(LeaseRow).where(LeaseRow.name == name).values(until=sa.func.clock_timestamp()))
