"""Jobs that go step by step, and what of them kills the process: the reading of an import, a preview, a self-test, a
calibration.

As with pictures (:mod:`service.jobs.care`): each step is in hand while it is taken. A job that a killed process had in
hand is a suspect, whose steps are taken while the process does nothing else in the background; one that was alone in
hand when three processes died is given up, and can be asked for anew. Between steps a job is in nobody's hands, so that
who is stopped in order, or dies of something else, blames nobody.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from service.jobs.care import MOST_DEATHS, Hands, Turns

DEADLY: Final = f"{MOST_DEATHS} workers ended while they did nothing but this"


class Steps:
    """One worker's way through its jobs, one after the other."""

    def __init__(self, turns: Turns, hands: Hands) -> None:
        """``turns`` of all background workers; ``hands``: this worker's own."""
        self._turns, self._hands = turns, hands
        self._thing = ""
        self._alone = False

    async def begin(self, session: AsyncSession, thing: str) -> bool:
        """Begin a job, whose lease or lock the caller has; False where it has killed three workers: then it is to be
        failed, and is no suspect any more when somebody asks for it anew.
        """
        suspects = await self._hands.suspects(session, [thing])
        self._thing, self._alone = thing, thing in suspects
        if suspects.get(thing, 0) < MOST_DEATHS:
            return True
        await self.end(session)
        return False

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """Take a step while the block runs. Waits for a turn: the caller holds no lock that others wait for."""
        async with self._turns.turn(alone=self._alone):
            async with self._hands.holding([self._thing], alone=self._alone):
                yield
            await self._hands.put_down()

    async def end(self, session: AsyncSession) -> None:
        """The job is done with, well or not."""
        if self._alone:
            await self._hands.clear(session, self._thing)
