"""The stages of one lookup: how long each took, and which were left out because they were late or failed."""

import asyncio
import time
from collections.abc import Awaitable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import structlog

BUDGETS: Final = {
    "index": 0.5,
    "features": 0.2,
    "recall": 0.2,
    "describe": 0.2,
    "geometry": 0.2,
    "text": 0.3,
    "codes": 0.2,
    "hint": 0.3,
    "reading": 0.6,
    "written": 0.3,
    "tags": 0.3,
    "next": 0.1,
    "scale": 1.5,
    "detect": 0.5,
    "printed": 0.5,
    "objects": 3.0,
}
"""Seconds that a stage which can be left out may take, waiting for a core included. Several times what it needs on an
idle machine: only where photos queue are answers given with less, so that they are given at all."""

T = TypeVar("T")


@dataclass
class Stages:
    """``laps``: milliseconds by stage. ``dropped``: why, by stage: ``late``, ``failed``, ``loading``, ``unsupported``.
    ``beside``: how many photos of one lookup are worked on at once; the more, the longer each may take.
    """

    beside: int = 1
    laps: dict[str, float] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Stages") -> None:
        """Take in what happened to another photo at the same time: the longest laps, the first reasons."""
        for stage, milliseconds in other.laps.items():
            self.laps[stage] = max(milliseconds, self.laps.get(stage, 0.0))
        for stage, reason in other.dropped.items():
            self.dropped.setdefault(stage, reason)

    @contextmanager
    def lap(self, stage: str) -> Iterator[None]:
        """Time a block; those of one stage add up."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - start) * 1000
            self.laps[stage] = round(self.laps.get(stage, 0.0) + spent, 3)

    async def optional(self, stage: str, work: Awaitable[T]) -> T | None:
        """What ``work`` gives, timed; None where it is not there in time or fails, which the answer then says."""
        try:
            with self.lap(stage):
                async with asyncio.timeout(BUDGETS[stage] * self.beside):
                    return await work
        except TimeoutError:
            self.dropped[stage] = "late"
        except Exception:
            # A channel is evidence beside others: whatever ails it, the others answer.
            structlog.get_logger("photocode.recognition").exception("stage failed", stage=stage)
            self.dropped[stage] = "failed"
        return None


async def all_of(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What all give, side by side, in order; where some fail, the first of them by place says why."""
    given = await asyncio.gather(*work, return_exceptions=True)
    for one in given:
        if isinstance(one, BaseException):
            raise one
    return [one for one in given if not isinstance(one, BaseException)]


class Beside:
    """Work that goes on beside other work. What is not done when the block ends is cancelled."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start it now."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
