"""How background work goes on: a step after the other while there is any, then a pause that can be cut short."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

NOT_AT_ALL: Final = 0.0
"""Seconds to pause where there is more to do."""


class Background:
    """The loop of one worker."""

    def __init__(self, name: str) -> None:
        """``name``: of the task."""
        self._name = name
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Cut the pause short."""
        self._woken.set()

    @asynccontextmanager
    async def running(self, step: Callable[[], Awaitable[float]]) -> AsyncIterator[None]:
        """Take steps while the block runs. A step gives the seconds to pause after it; it raises nothing."""
        task = asyncio.create_task(self._run(step), name=self._name)
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, step: Callable[[], Awaitable[float]]) -> None:
        while True:
            pause = await step()
            if pause:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)
                self._woken.clear()
