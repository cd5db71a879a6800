"""Reads lookups' photos off the event loop."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from service.recognition.reading.port import Line, ReaderUnavailable, TextReader


class ReadingChannel:
    """A reader and its threads. Half of the cores, so that what is read late holds up no other stage of a lookup."""

    def __init__(self, reader: TextReader | None, *, always: bool = False, threads: int | None = None) -> None:
        """``reader`` stays the caller's; None: there should be one, and it cannot read. ``always``: text is looked for
        also where the candidates' reference pictures bear none. ``threads``: photos in work at once; half as many as
        there are cores unless given.
        """
        self._reader = reader
        self._always = always
        self._threads = ThreadPoolExecutor(threads or max(1, (os.cpu_count() or 1) // 2), thread_name_prefix="reading")

    @property
    def asked_always(self) -> bool:
        """Whether photos are to be read whatever is known of candidates; also where the reader is broken, so that
        answers say that.
        """
        return self._always or self._reader is None

    @property
    def side(self) -> int:
        """The shorter side in px that a photo should have at least."""
        return self._reader.side if self._reader else 0

    async def read(self, images: Sequence[Image.Image]) -> list[list[Line]]:
        """The lines of each photo. Who is cancelled takes back photos that are not yet in work.

        Raises:
            ReaderUnavailable: there is none.

        """
        if self._reader is None:
            raise ReaderUnavailable("text cannot be read; the log of the start says why")
        loop = asyncio.get_running_loop()
        work = [loop.run_in_executor(self._threads, self._reader.read, image) for image in images]
        return await asyncio.gather(*work)

    async def close(self) -> None:
        """Wait for what is in work."""
        await asyncio.to_thread(self._threads.shutdown)
