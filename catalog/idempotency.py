"""Idempotency keys: the same key gives the same answer, and its work is done once.

A claim is a lease, not a lock: a request that dies frees its key when the lease ends. The answer is kept in the
transaction that does the work, so that there is never one without the other.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import IdempotencyRow


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """An answer as it was given, byte for byte."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What came of claiming a key: ``token`` where the work is ours, ``kept`` where it is done.

    Neither: someone else is at it. ``same_request`` is False where the key was used for something else.
    """

    token: UUID | None
    kept: KeptAnswer | None
    same_request: bool


# A claim that is lost when PostgreSQL crashes is a request that failed: not worth waiting for the disk. The answer is.
_NO_WAIT_FOR_DISK = sa.func.set_config("synchronous_commit", "off", sa.true())


_UNTIL = sa.func.now() + sa.bindparam("lease", type_=sa.Interval())
_INSERT = insert(cast("sa.Table", IdempotencyRow.__table__)).values(
    {name: sa.bindparam(name) for name in ("scope", "key", "fingerprint", "claim")} | {"lease_until": _UNTIL}
)
# Built once: SQLAlchemy takes longer to build a statement than PostgreSQL to answer it.
_CLAIM = _INSERT.on_conflict_do_update(
    index_elements=("scope", "key"),
    set_={"claim": _INSERT.excluded.claim, "lease_until": _INSERT.excluded.lease_until},
    where=sa.and_(
        IdempotencyRow.status.is_(None),
        IdempotencyRow.lease_until < sa.func.now(),
        IdempotencyRow.fingerprint == _INSERT.excluded.fingerprint,
    ),
).returning(IdempotencyRow.claim, _NO_WAIT_FOR_DISK)


async def claim_key(session: AsyncSession, scope: str, key: str, fingerprint: str, lease: timedelta) -> Claim:
    """Try to become the one who does the work of this key.

    ``session`` commits every statement: its transaction would not wait for the disk.
    """
    token = uuid4()
    values = {"scope": scope, "key": key, "fingerprint": fingerprint, "claim": token, "lease": lease}
    claimed = await session.execute(_CLAIM, values)
    if claimed.scalar() == token:
        return Claim(token=token, kept=None, same_request=True)
    row = await session.get(IdempotencyRow, (scope, key))
    if row is None:  # released between the two statements: as good as in flight, the client comes again
        return Claim(token=None, kept=None, same_request=True)
    kept = None
    if row.status is not None and row.media_type is not None and row.body is not None:
        kept = KeptAnswer(status=row.status, media_type=row.media_type, body=row.body)
    return Claim(token=None, kept=kept, same_request=row.fingerprint == fingerprint)


async def keep_answer(
    session: AsyncSession, scope: str, key: str, token: UUID, answer: KeptAnswer, catalog_id: UUID | None
) -> bool:
    """Keep the final answer, with the catalog that it tells of; False where the lease ran out and another request took
    the key over.
    """
    values = {"status": answer.status, "media_type": answer.media_type, "body": answer.body, "catalog_id": catalog_id}
    return await session.scalar(_KEEP, {"of_scope": scope, "of_key": key, "of_claim": token} | values) is not None


_KEEP = (
    sa.update(cast("sa.Table", IdempotencyRow.__table__))
    .where(
        IdempotencyRow.scope == sa.bindparam("of_scope"),
        IdempotencyRow.key == sa.bindparam("of_key"),
        IdempotencyRow.claim == sa.bindparam("of_claim"),
    )
    .values({name: sa.bindparam(name) for name in ("status", "media_type", "body", "catalog_id")})
    .returning(IdempotencyRow.key)
)


async def release_key(session: AsyncSession, scope: str, key: str, token: UUID) -> None:
    """Give the key back: what went wrong may go well next time."""
    await session.execute(
        sa.delete(IdempotencyRow).where(
            IdempotencyRow.scope == scope,
            IdempotencyRow.key == key,
            IdempotencyRow.claim == token,
            IdempotencyRow.status.is_(None),
        )
    )


async def forget_answers(session: AsyncSession, age: timedelta, most: int) -> int:
    """Forget up to ``most`` keys that were last claimed so long ago, with their answers; says how many. Several may do
    so at once.
    """
    return await _forget(session, IdempotencyRow.lease_until < sa.func.now() - age, most)


async def forget_answers_of_catalog(session: AsyncSession, catalog_id: UUID, most: int) -> int:
    """Forget up to ``most`` answers that tell of a catalog; says how many."""
    return await _forget(session, IdempotencyRow.catalog_id == catalog_id, most)


async def _forget(session: AsyncSession, which: sa.ColumnElement[bool], most: int) -> int:
    own = (IdempotencyRow.scope, IdempotencyRow.key)
    some = sa.select(*own).where(which).limit(most).with_for_update(skip_locked=True)
    gone = sa.delete(IdempotencyRow).where(sa.tuple_(*own).in_(some)).returning(IdempotencyRow.key)
    return len((await session.execute(gone.execution_options(**_QUIETLY))).all())


_QUIETLY: Final = {"synchronize_session": False}
