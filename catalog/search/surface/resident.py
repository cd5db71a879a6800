"""The catalogs' indexes in this process's memory: loaded at the first lookup, kept up to date, dropped when idle.

A lookup never waits for a load: it goes without the surface channel and is told why. Every later one first asks the log
of changes (one statement) and takes in what has changed, so that a reference that was just enriched, by whichever
process, is found by the next photo.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import structlog

from catalog.database import Database
from catalog.search.surface.index import IndexBuilder, SurfaceIndex
from catalog.search.surface.kernel import KernelParameters
from catalog.search.surface.stored import (
    CHANGES_KEPT,
    ROWS_AT_ONCE,
    LogPosition,
    SignatureRow,
    count_signatures,
    log_end,
    read_changes,
    read_signatures,
    stream_signatures,
    unpack,
)

MOST_REFERENCES = 100_000
"""In memory at once: about 9 KB each."""
IDLE_SECONDS = 900.0
PATIENCE_SECONDS = 0.25
"""A lookup waits no longer for changes to be taken in. Some hundred changed references take less."""
RETRY_SECONDS = 5.0

T = TypeVar("T")


class Absent(StrEnum):
    """Why there is no index: it is being loaded, or the catalog has more references than memory is allowed for."""

    LOADING = "loading"
    TOO_LARGE = "too_large"


@dataclass(eq=False)
class _Held:
    """A catalog's index with how far the log was read for it. Times are the event loop's."""

    used: float
    content: SurfaceIndex | Absent = Absent.LOADING
    position: LogPosition = field(default_factory=lambda: LogPosition(horizon=0))
    tried: float = 0.0
    """When what is absent was last tried to be had."""
    loading: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    sync_began: float = 0.0
    synced: float = 0.0
    """When the last sync that ended well began."""


class ResidentIndexes:
    """Of one process and one vocabulary. For one event loop; ``close`` at the end."""

    def __init__(
        self,
        database: Database,
        vocabulary: str,
        *,
        parameters: KernelParameters | None = None,
        most_references: int = MOST_REFERENCES,
        idle_seconds: float = IDLE_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """``database`` stays the caller's to close, after this. ``most_references``: of all catalogs together.

        Raises:
            ValueError: an index would be kept longer than the log of changes.

        """
        if idle_seconds >= CHANGES_KEPT.total_seconds() / 2:
            raise ValueError(f"an index that was idle for {idle_seconds} s cannot be brought up to date")
        self._database = database
        self._vocabulary = vocabulary
        self._parameters = parameters
        self._most_references = most_references
        self._idle_seconds = idle_seconds
        self._patience_seconds = patience_seconds
        self._held: dict[UUID, _Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: dict[UUID, asyncio.TimerHandle] = {}
        # One thread: loading takes half of two cores at most, and changes of one catalog follow each other.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="surface-index")
        self._log = structlog.get_logger("photocode.surface")

    @property
    def vocabulary(self) -> str:
        """Identity of the visual words that the signatures are by."""
        return self._vocabulary

    @property
    def memory_bytes(self) -> int:
        """Of all indexes' arrays."""
        return sum(index.memory_bytes for index in self._indexes())

    @property
    def references(self) -> int:
        """In all indexes."""
        return sum(len(index) for index in self._indexes())

    async def get(self, catalog_id: UUID) -> SurfaceIndex | Absent:
        """The catalog's index, up to date where that takes no longer than the patience; or why there is none.

        An index that cannot be brought up to date, because the database is away, is given as it is.
        """
        held = self._use(catalog_id)
        if isinstance(held.content, Absent):
            self._load_in_background(catalog_id, held)
            return held.content
        now = asyncio.get_running_loop().time()
        # Who comes while a long sync runs does not wait a full patience again.
        running = now - held.sync_began if held.lock.locked() else 0.0
        sync = self._start(self._synced(catalog_id, held, now))
        await asyncio.wait({sync}, timeout=max(0.0, self._patience_seconds - running))
        return held.content

    async def loaded(self, catalog_id: UUID) -> SurfaceIndex | Absent:
        """As :meth:`get`, but waits for a load under way: for jobs and benchmarks, not for lookups."""
        content = await self.get(catalog_id)
        while content is Absent.LOADING and self._held[catalog_id].loading:
            await asyncio.sleep(0.01)
            content = await self.get(catalog_id)
        return content

    async def close(self) -> None:
        """End loads and syncs under way and the thread that they run in; forget everything."""
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
        self._held.clear()
        self._timers.clear()

    def _indexes(self) -> list[SurfaceIndex]:
        return [held.content for held in self._held.values() if isinstance(held.content, SurfaceIndex)]

    def _use(self, catalog_id: UUID) -> _Held:
        now = asyncio.get_running_loop().time()
        held = self._held.get(catalog_id)
        if held is None:
            held = self._held[catalog_id] = _Held(used=now)
            self._drop_later(catalog_id, self._idle_seconds)
        held.used = now
        return held

    def _drop_later(self, catalog_id: UUID, seconds: float) -> None:
        self._timers[catalog_id] = asyncio.get_running_loop().call_later(seconds, self._drop_if_idle, catalog_id)

    def _drop_if_idle(self, catalog_id: UUID) -> None:
        held = self._held[catalog_id]
        idle = asyncio.get_running_loop().time() - held.used
        if held.loading or idle < self._idle_seconds:
            self._drop_later(catalog_id, max(self._idle_seconds - idle, 1.0))
        else:
            self._drop(catalog_id)

    def _drop(self, catalog_id: UUID) -> None:
        del self._held[catalog_id]
        self._timers.pop(catalog_id).cancel()

    def _load_in_background(self, catalog_id: UUID, held: _Held) -> None:
        now = asyncio.get_running_loop().time()
        pause = self._idle_seconds if held.content is Absent.TOO_LARGE else RETRY_SECONDS
        if held.loading or (held.tried and now - held.tried < pause):
            return
        held.loading, held.tried = True, now
        self._start(self._load(catalog_id, held))

    async def _load(self, catalog_id: UUID, held: _Held) -> None:
        try:
            async with self._database.read() as session:
                # The end of the log first: what changes while the rows are read is read again from there.
                position = await log_end(session, catalog_id)
                count = await count_signatures(session, catalog_id, self._vocabulary)
            if not self._make_room(catalog_id, count):
                self._set_too_large(catalog_id, held, count)
                return
            builder = IndexBuilder(self._parameters)
            async for rows in stream_signatures(self._database, catalog_id, self._vocabulary):
                await self._in_thread(_add, builder, rows)
            index = await self._in_thread(builder.build)
            held.position, held.content = position, index
            self._log.info("surface index loaded", catalog=str(catalog_id), references=len(index))
        except Exception:
            # Whatever it is, lookups go on without this channel, and the load is tried again.
            self._log.exception("surface index could not be loaded", catalog=str(catalog_id))
        finally:
            held.loading = False

    def _make_room(self, catalog_id: UUID, needed: int) -> bool:
        """Drop the indexes used longest ago until there is room; whether there can be."""
        if needed > self._most_references:
            return False
        others = [
            (held.used, other, len(held.content))
            for other, held in self._held.items()
            if other != catalog_id and isinstance(held.content, SurfaceIndex)
        ]
        total = needed + sum(size for _, _, size in others)
        for _, other, size in sorted(others, key=lambda one: one[0]):
            if total <= self._most_references:
                break
            self._drop(other)
            total -= size
        return True

    def _set_too_large(self, catalog_id: UUID, held: _Held, count: int) -> None:
        held.content = Absent.TOO_LARGE
        held.tried = asyncio.get_running_loop().time()
        self._log.info("catalog too large for a surface index", catalog=str(catalog_id), references=count)

    async def _synced(self, catalog_id: UUID, held: _Held, asked: float) -> None:
        async with held.lock:
            # A sync that began after this lookup came has seen all that it must see.
            if held.synced >= asked or not isinstance(held.content, SurfaceIndex):
                return
            held.sync_began = asyncio.get_running_loop().time()
            try:
                await self._sync(catalog_id, held, held.content)
            except Exception:  # the database is away, or gone for good: lookups go on with the index as it is
                self._log.exception("surface index not brought up to date", catalog=str(catalog_id))
            else:
                held.synced = held.sync_began

    async def _sync(self, catalog_id: UUID, held: _Held, index: SurfaceIndex) -> None:
        async with self._database.read() as session:
            changes = await read_changes(session, catalog_id, held.position)
        changed = list(changes.reference_ids)
        for start in range(0, len(changed), ROWS_AT_ONCE):
            some = changed[start : start + ROWS_AT_ONCE]
            async with self._database.read() as session:
                rows = await read_signatures(session, catalog_id, self._vocabulary, some)
            index = await self._in_thread(_apply, index, rows, some)
            held.content = index
        held.position = changes.position
        if len(index) > self._most_references:
            self._set_too_large(catalog_id, held, len(index))
        elif changed:
            self._make_room(catalog_id, len(index))

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name="surface-index")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _in_thread(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *args)


def _add(builder: IndexBuilder, rows: list[SignatureRow]) -> None:
    builder.add(unpack(rows))


def _apply(index: SurfaceIndex, rows: list[SignatureRow], changed: list[UUID]) -> SurfaceIndex:
    # Those without a row have been removed, or belong to another vocabulary by now.
    return index.changed(unpack(rows), changed)
