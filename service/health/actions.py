"""Checks behind readiness."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from catalog.database import Database

PATIENCE_SECONDS = 2
OK = "ok"


async def database_check(database: Database) -> str:
    """``ok``, or what an operator should know."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await database.ping()
    except (SQLAlchemyError, OSError):
        return "the database refuses connections"
    except TimeoutError:
        return f"the database did not answer within {PATIENCE_SECONDS} s"
    return OK
