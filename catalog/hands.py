"""What background work has in its hands, written down before it begins, so that what kills a process is found out.

Each worker of a process has one row for as long as it works, and writes its things there by a statement of its own,
while it holds their locks. So whoever has the lock of a thing, and finds it in another's row, knows that a process was
killed with it in its hands, among other things perhaps. Then it is a suspect, and tried alone. What is found written
down as alone was all that its process did: that many processes it has killed.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import InHandRow

FORGOTTEN_AFTER: Final = timedelta(days=7)
"""What killed nothing again for so long is no suspect."""

_TAKEN = insert(cast("sa.Table", InHandRow.__table__)).values(
    {name: sa.bindparam(name) for name in ("id", "things", "alone")}
)
# Not waited for the disk: it has to outlive the process, not the machine.
_TAKE: Final = _TAKEN.on_conflict_do_update(
    index_elements=("id",),
    set_={"things": _TAKEN.excluded.things, "alone": _TAKEN.excluded.alone, "since": sa.func.now()},
).returning(sa.func.set_config("synchronous_commit", "off", sa.true()))
_SUSPECTS: Final = sa.text(
    """
    SELECT thing, count(*) FILTER (WHERE alone) AS deaths FROM in_hand, unnest(things) AS of (thing)
    WHERE things && CAST(:things AS text[]) AND thing = ANY(CAST(:things AS text[])) AND id <> :own GROUP BY thing
    """
)
_CLEAR: Final = sa.text(
    """
    UPDATE in_hand SET things = array_remove(things, CAST(:thing AS text)) WHERE :thing = ANY(things) AND id <> :own
    """
)


async def take_in_hand(session: AsyncSession, own: UUID, things: Sequence[str], *, alone: bool) -> None:
    """Say what a worker has in its hands from now on, in place of what it had before. ``session`` commits every
    statement.
    """
    await session.execute(_TAKE, {"id": own, "things": list(things), "alone": alone})


async def put_down(session: AsyncSession, own: UUID) -> None:
    """Say that a worker has nothing in its hands."""
    await session.execute(sa.delete(InHandRow).where(InHandRow.id == own))


async def suspects_among(session: AsyncSession, own: UUID, things: Sequence[str]) -> dict[str, int]:
    """Those of these things, whose locks the session has, with which a process was killed; of each, how many processes
    that did nothing else.
    """
    found = await session.execute(_SUSPECTS, {"things": list(things), "own": own})
    return {row.thing: row.deaths for row in found}


async def clear_suspect(session: AsyncSession, own: UUID, thing: str) -> None:
    """A thing is done with, well or not: it is no suspect any more."""
    await session.execute(_CLEAR, {"thing": thing, "own": own})


async def forget_in_hand(session: AsyncSession) -> int:
    """Forget what processes left that are long dead, and what is cleared; says how many rows."""
    over = sa.or_(InHandRow.things == sa.text("'{}'"), InHandRow.since < sa.func.now() - FORGOTTEN_AFTER)
    some = sa.select(InHandRow.id).where(over).with_for_update(skip_locked=True)
    gone = sa.delete(InHandRow).where(InHandRow.id.in_(some)).returning(InHandRow.id)
    return len((await session.execute(gone.execution_options(synchronize_session=False))).all())
