"""How background work goes on: a step after the other while there is any, then a pause that can be cut short."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from service.tasks import stop

NOT_AT_ALL: Final = 0.0
"""Seconds to pause where there is more to do."""

_AWAY: Final = (OperationalError, InterfaceError, NoConnection, StoreError, OSError)


class LeaseLost(Exception):
    """Another process has taken what was worked on, or it is gone."""


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
            await stop(task)

    async def _run(self, step: Callable[[], Awaitable[float]]) -> None:
        while True:
            pause = await step()
            if pause:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
                self._woken.clear()


async def tried(
    step: Callable[[], Awaitable[bool]],
    log: Any,
    what: str,
    *,
    idle: float,
    again: float,
    put_off: Mapping[type[Exception], float] | None = None,
) -> float:
    """Take a step that says whether it did something; gives the seconds until the next.

    ``what``: the work, for the log. Seconds: ``idle`` where there was nothing to do, ``again`` after a failure,
    ``put_off`` after what is none.
    """
    expected = put_off or {}
    try:
        return NOT_AT_ALL if await step() else idle
    except tuple(expected) as error:
        log.info(f"{what} put off", reason=str(error))
        return next(seconds for kind, seconds in expected.items() if isinstance(error, kind))
    except Exception as error:
        # Mostly the database or the store is away: the work waits, and nothing is lost by trying again.
        tell(log, f"{what} failed; trying again", error)
        return again


def tell(log: Any, message: str, error: Exception) -> None:
    """Log a failure: with where it was, but in one line while the database or the store is away, as it is told again
    and again then.
    """
    if isinstance(error, _AWAY):
        log.warning(message, reason=str(error).split("\n")[0])
    else:
        log.error(message, exc_info=error)
