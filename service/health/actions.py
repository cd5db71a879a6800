"""Checks behind readiness."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from catalog.database import Database
from service.bootstrap import Services

PATIENCE_SECONDS = 2
OK = "ok"


async def readiness_checks(parts: Services) -> dict[str, str]:
    """Each ``ok``, or what an operator should know. A service that is being stopped says so before anything else."""
    if parts.admission.closing.is_set():
        return {"service": "it is being stopped"}
    return {"database": await database_check(parts.database)}


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
