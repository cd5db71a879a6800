"""The stages of one lookup: how long each took, and which were left out because they were late or failed."""

import asyncio
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog

BUDGETS: Final = {"index": 0.5, "features": 0.2, "recall": 0.2, "describe": 0.2, "geometry": 0.2}
"""Seconds that a stage which can be left out may take, waiting for a core included. Several times what it needs on an
idle machine: only where photos queue are answers given with less, so that they are given at all."""

T = TypeVar("T")


@dataclass
class Stages:
    """``laps``: milliseconds by stage. ``dropped``: why, by stage: ``late``, ``failed``, ``loading``."""

    laps: dict[str, float] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def lap(self, stage: str) -> Iterator[None]:
        """Time a block."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.laps[stage] = round((time.perf_counter() - start) * 1000, 3)

    async def optional(self, stage: str, work: Awaitable[T]) -> T | None:
        """What ``work`` gives, timed; None where it is not there in time or fails, which the answer then says."""
        try:
            with self.lap(stage):
                async with asyncio.timeout(BUDGETS[stage]):
                    return await work
        except TimeoutError:
            self.dropped[stage] = "late"
        except Exception:
            # A channel is evidence beside others: whatever ails it, the others answer.
            structlog.get_logger("photocode.recognition").exception("stage failed", stage=stage)
            self.dropped[stage] = "failed"
        return None
