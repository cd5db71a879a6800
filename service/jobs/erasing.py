"""Removes photos: those that have been kept for long enough, and files of those that were erased.

One process at a time looks for them. What could not be removed, because the store was away, is tried again.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from catalog.database import Database
from catalog.erasure import AT_ONCE, erase_older, note_removed, removable, still_unused
from catalog.leases import give_back_lease, take_lease
from catalog.storage.pictures import PictureStore
from service.jobs.background import Background, tell

LEASE: Final = timedelta(seconds=60)
WORK_SECONDS: Final = 40.0
"""Of a lease; the rest is for what was begun."""
LEASE_NAME: Final = "photos"
MOST_SECONDS: Final = 600.0
LEAST_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class PhotoEraser:
    """``days``: for how long photos are kept, 0 until somebody erases them. All parts stay the caller's."""

    database: Database
    pictures: PictureStore
    days: float
    background: Background = field(default_factory=lambda: Background("erasing photos"))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs."""
        async with self.background.running(self._turn_or_recover):
            yield

    async def remove_files(self) -> int:
        """Remove files of erased photos from the store, of 200 at most; says how many are gone.

        Raises:
            StoreError, OSError: the store is away; the rest is removed later.

        """
        async with self.database.read() as session:
            files = await removable(session, AT_ONCE)
        for key, _ in files:
            async with self.database.write() as session:
                if await still_unused(session, key):
                    await self.pictures.delete(key)
                    await note_removed(session, key)
        return len(files)

    async def step(self) -> bool:
        """Erase what is old, and remove files; False where there is no more to do."""
        erased = 0
        if self.days:
            async with self.database.write() as session:
                erased = await erase_older(session, timedelta(days=self.days))
        removed = await self.remove_files()
        if erased:
            structlog.get_logger("photocode.photos").info("old photos erased", lookups=erased, files=removed)
        return AT_ONCE in (erased, removed)

    async def _turn(self) -> None:
        """Do what there is to do, as long as it is this process's."""
        async with self.database.write() as session:
            if not await take_lease(session, LEASE_NAME, LEASE):
                return
        until = time.monotonic() + WORK_SECONDS
        while await self.step() and time.monotonic() < until:
            pass
        async with self.database.write() as session:
            await give_back_lease(session, LEASE_NAME)

    async def _turn_or_recover(self) -> float:
        try:
            await self._turn()
        except Exception as error:
            # Mostly the database is away: what is to be erased stays so.
            tell(structlog.get_logger("photocode.photos"), "photos not erased; trying again", error)
        # A hundredth of the time that photos are kept is early enough.
        return min(max(self.days * 864, LEAST_SECONDS), MOST_SECONDS) if self.days else MOST_SECONDS
