"""The parent's side of :mod:`decoder_process`: starts it when needed, gives it photos, kills it when it is late."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from PIL import Image

from service.recognition.embedding import decoder_process
from service.recognition.embedding.decoder_process import ANSWER, ERROR_CODES, FORMATS, REQUEST
from service.recognition.embedding.decoding import PhotoError, Pixels
from service.recognition.embedding.photo_format import PhotoFormat

ADDRESS_SPACE: Final = 512 * 2**20
"""Bytes of address space of one decoder process. A 48 MP HEIC takes 430 MiB of it."""

SECONDS: Final = 2.7
"""Seconds one photo may take, the start of a fresh process included."""

_INHERITED = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "HOME")
# one arena, and freed pictures go back at once: a long-lived process must not run into its limit by fragmentation
_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}


class _Dead(Exception):
    """The process ended without an answer."""


class Sandbox:
    """One decoder process, started by the first photo and after a kill by the next. Not for two threads at once."""

    def __init__(self, *, seconds: float = SECONDS, address_space: int = ADDRESS_SPACE) -> None:
        """``seconds`` per photo, ``address_space`` in bytes."""
        self._seconds = seconds
        self._address_space = address_space
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id while there is one."""
        return self._process.pid if self._process else None

    def decode(self, data: bytes, photo_format: PhotoFormat, target: int) -> Pixels:
        """Decode in the process; blocks for at most the seconds given, plus the moment a kill takes.

        Raises:
            PhotoError: no pixels, too late, too much memory, or the decoder crashed.

        """
        give_up_at = time.monotonic() + self._seconds
        reused = self._alive()
        try:
            return self._attempt(data, photo_format, target, give_up_at)
        except _Dead as error:
            # a process that sat idle may have been killed from outside, which says nothing of this photo
            if not reused:
                raise PhotoError("photo_unreadable") from error
        try:
            return self._attempt(data, photo_format, target, give_up_at)
        except _Dead as error:
            raise PhotoError("photo_unreadable") from error

    def close(self) -> None:
        """End the process and reap it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _alive(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        return self._process is not None

    def _attempt(self, data: bytes, photo_format: PhotoFormat, target: int, give_up_at: float) -> Pixels:
        if not self._alive():
            self._process = self._start()
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 (types)
        seconds = max(0.0, give_up_at - time.monotonic())
        try:
            with _killed_after(process, seconds) as late:
                _write(process.stdin, REQUEST.pack(FORMATS.index(photo_format), target, seconds, len(data)), data)
                pixels = _read_answer(process.stdout)
        except (_Dead, OSError) as error:
            self.close()
            if late.is_set():
                raise PhotoError("photo_too_slow") from error
            raise _Dead from error
        except PhotoError as error:
            if error.code == "photo_too_large" or late.is_set():
                self.close()
            raise
        if late.is_set():
            self.close()
        return pixels

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ} | _MALLOC
        command = [sys.executable, "-P", "-m", decoder_process.__name__, str(self._address_space)]
        return subprocess.Popen(  # noqa: S603 (no part of the command comes from outside)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
        )


@contextmanager
def _killed_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    late = threading.Event()

    def kill() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        timer.join()  # so that no kill comes after this photo


def _write(stream: IO[bytes], *parts: bytes) -> None:
    for part in parts:
        view = memoryview(part)
        while view:
            view = view[stream.write(view) :]


def _read(stream: IO[bytes], length: int) -> bytes:
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        chunk = stream.read(min(len(view), 2**20))
        if not chunk:
            raise _Dead
        view[: len(chunk)] = chunk
        view = view[len(chunk) :]
    return bytes(buffer)


def _read_answer(stream: IO[bytes]) -> Pixels:
    status, width, height, columns, rows = ANSWER.unpack(_read(stream, ANSWER.size))
    if status:
        raise PhotoError(ERROR_CODES[status - 1])
    return Pixels(Image.frombytes("RGB", (columns, rows), _read(stream, columns * rows * 3)), width, height)
