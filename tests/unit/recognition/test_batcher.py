"""Nobody waits for ever, and one caller's trouble is not another's."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from service.recognition.embedding.batcher import BULK_TURN, Batcher, BatcherClosed, DeadlineExceeded
from service.recognition.embedding.overload import Overloaded


class Doubler:
    """Doubles numbers; refuses negative ones; can be held."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.entered.set()
        assert self.gate.wait(5)
        if any(item < 0 for item in items):
            raise ValueError(f"negative in {items}")
        return [2 * item for item in items]

    @contextmanager
    def held(self) -> Iterator[None]:
        self.entered.clear()
        self.gate.clear()
        try:
            yield
        finally:
            self.gate.set()


def with_batcher(
    use: Callable[[Batcher[int, int], Doubler], Awaitable[None]],
    *,
    max_batch: int = 4,
    bulk_batch: int = 2,
    capacity: int = 8,
) -> Doubler:
    doubler = Doubler()

    async def run() -> None:
        with ThreadPoolExecutor(1) as executor:
            batcher: Batcher[int, int] = Batcher(
                doubler, executor=executor, max_batch=max_batch, bulk_batch=bulk_batch, capacity=capacity
            )
            batcher.start()
            async with asyncio.timeout(10):
                await use(batcher, doubler)
                await batcher.close()

    asyncio.run(run())
    return doubler


async def entered(doubler: Doubler) -> None:
    assert await asyncio.to_thread(doubler.entered.wait, 5)


def test_what_waits_together_runs_together() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        with doubler.held():
            tasks = [asyncio.create_task(batcher.submit(0))]
            await entered(doubler)
            tasks += [asyncio.create_task(batcher.submit(item)) for item in range(1, 7)]
            await asyncio.sleep(0)
        assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8, 10, 12]

    assert with_batcher(use).batches == [[0], [1, 2, 3, 4], [5, 6]]


def test_one_bad_item_fails_alone() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        with doubler.held():
            first = asyncio.create_task(batcher.submit(7))
            await entered(doubler)
            tasks = [asyncio.create_task(batcher.submit(item)) for item in (1, -2, 3)]
            await asyncio.sleep(0)
        assert await first == 14
        one, bad, three = await asyncio.gather(*tasks, return_exceptions=True)
        assert (one, three) == (2, 6)
        assert isinstance(bad, ValueError)
        assert str(bad) == "negative in [-2]"
        assert await batcher.submit(5) == 10

    with_batcher(use)


def test_an_item_whose_caller_left_is_not_run() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        with doubler.held():
            first = asyncio.create_task(batcher.submit(1))
            await entered(doubler)
            left = asyncio.create_task(batcher.submit(2))
            stays = asyncio.create_task(batcher.submit(3))
            await asyncio.sleep(0)
            left.cancel()
            first.cancel()
            await asyncio.sleep(0)
        assert await stays == 6
        assert left.cancelled()
        assert first.cancelled()

    assert with_batcher(use).batches == [[1], [3]]


def test_a_deadline_ends_the_wait_and_the_item_is_not_run() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        now = asyncio.get_running_loop().time()
        with doubler.held():
            first = asyncio.create_task(batcher.submit(1, deadline=now + 5))
            await entered(doubler)
            with pytest.raises(DeadlineExceeded):
                await batcher.submit(2, deadline=now + 0.05)
            with pytest.raises(DeadlineExceeded):
                await batcher.submit(3, deadline=now - 1)
        assert await first == 2

    assert with_batcher(use).batches == [[1]]


def test_a_deadline_ends_the_wait_for_a_running_item() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        with doubler.held(), pytest.raises(DeadlineExceeded):
            await batcher.submit(1, deadline=asyncio.get_running_loop().time() + 0.05)
        assert await batcher.submit(2) == 4

    with_batcher(use)


def test_a_full_lane_refuses_and_makes_room_for_those_who_left() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        with doubler.held():
            tasks = [asyncio.create_task(batcher.submit(0))]
            await entered(doubler)
            tasks += [asyncio.create_task(batcher.submit(item)) for item in range(8)]
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                batcher.check_room()
            with pytest.raises(Overloaded):
                await batcher.submit(9)
            batcher.check_room("bulk")
            tasks[3].cancel()
            await asyncio.sleep(0)
            tasks.append(asyncio.create_task(batcher.submit(9)))
            await asyncio.sleep(0)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[-1] == 18
        assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 1

    with_batcher(use)


def test_interactive_items_go_first_and_bulk_still_ends() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        with doubler.held():
            tasks = [asyncio.create_task(batcher.submit(0))]
            await entered(doubler)
            tasks += [asyncio.create_task(batcher.submit(item, lane="bulk")) for item in (101, 102, 103)]
            tasks += [asyncio.create_task(batcher.submit(item)) for item in range(1, 2 * BULK_TURN)]
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    batches = with_batcher(use, max_batch=1, capacity=64).batches
    bulk_at = [position for position, batch in enumerate(batches) if batch[0] > 100]
    assert batches[bulk_at[0]] == [101, 102]
    assert bulk_at == [BULK_TURN, 2 * BULK_TURN + 1]


def test_close_finishes_what_waits_and_takes_nothing_more() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        with doubler.held():
            tasks = [asyncio.create_task(batcher.submit(0))]
            await entered(doubler)
            tasks += [asyncio.create_task(batcher.submit(item)) for item in (1, 2)]
            await asyncio.sleep(0)
            closing = asyncio.create_task(batcher.close())
            await asyncio.sleep(0)
            with pytest.raises(BatcherClosed):
                await batcher.submit(3)
        assert await asyncio.gather(*tasks) == [0, 2, 4]
        await closing
        await batcher.close()

    with_batcher(use)


def test_an_idle_batcher_closes_and_an_unstarted_one_refuses() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        await asyncio.sleep(0)
        await batcher.close()
        with ThreadPoolExecutor(1) as executor:
            never: Batcher[int, int] = Batcher(doubler, executor=executor, max_batch=1, bulk_batch=1, capacity=1)
            with pytest.raises(BatcherClosed):
                await never.submit(1)
            await never.close()

    with_batcher(use)


def test_a_function_that_gives_too_few_results_fails_its_callers() -> None:
    async def run() -> None:
        with ThreadPoolExecutor(1) as executor:
            batcher: Batcher[int, int] = Batcher(
                lambda items: items[1:], executor=executor, max_batch=4, bulk_batch=1, capacity=8
            )
            batcher.start()
            async with asyncio.timeout(5):
                results = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
            assert all(isinstance(result, ValueError) for result in results)
            await batcher.close()

    asyncio.run(run())


def test_when_the_task_itself_is_ended_nobody_waits_for_ever() -> None:
    async def use(batcher: Batcher[int, int], doubler: Doubler) -> None:
        with doubler.held():
            tasks = [asyncio.create_task(batcher.submit(0))]
            await entered(doubler)
            tasks += [asyncio.create_task(batcher.submit(item)) for item in (1, 2)]
            await asyncio.sleep(0)
            assert batcher._task is not None
            batcher._task.cancel()
            async with asyncio.timeout(5):
                results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, BatcherClosed) for result in results)
        with pytest.raises(BatcherClosed):
            await batcher.submit(3)

    with_batcher(use)
