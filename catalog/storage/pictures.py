"""The picture store: a local folder, or any S3-compatible store by URL. Pictures are named by their content."""

import hashlib
from pathlib import Path
from typing import IO, cast

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from catalog.errors import ReferenceNotFound


class PictureStore:
    """Bytes by key. Keys are made here, so no client's text becomes a path."""

    def __init__(self, store: ObjectStore) -> None:
        """Use :func:`open_pictures`."""
        self._store = store

    async def put(self, content: bytes) -> str:
        """Keep a picture; gives its key. The same bytes are kept once."""
        digest = hashlib.sha256(content).hexdigest()
        key = f"pictures/{digest[:2]}/{digest}"
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

    async def put_archive(self, name: str, content: IO[bytes]) -> str:
        """Keep an upload until its import has ended; streamed, so that its size does not become memory."""
        key = f"imports/{name}.zip"
        await obstore.put_async(self._store, key, content)
        return key

    def open_archive(self, key: str) -> IO[bytes]:
        """A seekable reader over an upload.

        Raises:
            FileNotFoundError: nothing is kept under this key.

        """
        # The reader has what zipfile needs of a file; its type is known to stubs only.
        return cast(IO[bytes], obstore.open_reader(self._store, key))

    async def delete_archive(self, key: str) -> None:
        """Forget an upload."""
        await obstore.delete_async(self._store, key)


def open_pictures(where: str) -> PictureStore:
    """``where`` is a folder, or a URL such as ``s3://bucket/prefix`` (credentials and endpoint from ``AWS_*``)."""
    if "://" in where:
        return PictureStore(from_url(where))
    return PictureStore(LocalStore(Path(where).expanduser().resolve(), mkdir=True))
