"""Keys and device tokens as tests need them, made in the database."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.devices import begin_enrolment, enrol, revoke
from catalog.grants import Grant, bound_to
from catalog.keys import create_key, revoke_key
from service.access.fresh_keys import make_key
from service.access.pepper import Pepper
from service.access.tokens import Purpose, hash_of, new_token
from service.settings import Settings

T = TypeVar("T")
FOREVER: timedelta | None = None


def in_database(url: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Do something in one transaction."""

    async def run() -> T:
        database = Database(url, pool_size=1)
        try:
            async with database.write() as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(run())


def made_key(
    settings: Settings,
    *scopes: str,
    client: str = "program",
    catalogs: Sequence[str] | None = None,
    lifetime: timedelta | None = FOREVER,
    revoked: bool = False,
) -> tuple[UUID, str]:
    """A key: its id, and what is sent."""
    fresh = make_key(Pepper(settings.pepper, settings.data_folder))

    async def make(session: AsyncSession) -> UUID:
        bound = None if catalogs is None else await bound_to(session, catalogs)
        grant = Grant(scopes=scopes, catalogs=bound)
        row = await create_key(session, client, fresh.stored, grant, lifetime)
        if revoked:
            await revoke_key(session, row.id)
        return row.id

    return in_database(settings.database_url, make), fresh.text


def made_device(
    settings: Settings,
    *scopes: str,
    catalogs: Sequence[str] | None = None,
    worker: str | None = None,
    revoked: bool = False,
) -> tuple[UUID, str]:
    """An enrolled device: its id, and its token."""
    enrolment, token = new_token(Purpose.ENROLMENT), new_token(Purpose.DEVICE)

    async def make(session: AsyncSession) -> UUID:
        bound = None if catalogs is None else await bound_to(session, catalogs)
        grant = Grant(scopes=scopes, catalogs=bound)
        await begin_enrolment(session, hash_of(enrolment), timedelta(minutes=1), grant, worker)
        row = await enrol(session, hash_of(enrolment), name="phone", token_hash=hash_of(token))
        if revoked:
            await revoke(session, row.id)
        return row.id

    return in_database(settings.database_url, make), token


def bearer(token: str) -> dict[str, str]:
    """Headers that carry a key or token."""
    return {"Authorization": f"Bearer {token}"}
