"""A table's physical lines, in bounded memory: one that never ends costs a line, and nothing else."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from typing_extensions import Buffer

from catalog.errors import ArchiveInvalid
from catalog.imports.reading.encodings import MARKED
from catalog.imports.reading.unpacking import UNPACKING

LINE_CHARACTERS = 1024 * 1024
BUFFERED = 256 * 1024


class Overlong(str):
    """The beginning of a line that has more than :data:`LINE_CHARACTERS`; the rest was passed over."""

    __slots__ = ()


class _Kept(io.RawIOBase):
    """A stream's bytes from where it is; the stream stays open, and its failures have one name."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        try:
            chunk = self._stream.read(len(view))
        except UNPACKING as error:
            raise ArchiveInvalid("the archive's table cannot be unpacked") from error
        view[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def decoded(stream: IO[bytes], encoding: str) -> Iterator[io.TextIOWrapper]:
    """The stream's text while the block runs, with its line breaks as they are and bad bytes marked."""
    text = io.TextIOWrapper(io.BufferedReader(_Kept(stream), BUFFERED), encoding, MARKED, newline="")
    try:
        yield text
    finally:
        text.detach()


def physical_lines(text: io.TextIOWrapper) -> Iterator[str]:
    r"""The lines, each with its end (``\n``, ``\r\n`` or ``\r``)."""
    while line := text.readline(LINE_CHARACTERS):
        if len(line) == LINE_CHARACTERS and line[-1] not in "\r\n":
            line = Overlong(line[:200])
            while (rest := text.readline(LINE_CHARACTERS)) and rest[-1] not in "\r\n":
                pass
        yield line
