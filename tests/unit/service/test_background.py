"""Background work ends when it is told to, whatever it waits for in that moment."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
import structlog

from service import tasks
from service.jobs.background import NOT_AT_ALL, Background, LeaseLost, tried
from service.tasks import stop

pytestmark = pytest.mark.anyio


async def test_a_cancellation_that_was_lost_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "CANCEL_AGAIN_SECONDS", 0.05)
    lost = 0

    async def go_on_for_ever() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if lost == 2:
                    raise
                lost += 1

    task = asyncio.create_task(go_on_for_ever())
    await asyncio.sleep(0)
    await stop(task)
    assert (task.cancelled(), lost) == (True, 2)


async def test_what_gives_back_in_its_own_time_is_waited_for() -> None:
    given_back = False

    async def hold() -> None:
        nonlocal given_back
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.1)
            given_back = True

    task = asyncio.create_task(hold())
    await asyncio.sleep(0)
    await stop(task)
    assert given_back


async def test_a_failure_is_not_swallowed() -> None:
    async def fail() -> None:
        raise OSError("away")

    task = asyncio.create_task(fail())
    with suppress(OSError):
        await task
    with pytest.raises(OSError, match="away"):
        await stop(task)


@pytest.mark.parametrize("turns", range(6))
async def test_who_is_woken_while_being_stopped_ends(turns: int) -> None:
    background = Background("work")
    stepped = asyncio.Event()

    async def step() -> float:
        stepped.set()
        return 60.0

    start = time.monotonic()
    async with background.running(step):
        await stepped.wait()
        background.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
    assert time.monotonic() - start < tasks.CANCEL_AGAIN_SECONDS / 2


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [(True, NOT_AT_ALL), (False, 10.0), (OSError("away"), 2.0), (LeaseLost("taken"), 5.0), (KeyError("odd"), 2.0)],
)
async def test_the_pause_after_a_step_is_by_what_came_of_it(outcome: bool | Exception, seconds: float) -> None:
    async def step() -> bool:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    log: Any = structlog.get_logger("test")
    assert await tried(step, log, "work", idle=10.0, again=2.0, put_off={LeaseLost: 5.0}) == seconds
