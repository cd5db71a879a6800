"""How fast an import goes: as fast as the machine while nobody looks anything up, one picture after the other else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from service.jobs.traffic import Traffic

TOGETHER: Final = 24
"""Pictures of imports in work at once while no lookups come: enough to keep the model busy beside reading them."""
QUIET_SECONDS: Final = 2.0
"""So long after a lookup the next one is still expected."""
GIVE_WAY_SECONDS: Final = 0.25
"""A picture waits so long for a moment without lookups, so that imports end on a busy day too."""
BATCH: Final = 48
BUSY_BATCH: Final = 6
"""Rows that are written at once; while lookups come few, because the database is theirs too."""


class Pace:
    """Gives pictures their turn."""

    def __init__(self, traffic: Traffic) -> None:
        """``traffic``: the lookups to give way to."""
        self._traffic = traffic
        self._together = asyncio.Semaphore(TOGETHER)
        self._alone = asyncio.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether lookups are under way, or were a moment ago."""
        return self._traffic.seen_within(QUIET_SECONDS)

    @property
    def batch(self) -> int:
        """Rows to take at once."""
        return BUSY_BATCH if self.is_busy else BATCH

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One picture may be worked on while the block runs."""
        async with self._together:
            if not self.is_busy:
                yield
                return
            async with self._alone:
                await self._traffic.lull(GIVE_WAY_SECONDS)
                yield
