"""Places to be worked for, and a bounded queue before them: first come, first served."""

import asyncio
from collections import deque
from contextlib import suppress

from service.recognition.embedding.overload import Overloaded

SMOOTHING = 0.1
"""Share of the newest in the mean time that a place is held."""


DOOR_SHARE = 0.5
"""Who would wait longer than this share of the patience is not let in: estimates err, and refusals shall be early."""


class Places:
    """Belongs to one event loop."""

    def __init__(self, *, at_once: int, most: int, patience: float) -> None:
        """``at_once``: worked for at the same time. ``most``: these and those who wait, for ``patience`` seconds."""
        self._at_once, self._most, self._patience = min(at_once, most), most, patience
        self._taken = 0
        self._held_seconds = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._calm = asyncio.Event()
        self._calm.set()

    @property
    def taken(self) -> int:
        """Places in use."""
        return self._taken

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    @property
    def expected_wait(self) -> float:
        """Seconds that who comes now would wait, by how long places were held lately."""
        if self._taken < self._at_once:
            return 0.0
        return (len(self._waiting) + 1) * self._held_seconds / self._at_once

    def demand_room(self) -> None:
        """Asked before a body is read. Who has a slow uplink takes no place until the body is there.

        Raises:
            Overloaded: as many as may be are there, or who comes now would wait too long.

        """
        if self._taken + len(self._waiting) >= self._most:
            raise Overloaded(f"{self._taken} requests are worked for and {len(self._waiting)} wait")
        if self.expected_wait > self._patience * DOOR_SHARE:
            raise Overloaded(f"it would wait {self.expected_wait:.1f} s")

    async def take(self) -> None:
        """Take a place, perhaps after a while. Twice as many may wait as the door lets in: their bodies came meanwhile.

        Raises:
            Overloaded: too many wait, or it waited too long.

        """
        if self._taken < self._at_once and not self._waiting:
            self._taken += 1
            return
        if len(self._waiting) >= 2 * self._most - self._at_once:
            raise Overloaded(f"{len(self._waiting)} requests wait")
        await self._wait()

    def give_back(self, held: float) -> None:
        """Free a place that was held for so many seconds."""
        self._held_seconds += SMOOTHING * (held - self._held_seconds) if self._held_seconds else held
        self._hand_on()

    async def calm(self, seconds: float) -> None:
        """Wait until nobody waits for a place here, for at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._calm.wait()

    async def _wait(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._calm.clear()
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._hand_on()  # its turn came in the very moment in which it left
            else:
                self._waiting.remove(turn)
                self._note_calm()
            if isinstance(error, TimeoutError):
                raise Overloaded(f"it waited {self._patience:g} s for its turn") from error
            raise

    def _hand_on(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._note_calm()
                return
        self._taken -= 1
        self._note_calm()

    def _note_calm(self) -> None:
        if not self._waiting:
            self._calm.set()
