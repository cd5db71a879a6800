"""The indexing worker: builds the HNSW index of galleries that have grown large, beside searches and imports."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from catalog.database import Database
from catalog.indexing import building, outgrown
from catalog.search.vectors import Partition, build_hnsw
from service.jobs.background import Background, tell, tried

IDLE_SECONDS = 30.0
RETRY_SECONDS = 5.0


class IndexWorker:
    """Builds one index after the other. Any number of these work side by side."""

    def __init__(self, database: Database) -> None:
        """The database stays the caller's to close; a build keeps one of its connections."""
        self._database = database
        self._background = Background("indexing")
        self._log = structlog.get_logger("photocode.indexing")

    def wake(self) -> None:
        """Say that a gallery may have grown; without it, that is seen within half a minute."""
        self._background.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs."""
        async with self._background.running(self._step_or_recover):
            yield

    async def _step_or_recover(self) -> float:
        return await tried(self.step, self._log, "indexing", idle=IDLE_SECONDS, again=RETRY_SECONDS)

    async def step(self) -> bool:
        """Build the indexes that are wanted; False where none was built. One that fails keeps no other from its turn,
        and is tried again after a while.
        """
        async with self._database.statements() as session:
            wanted = await outgrown(session)
        built = False
        for partition in wanted:
            try:
                built |= await self._built(partition)
            except Exception as error:
                tell(self._log.bind(gallery=partition.gallery_id), "index not built; trying again", error)
        return built

    async def _built(self, partition: Partition) -> bool:
        async with self._database.statements() as session, building(session, partition) as alone:
            # Another process may have built it since it was found wanted.
            if not alone or partition not in await outgrown(session):
                return False
            begin = time.monotonic()
            await build_hnsw(await session.connection(), partition)
            self._log.info("index built", gallery=partition.gallery_id, seconds=round(time.monotonic() - begin, 1))
            return True
