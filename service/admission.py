"""How many requests with photos are answered at once: more would only make all of them late."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.recognition.embedding.overload import Overloaded


class Admission:
    """Counts the requests under way in this process."""

    def __init__(self, most: int) -> None:
        """``most``: under way at once."""
        self._most = most
        self._under_way = 0

    def demand_room(self) -> None:
        """Asked before a body is read. A phone with a slow uplink takes no place until its photo is there.

        Raises:
            Overloaded: as many as may be are under way.

        """
        if self._under_way >= self._most:
            raise Overloaded(f"{self._under_way} requests with photos are under way")

    @contextmanager
    def one(self) -> Iterator[None]:
        """A request is under way while the block runs.

        Raises:
            Overloaded: as many as may be are under way.

        """
        self.demand_room()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
