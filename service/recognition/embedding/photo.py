"""Photos as they arrive: bytes of unknown worth in, an upright RGB picture or one typed error out."""

import asyncio
import os
import queue
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from PIL import Image

from service.recognition.embedding.advice import Advice, advise
from service.recognition.embedding.decoding import (
    MESSAGES,
    PIXEL_CAP,
    PhotoError,
    PhotoErrorCode,
    Pixels,
    guard_pillow,
    open_header,
    read_pixels,
)
from service.recognition.embedding.overload import Overloaded
from service.recognition.embedding.photo_format import PhotoFormat, count_scans, sniff
from service.recognition.embedding.sandbox import SECONDS, Sandbox

__all__ = ["MESSAGES", "PIXEL_CAP", "Photo", "PhotoDecoder", "PhotoError", "PhotoErrorCode"]

# What decodes in this process; all else goes to the sandbox, where time and memory have an end.
_JPEG_PIXELS: Final = 16_000_000
_JPEG_SCANNED_PIXELS: Final = 150_000_000
_OTHER_PIXELS: Final = 6_000_000


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo.

    ``image`` is RGB, upright, without metadata, and may be smaller than the original (see :meth:`PhotoDecoder.decode`).
    ``width`` and ``height`` are the upright original's, in px. ``format`` is that of the media type
    ``image/<format>``. ``advice`` holds what is wrong with the picture, if anything, where that was asked.
    """

    image: Image.Image
    width: int
    height: int
    format: PhotoFormat
    advice: tuple[Advice, ...]


class PhotoDecoder:
    """Decodes photos: harmless ones in threads here, HEIC, AVIF and oversized ones in killable processes."""

    def __init__(self, *, sandboxes: int = 1, seconds: float = SECONDS, patience: float = SECONDS) -> None:
        """Nothing starts before the first photo needs it.

        Args:
            sandboxes: decoder processes at most; each may take 512 MiB of address space.
            seconds: that a decoder process may spend on one photo.
            patience: seconds a photo waits for a free decoder process.

        """
        guard_pillow()
        self._patience = patience
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="decode")
        self._sandbox_threads = ThreadPoolExecutor(sandboxes, thread_name_prefix="sandbox")
        self._vacant = asyncio.Semaphore(sandboxes)
        self._sandboxes: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
        self._count = sandboxes
        for _ in range(sandboxes):
            self._sandboxes.put(Sandbox(seconds=seconds))

    async def decode(self, data: bytes, *, target: int, needed: int | None = None, beside: int = 1) -> Photo:
        """Decode a photo for a model whose input has sides of ``target`` px.

        The shorter side of the image given stays at least ``2 * target`` px where the original has that. JPEGs above
        it are decoded at 1/2, 1/4 or 1/8; so are HEIC, AVIF and oversized pictures. Smaller pictures, and PNG and
        WebP up to 6 million pixels, come in full size. ``beside``: photos of one lookup that are decoded at once, this
        one included, which wait for one another. ``needed``: px that a photo is advised to have on its shorter
        side; without it there is no advice.

        Raises:
            PhotoError: the photo gives no pixels.
            Overloaded: no decoder process came free in time.

        """
        if not data:
            raise PhotoError("photo_empty")
        photo_format = sniff(data)
        if photo_format is None:
            raise PhotoError("photo_format_unsupported")
        loop = asyncio.get_running_loop()
        photo = None
        if photo_format not in ("heic", "avif"):
            photo = await loop.run_in_executor(self._threads, _decode_here, data, photo_format, target, needed)
        return photo or await self._decode_apart(data, photo_format, target, needed, self._patience * beside)

    async def close(self) -> None:
        """Wait for photos in work, then end the decoder processes."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.shutdown()
        self._sandbox_threads.shutdown()
        while self._count:
            self._sandboxes.get().close()
            self._count -= 1

    async def _decode_apart(
        self, data: bytes, photo_format: PhotoFormat, target: int, needed: int | None, patience: float
    ) -> Photo:
        try:
            async with asyncio.timeout(patience):
                await self._vacant.acquire()
        except TimeoutError as error:
            raise Overloaded("Too many large photos are being decoded.") from error
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._sandbox_threads, self._in_sandbox, data, photo_format, target, needed)
        work.add_done_callback(lambda _: self._vacant.release())
        # a caller that goes away must not free the sandbox before its photo is done
        return await asyncio.shield(work)

    def _in_sandbox(self, data: bytes, photo_format: PhotoFormat, target: int, needed: int | None) -> Photo:
        sandbox = self._sandboxes.get()
        try:
            pixels = sandbox.decode(data, photo_format, target)
        finally:
            self._sandboxes.put(sandbox)
        return _photo(pixels, photo_format, needed)


def _decode_here(data: bytes, photo_format: PhotoFormat, target: int, needed: int | None) -> Photo | None:
    image = open_header(data, photo_format)
    if _is_heavy(image.width * image.height, data, photo_format):
        image.close()
        return None
    return _photo(read_pixels(image, target, shrink=False), photo_format, needed)


def _is_heavy(pixels: int, data: bytes, photo_format: PhotoFormat) -> bool:
    if photo_format != "jpeg":
        return pixels > _OTHER_PIXELS
    return pixels > _JPEG_PIXELS or pixels * count_scans(data) > _JPEG_SCANNED_PIXELS


def _photo(pixels: Pixels, photo_format: PhotoFormat, needed: int | None) -> Photo:
    advice = () if needed is None else advise(pixels.image, pixels.width, pixels.height, needed)
    return Photo(pixels.image, pixels.width, pixels.height, photo_format, advice)
