"""Answers that go into files, as they come."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from uuid import uuid4

FILE_SECONDS: Final = 3600.0
"""All tries of what may be large have so long."""


def demand_place(to: Path) -> None:
    """Raises FileNotFoundError, NotADirectoryError or IsADirectoryError where no file can be at this place: before
    anything is asked for.
    """
    if to.is_dir():
        raise IsADirectoryError(f"{to} is a folder")
    if not to.parent.exists():
        raise FileNotFoundError(f"there is no folder {to.parent}")
    if not to.parent.is_dir():
        raise NotADirectoryError(f"{to.parent} is no folder")


@contextmanager
def whole_file(to: Path) -> Iterator[IO[bytes]]:
    """A file to be written while the block runs. It bears its name once it is whole, in the place of one that was
    there; until then it lies beside that, under a name of its own, and where the block fails, nothing is left of it.
    """
    part = to.with_name(f".{to.name}.{uuid4().hex[:8]}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
