"""Tells background work when lookups are under way, so that it can give way to them."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

LULL_SECONDS = 0.05
"""A phone that posts one photo after the other leaves shorter gaps than this."""


class Traffic:
    """Lookups under way in this process."""

    def __init__(self) -> None:
        """None yet."""
        self._under_way = 0
        self._none = asyncio.Event()
        self._none.set()
        self._ended = -math.inf

    @asynccontextmanager
    async def lookup(self) -> AsyncIterator[None]:
        """A lookup is under way while the block runs."""
        self._under_way += 1
        self._none.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            self._ended = asyncio.get_running_loop().time()
            if not self._under_way:
                self._none.set()

    async def lull(self, patience: float) -> None:
        """Wait until no lookup has been under way for a moment, for at most ``patience`` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while (left := self._quiet_in()) > 0:
                    await self._none.wait()
                    await asyncio.sleep(min(left, LULL_SECONDS))

    def seen_within(self, seconds: float) -> bool:
        """Whether a lookup is under way, or was so many seconds ago."""
        return bool(self._under_way) or self._ended + seconds > asyncio.get_running_loop().time()

    def _quiet_in(self) -> float:
        if self._under_way:
            return math.inf
        return self._ended + LULL_SECONDS - asyncio.get_running_loop().time()
