"""The picture store: a local folder, or any S3-compatible store by URL. Pictures are named by their content."""

import hashlib
import io
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url
from typing_extensions import Buffer

from catalog.errors import ReferenceNotFound

if TYPE_CHECKING:
    # These exist in the type stubs only.
    from obstore import ReadableFile
    from obstore.store import RetryConfig

READ_AHEAD = 256 * 1024

# By default a store that is away is asked again for three minutes, which is longer than any client waits.
_RETRIES: "RetryConfig" = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
}

Folder = Literal["pictures", "features", "photos"]
"""What is kept: reference pictures, their local features, workers' photos. Apart, so that each may have a rule of
its own in the store (how long, in which class)."""


class StoreAway(BaseError):
    """The store did not answer while an upload was read."""


def uploaded_key(catalog_id: UUID, content_hash: str) -> str:
    """Where a picture lies that was uploaded to a catalog. Apart for each, so that one's end is not another's."""
    return f"uploads/{catalog_id}/{content_hash}"


class _Reader(io.RawIOBase):
    """obstore's reader as a file of Python's: the buffers that it gives are no ``bytes``, as zipfile needs them."""

    def __init__(self, reader: "ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        try:
            chunk = memoryview(self._reader.read(len(view)))
        except FileNotFoundError:
            raise
        except OSError as error:
            # Else it would be taken for a fault of what is read.
            raise StoreAway("the picture store does not answer") from error
        view[: len(chunk)] = chunk
        return len(chunk)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()


class PictureStore:
    """Bytes by key. Keys are made here, so no client's text becomes a path."""

    def __init__(self, store: ObjectStore) -> None:
        """Use :func:`open_pictures`."""
        self._store = store

    async def put(self, content: bytes, folder: Folder = "pictures") -> str:
        """Keep a picture, or what else has a folder; gives its key. The same bytes are kept once a folder."""
        digest = hashlib.sha256(content).hexdigest()
        key = f"{folder}/{digest[:2]}/{digest}"
        await obstore.put_async(self._store, key, content)
        return key

    async def get(self, key: str) -> bytes:
        """A picture's bytes.

        Raises:
            ReferenceNotFound: nothing is kept under this key.

        """
        try:
            found = await obstore.get_async(self._store, key)
            return bytes(await found.bytes_async())
        except FileNotFoundError as error:
            raise ReferenceNotFound("the picture is not in the store") from error

    async def put_uploaded(self, catalog_id: UUID, content_hash: str, content: bytes) -> None:
        """Keep a picture that was uploaded to a catalog, by the hex sha256 of its bytes."""
        await obstore.put_async(self._store, uploaded_key(catalog_id, content_hash), content)

    async def delete(self, key: str) -> None:
        """Erase what is kept under a key, which may be gone already."""
        with suppress(FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def delete_unused(self, key: str, *, before: datetime) -> bool:
        """Delete a file that was last put before a moment, or is gone; False where it was put since then.

        Whoever wants a file puts it anew, though it is there: so its age says when it was last wanted, and one that a
        row is about to name is not deleted.
        """
        try:
            if (await obstore.head_async(self._store, key))["last_modified"] >= before:
                return False
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            pass
        return True

    async def put_archive(self, name: str, content: IO[bytes]) -> str:
        """Keep an upload until its import has ended; streamed, so that its size does not become memory."""
        key = f"imports/{name}.zip"
        await obstore.put_async(self._store, key, content)
        return key

    def open_archive(self, key: str) -> io.BufferedReader:
        """A seekable reader over an upload.

        Raises:
            FileNotFoundError: nothing is kept under this key.

        """
        return io.BufferedReader(_Reader(obstore.open_reader(self._store, key)), READ_AHEAD)

    async def delete_archive(self, key: str) -> None:
        """Forget an upload."""
        await obstore.delete_async(self._store, key)


def open_pictures(where: str) -> PictureStore:
    """``where`` is a folder, or a URL such as ``s3://bucket/prefix`` (credentials and endpoint from ``AWS_*``)."""
    if "://" in where:
        return PictureStore(from_url(where, retry_config=_RETRIES))
    return PictureStore(LocalStore(Path(where).expanduser().resolve(), mkdir=True))
