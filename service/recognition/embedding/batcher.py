"""A micro-batcher: callers hand in one item each, one task runs what waits together.

Batches are natural: whatever waits when the previous batch ends, up to a size; nobody is kept waiting for company.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from service.recognition.embedding.overload import Overloaded

Lane = Literal["interactive", "bulk"]

BULK_TURN: Final = 8
"""After so many interactive batches in a row a waiting bulk batch has its turn, so that imports end on a busy day."""

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class DeadlineExceeded(TimeoutError):
    """The caller's deadline came before the result."""


class BatcherClosed(Exception):
    """The batcher takes no more items."""


@dataclass(frozen=True, eq=False)
class _Waiting(Generic[ItemT, ResultT]):
    item: ItemT
    future: asyncio.Future[ResultT]

    def succeed(self, result: ResultT) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Batcher(Generic[ItemT, ResultT]):
    """Feeds one function that works on lists. Belongs to the event loop that it was started in."""

    def __init__(
        self,
        run: Callable[[list[ItemT]], Iterable[ResultT]],
        *,
        executor: Executor,
        max_batch: int,
        bulk_batch: int,
        capacity: int,
    ) -> None:
        """Nothing runs before :meth:`start`.

        Args:
            run: gives one result for each item, in order; called in ``executor``, one batch at a time.
            executor: where ``run`` runs.
            max_batch: most items of an interactive batch.
            bulk_batch: most items of a bulk batch; how long an interactive item may wait for bulk work.
            capacity: items that may wait in each lane.

        """
        self._run = run
        self._executor = executor
        self._sizes: dict[Lane, int] = {"interactive": max_batch, "bulk": bulk_batch}
        self._capacity = capacity
        self._lanes: dict[Lane, deque[_Waiting[ItemT, ResultT]]] = {"interactive": deque(), "bulk": deque()}
        self._wake = asyncio.Event()
        self._closing = False
        self._interactive_in_a_row = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to serve, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._serve(), name="batcher")

    async def submit(self, item: ItemT, *, lane: Lane = "interactive", deadline: float | None = None) -> ResultT:
        """Wait for the result of one item.

        Args:
            item: joins the next batch of its lane.
            lane: interactive items go first.
            deadline: on the event loop's clock, ``loop.time()``.

        Raises:
            Overloaded: the lane is full.
            DeadlineExceeded: the deadline came first; an item that still waited is not run.
            BatcherClosed: closed, or not started.
            Exception: whatever ``run`` raised for this item alone.

        """
        if self._closing or self._task is None:
            raise BatcherClosed("no more items are taken")
        self.check_room(lane)
        waiting: _Waiting[ItemT, ResultT] = _Waiting(item, asyncio.get_running_loop().create_future())
        self._lanes[lane].append(waiting)
        self._wake.set()
        if deadline is None:
            return await waiting.future
        scope = asyncio.timeout_at(deadline)
        try:
            async with scope:
                return await waiting.future
        except TimeoutError as error:
            if scope.expired():
                raise DeadlineExceeded("the deadline came before the result") from error
            raise

    def check_room(self, lane: Lane = "interactive") -> None:
        """Raise :class:`Overloaded` where the lane is full of items that somebody still waits for."""
        if len(self._lanes[lane]) < self._capacity:
            return
        self._lanes[lane] = deque(waiting for waiting in self._lanes[lane] if not waiting.future.done())
        if len(self._lanes[lane]) >= self._capacity:
            raise Overloaded(f"{self._capacity} items wait already")

    async def close(self) -> None:
        """Take nothing more, finish what waits, stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _serve(self) -> None:
        try:
            while batch := await self._next_batch():
                await self._run_batch(batch)
        finally:
            # also when the loop is torn down or a bug ends this task: nobody waits for ever
            self._closing = True
            for lane in self._lanes.values():
                _fail_all(lane)

    async def _next_batch(self) -> list[_Waiting[ItemT, ResultT]]:
        while True:
            for lane in self._order():
                if batch := self._take(lane):
                    self._interactive_in_a_row = self._interactive_in_a_row + 1 if lane == "interactive" else 0
                    return batch
            if self._closing:
                return []
            self._wake.clear()
            await self._wake.wait()

    def _order(self) -> tuple[Lane, Lane]:
        return ("bulk", "interactive") if self._interactive_in_a_row >= BULK_TURN else ("interactive", "bulk")

    def _take(self, lane: Lane) -> list[_Waiting[ItemT, ResultT]]:
        batch: list[_Waiting[ItemT, ResultT]] = []
        queue = self._lanes[lane]
        while queue and len(batch) < self._sizes[lane]:
            waiting = queue.popleft()
            if not waiting.future.done():
                batch.append(waiting)
        return batch

    async def _run_batch(self, batch: list[_Waiting[ItemT, ResultT]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self._executor, self._run_all, [waiting.item for waiting in batch])
            for waiting, result in zip(batch, results, strict=True):
                waiting.succeed(result)
        except Exception as error:  # whatever the work raises belongs to the callers, not to this task
            await self._blame(batch, error)
        except BaseException:
            _fail_all(batch)
            raise

    def _run_all(self, items: list[ItemT]) -> list[ResultT]:
        results = list(self._run(items))
        if len(results) != len(items):
            raise ValueError(f"{len(items)} items gave {len(results)} results")
        return results

    async def _blame(self, batch: list[_Waiting[ItemT, ResultT]], error: Exception) -> None:
        """Run the items of a failed batch one by one, so that one bad item fails alone."""
        if len(batch) == 1:
            batch[0].fail(error)
            return
        for position, waiting in enumerate(batch):
            try:
                if not waiting.future.done():
                    await self._run_batch([waiting])
            except BaseException:
                _fail_all(batch[position:])
                raise


def _fail_all(waiting: deque[_Waiting[ItemT, ResultT]] | list[_Waiting[ItemT, ResultT]]) -> None:
    for one in waiting:
        one.fail(BatcherClosed("closed before the result"))
