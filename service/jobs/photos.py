"""Keeps lookups' photos, so that confirmed ones can be asked again: beside recognition, and never at its cost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog
from obstore.exceptions import BaseError as StoreError

from catalog.errors import ReferenceNotFound
from catalog.lookups import KeptPhoto
from catalog.storage.pictures import PictureStore
from service.jobs.bare_jpeg import NotBare, bare_jpeg
from service.jobs.pictures import as_jpeg
from service.recognition.embedding.overload import Overloaded
from service.recognition.embedding.photo import PhotoDecoder, PhotoError
from service.recognition.embedding.photo_format import sniff

KEPT_EDGE = 1600
KEPT_QUALITY = 90
KEPT_TYPE = "image/jpeg"
AT_ONCE_BYTES = 256 * 1024
"""Up to here a JPEG is bare sooner (0.1 ms) than a thread has begun."""
WAIT_SECONDS = 1.0
"""An answer that is ready waits so long for its photo to be kept, then it goes without."""
READ_SECONDS = 5.0
"""A store that never answers would be asked again for minutes."""
REST_SECONDS = 15.0
"""A store that was late or away is left alone for so long: not every answer shall wait for it."""

Kept = Callable[[], Awaitable[Sequence[KeptPhoto | None]]]


class NotKept(Exception):
    """There is no photo of a lookup, though there is the lookup."""


class PhotoKeeper:
    """Puts photos without their metadata into the picture store."""

    def __init__(self, *, pictures: PictureStore, decoder: PhotoDecoder, on: bool) -> None:
        """``decoder``: not the one of lookups, which must not wait for this. The parts stay the caller's to close."""
        self._pictures = pictures
        self._decoder = decoder
        self._on = on
        self._rests_until = 0.0
        self._log = structlog.get_logger("photocode.photos")

    async def read_all(self, photos: Sequence[KeptPhoto | None]) -> list[bytes]:
        """A lookup's photos, all of which were kept.

        Raises:
            NotKept: one was not, or is no longer.
            TimeoutError: the store is late.

        """
        if lost := [place for place, photo in enumerate(photos, start=1) if photo is None]:
            which = f"photo {lost[0]}" if len(photos) > 1 else "the photo"
            raise NotKept(f"{which} was not kept; send it again")
        return await asyncio.gather(*(self._read(photo) for photo in photos if photo is not None))

    async def _read(self, photo: KeptPhoto) -> bytes:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._pictures.get(photo.key)
        except ReferenceNotFound as error:
            raise NotKept("the photo is no longer kept; send it again") from error

    @asynccontextmanager
    async def keeping(self, photos: Sequence[bytes], before: Sequence[KeptPhoto | None] = ()) -> AsyncIterator[Kept]:
        """Keep a lookup's photos while the block runs; it is given what tells where they lie, in order, None for one
        that was not kept. ``before``: where all of them lie already.

        A photo alone is kept meanwhile, several once the block asks where they lie: one of them may be refused, and
        what was put into the store is not taken out again, since others may be the same. Where the block ends by an
        exception, there is no answer and what is not yet kept is let go.
        """
        if before or not self._on or asyncio.get_running_loop().time() < self._rests_until:
            yield partial(_known, before or [None] * len(photos))
            return
        tasks: list[asyncio.Task[KeptPhoto | None]] = []

        def begin() -> None:
            keeping = (self._keep(data, beside=len(photos)) for data in photos)
            tasks.extend(asyncio.create_task(one, name="keep photo") for one in keeping)

        async def kept() -> Sequence[KeptPhoto | None]:
            if not tasks:
                begin()
            return await asyncio.gather(*(self._outcome(task) for task in tasks))

        try:
            if len(photos) == 1:
                begin()
            yield kept
        finally:
            for task in tasks:
                task.cancel()  # does nothing to what is done
                with suppress(asyncio.CancelledError, Exception):
                    await task

    async def _outcome(self, task: asyncio.Task[KeptPhoto | None]) -> KeptPhoto | None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await asyncio.shield(task)
        except TimeoutError:
            self._log.warning("photo not kept in time")
        except Exception:
            # The worker asked what the part is: that answer is not lost to a photo that nobody foresaw.
            self._log.exception("photo not kept")
        return None

    async def _keep(self, data: bytes, *, beside: int) -> KeptPhoto | None:
        try:
            content = await self._without_metadata(data, beside)
        except (PhotoError, Overloaded):
            return None
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return KeptPhoto(key=await self._pictures.put(content, "photos"), media_type=KEPT_TYPE)
        except (StoreError, OSError, TimeoutError) as error:
            self._rests_until = asyncio.get_running_loop().time() + REST_SECONDS
            self._log.warning("photo not kept: the store is away or late", error=type(error).__name__)
        return None

    async def _without_metadata(self, data: bytes, beside: int) -> bytes:
        """JPEG stays as it was coded; other formats, and JPEGs of odd structure, become an upright JPEG."""
        if sniff(data) == "jpeg":
            with suppress(NotBare):
                if len(data) <= AT_ONCE_BYTES:
                    return bare_jpeg(data)
                return await asyncio.to_thread(bare_jpeg, data)
        photo = await self._decoder.decode(data, target=KEPT_EDGE // 2, beside=beside)
        content, _ = await asyncio.to_thread(as_jpeg, photo, edge=KEPT_EDGE, quality=KEPT_QUALITY)
        return content


async def _known(places: Sequence[KeptPhoto | None]) -> Sequence[KeptPhoto | None]:
    return places
