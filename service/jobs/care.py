"""How a thing that kills its process is found out: a picture that takes all memory, or that a library fails on.

Nothing can be caught then. So each worker writes down what it takes in hand (:mod:`catalog.hands`), once for a batch.
What a killed process leaves there are suspects, and nothing more: it may have been ended for any reason, with many
things in its hands. A suspect is tried alone, while the whole process does nothing else in the background, and so is
the next; the innocent land. One that was alone in hand when three processes died is given up.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.hands import clear_suspect, put_down, suspects_among, take_in_hand

MOST_DEATHS: Final = 3


class Turns:
    """Of one process's workers: many beside each other, or one alone. Taken before anything is locked, so that who
    waits for a turn keeps nobody from ending theirs.
    """

    def __init__(self) -> None:
        """Nobody works."""
        self._beside = self._waiting = 0
        self._alone = False
        self._waiters: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def turn(self, *, alone: bool) -> AsyncIterator[None]:
        """Work while the block runs."""
        async with self._own() if alone else self._shared():
            yield

    @asynccontextmanager
    async def _shared(self) -> AsyncIterator[None]:
        await self._until(lambda: not self._alone and not self._waiting)
        self._beside += 1
        try:
            yield
        finally:
            self._beside -= 1
            self._tell()

    @asynccontextmanager
    async def _own(self) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            await self._until(lambda: not self._alone and not self._beside)
            self._alone = True
        finally:
            self._waiting -= 1
            self._tell()
        try:
            yield
        finally:
            self._alone = False
            self._tell()

    async def _until(self, free: Callable[[], bool]) -> None:
        while not free():
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                self._waiters.remove(waiter)

    def _tell(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)


class Hands:
    """One worker's. What it holds is held until it takes something else, or puts it down."""

    def __init__(self, database: Database) -> None:
        """``database``: one whose connections nobody keeps for long, as who takes something in hand has locks."""
        self._database = database
        self._own = uuid4()
        self._full = False

    @asynccontextmanager
    async def holding(self, things: Sequence[str], *, alone: bool) -> AsyncIterator[None]:
        """Hold things while the block runs, in which they are locked. Whatever the block raises, they did not kill."""
        try:
            self._full = True
            async with self._database.statements() as session:
                await take_in_hand(session, self._own, things, alone=alone)
            yield
        except BaseException:
            await asyncio.shield(self.put_down())
            raise

    async def put_down(self) -> None:
        """Hold nothing. Where the database is away, what was held becomes a suspect for others, which costs little."""
        if self._full:
            with suppress(SQLAlchemyError, OSError):
                async with self._database.statements() as session:
                    await put_down(session, self._own)
                self._full = False

    async def suspects(self, session: AsyncSession, things: Sequence[str]) -> dict[str, int]:
        """Those of these things, which the session has locked, that were in the hands of a process that was killed;
        of each, how many died that held nothing else.
        """
        return await suspects_among(session, self._own, things)

    async def clear(self, session: AsyncSession, thing: str) -> None:
        """It is done with."""
        await clear_suspect(session, self._own, thing)
