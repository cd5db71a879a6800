"""The state of a process's doors: its lanes' places, and whether it is closing."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from service.admission.lanes import TERMS, Lane
from service.admission.places import Places

LIGHT_AT_ONCE: Final = 32
LIGHT_MOST: Final = 128
BULK_AT_ONCE: Final = 2
BULK_MOST: Final = 8
BEHIND_SECONDS: Final = 10.0
"""So long at most an upload that has come waits until no lookup waits any more."""


def default_at_once() -> int:
    """Lookups that are worked for at the same time: their stages use the cores in turn, and the model takes batches."""
    return max(4, 2 * (os.cpu_count() or 1))


class Admission:
    """Belongs to one event loop."""

    def __init__(self, most: int, *, at_once: int = 0, drain: float = 20.0, linger: float = 0.0) -> None:
        """``most``: requests with photos that are worked for or wait; ``at_once`` of them are worked for, 0 for what
        suits the machine. ``drain``: seconds that a closing service waits for what is under way, at most; ``linger``:
        for which it says that it closes, at least.
        """
        self._places = {
            Lane.LIGHT: _places(Lane.LIGHT, LIGHT_AT_ONCE, LIGHT_MOST),
            Lane.PHOTOS: _places(Lane.PHOTOS, at_once or default_at_once(), most),
            Lane.BULK: _places(Lane.BULK, BULK_AT_ONCE, BULK_MOST),
        }
        self._drain, self._linger = drain, linger
        self._under_way = 0
        self._none = asyncio.Event()
        self._none.set()
        self.closing = asyncio.Event()
        """Set when nothing more is let in: what goes on for ever, as streams of events, ends now."""
        self.closed = asyncio.Event()
        """Set when nothing is waited for any more."""

    def places(self, lane: Lane) -> Places:
        """Of a lane."""
        return self._places[lane]

    def demand_room(self, lane: Lane) -> None:
        """Asked before a body is read. Imports are taken only where there is room for lookups.

        Raises:
            Overloaded: there is none.

        """
        self._places[lane].demand_room()
        if lane is Lane.BULK:
            self._places[Lane.PHOTOS].demand_room()

    async def take(self, lane: Lane) -> None:
        """Take a place, after lookups where it is for an import.

        Raises:
            Overloaded: too many wait, or it waited too long.

        """
        if lane is Lane.BULK:
            await self._places[Lane.PHOTOS].calm(BEHIND_SECONDS)
        await self._places[lane].take()

    @contextmanager
    def request(self) -> Iterator[None]:
        """A request is under way while the block runs."""
        self._under_way += 1
        self._none.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._none.set()

    async def drain(self) -> None:
        """Let nothing more in, and wait for what is under way, for a bounded time."""
        self.closing.set()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain):
                await self._none.wait()
        self.closed.set()
        await asyncio.sleep(max(0.0, begun + self._linger - loop.time()))


def _places(lane: Lane, at_once: int, most: int) -> Places:
    return Places(at_once=at_once, most=most, patience=TERMS[lane].patience)
