"""Pictures uploaded to be named by imports: kept by their content, and swept when nothing has them any more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from catalog.database import Database
from catalog.storage.pictures import PictureStore
from catalog.uploads import NewUpload, forget_expired, note_upload
from service.jobs.background import NOT_AT_ALL, Background, tell
from service.jobs.pictures import hash_picture
from service.recognition.embedding.photo import PhotoDecoder, PhotoError

SWEEP_SECONDS = 3600.0
RETRY_SECONDS = 60.0
# Only whether it is a picture, and how large, is asked of its pixels.
_TARGET = 64
_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "avif": "image/avif",
}


@dataclass(frozen=True, kw_only=True)
class KeptUpload:
    """A picture that is kept, and until when at least."""

    picture: NewUpload
    kept_until: datetime


class PictureUploads:
    """Keeps uploaded pictures, and sweeps old ones in the background of the server."""

    def __init__(self, *, database: Database, pictures: PictureStore, decoder: PhotoDecoder) -> None:
        """``decoder``: not the one of lookups, which must not wait for this. The parts stay the caller's to close."""
        self._database = database
        self._pictures = pictures
        self._decoder = decoder
        self._background = Background("sweep uploads")
        self._log = structlog.get_logger("photocode.uploads")

    async def keep(self, catalog_id: UUID, contents: Sequence[bytes]) -> list[KeptUpload]:
        """Keep all of these pictures, or none where one is no picture.

        Raises:
            PhotoError: one is no picture that can be used; ``place`` says which.
            Overloaded: no decoder came free in time.
            StoreError: the store is away. What was kept of them is kept once where they are sent again.

        """
        seen = [await self._seen(place, content) for place, content in enumerate(contents)]
        async with self._database.write() as session:
            # In one order for everybody: two that upload the same pictures shall not wait for one another for ever.
            until = {
                one.content_hash: await note_upload(session, catalog_id, one)
                for one in sorted(seen, key=lambda one: one.content_hash)
            }
        puts = [
            self._pictures.put_uploaded(catalog_id, one.content_hash, content)
            for one, content in zip(seen, contents, strict=True)
        ]
        await asyncio.gather(*puts)
        return [KeptUpload(picture=one, kept_until=until[one.content_hash]) for one in seen]

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[None]:
        """Sweep while the block runs: at once, then every hour."""
        async with self._background.running(self._step):
            yield

    async def sweep(self) -> int:
        """Erase some pictures whose time is over and that no product has; gives how many."""
        async with self._database.write() as session:
            keys = await forget_expired(session)
            for key in keys:
                await self._pictures.delete(key)
        return len(keys)

    async def _seen(self, place: int, content: bytes) -> NewUpload:
        try:
            photo = await self._decoder.decode(content, target=_TARGET)
        except PhotoError as error:
            raise PhotoError(error.code, place) from error
        return NewUpload(
            content_hash=await asyncio.to_thread(hash_picture, content),
            media_type=_TYPES[photo.format],
            width=photo.width,
            height=photo.height,
            byte_count=len(content),
        )

    async def _step(self) -> float:
        try:
            return NOT_AT_ALL if await self.sweep() else SWEEP_SECONDS
        except Exception as error:
            # Whatever it is, what is kept too long is no reason to stop serving.
            tell(self._log, "uploaded pictures not swept; trying again", error)
        return RETRY_SECONDS
