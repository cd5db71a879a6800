"""Tasks of the event loop that have to end."""

import asyncio
from contextlib import suppress
from typing import Any, Final

CANCEL_AGAIN_SECONDS: Final = 5.0


async def stop(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it has ended.

    Once is not enough: before Python 3.12 a cancellation is lost in :func:`asyncio.wait_for`, by which pools of
    connections wait, where what is waited for comes in the same moment. The work would go on for ever.

    Raises:
        Exception: what the task ended with, unless it was cancelled.

    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_AGAIN_SECONDS)
    with suppress(asyncio.CancelledError):
        task.result()
