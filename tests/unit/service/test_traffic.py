"""Background work waits for a moment without lookups, and not for ever."""

import asyncio
import time

from service.jobs.traffic import LULL_SECONDS, Traffic


async def waited(traffic: Traffic, patience: float) -> float:
    start = time.monotonic()
    await traffic.lull(patience)
    return time.monotonic() - start


def test_without_lookups_nothing_waits() -> None:
    assert asyncio.run(waited(Traffic(), 5)) < LULL_SECONDS


def test_a_lookup_is_waited_for_and_a_moment_more() -> None:
    async def run() -> float:
        traffic = Traffic()

        async def lookup() -> None:
            async with traffic.lookup():
                await asyncio.sleep(0.1)

        lookups = [asyncio.create_task(lookup()) for _ in range(3)]
        await asyncio.sleep(0)
        took = await waited(traffic, 5)
        assert all(one.done() for one in lookups)
        return took

    assert 0.1 + LULL_SECONDS - 0.02 <= asyncio.run(run()) < 2


def test_photo_after_photo_is_no_lull_but_patience_has_an_end() -> None:
    async def run() -> float:
        traffic = Traffic()

        async def phone() -> None:
            while True:
                async with traffic.lookup():
                    await asyncio.sleep(0.002)
                await asyncio.sleep(0.001)

        busy = asyncio.create_task(phone())
        await asyncio.sleep(0)
        took = await waited(traffic, 0.3)
        busy.cancel()
        return took

    assert 0.25 <= asyncio.run(run()) < 2


def test_a_lookup_that_fails_is_over() -> None:
    async def run() -> float:
        traffic = Traffic()
        try:
            async with traffic.lookup():
                raise ValueError
        except ValueError:
            return await waited(traffic, 5)

    assert asyncio.run(run()) < 2
