"""Tokens that devices are enrolled with."""

import asyncio
from datetime import timedelta

from catalog.database import Database
from catalog.devices import begin_enrolment
from service.access.tokens import Purpose, hash_of, new_token


def enrolment(database_url: str, *, lifetime: timedelta = timedelta(minutes=15)) -> str:
    """An enrolment token, as the commands make it."""
    token = new_token(Purpose.ENROLMENT)

    async def begin() -> None:
        database = Database(database_url, pool_size=1)
        async with database.write() as session:
            await begin_enrolment(session, hash_of(token), lifetime)
        await database.close()

    asyncio.run(begin())
    return token
