"""Says how far a long run is."""

from typing import Protocol


class Progress(Protocol):
    """Hears of steps: a name, how much is done and how much there is."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Told often; ``total`` stays the same within a step."""


def silent(step: str, done: int, total: int) -> None:
    """Say nothing."""
