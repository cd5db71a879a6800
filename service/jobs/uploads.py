"""Uploads of imports, opened: the rows of one, and the pictures that they name. All else about files stays below."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from catalog.imports.archive import Archive, PictureMissing
from catalog.imports.rows import PICTURES, RowProblem, TableRow
from catalog.storage.pictures import PictureStore
from mobile_contract.limits import PHOTO_BYTES

KEPT_OPEN: Final = 2
"""Uploads that stay open between batches: opening a ZIP of 100,000 pictures reads a list of as many."""


class Upload:
    """An open upload. Its methods may be called from several tasks at once."""

    def __init__(self, archive: Archive) -> None:
        """Use :meth:`Uploads.opened`."""
        self._archive = archive
        self._table = archive.table_name()

    def rows(self) -> Iterator[TableRow]:
        """The table's rows in order; reading blocks."""
        return self._archive.rows()

    def mark(self, name: str) -> str | None:
        """What tells a picture's content from another's without reading it, None where it is not there."""
        return self._archive.mark(self._table, name)

    async def picture(self, name: str) -> bytes | RowProblem:
        """The bytes of a picture that a row names, or why there are none."""
        try:
            return await asyncio.to_thread(self._archive.picture, self._table, name, PHOTO_BYTES)
        except PictureMissing as error:
            return RowProblem(code="picture_missing", column=PICTURES, message=str(error))

    def close(self) -> None:
        """Release the file."""
        self._archive.close()


class Uploads:
    """Opens uploads, and keeps those used last open. Belongs to one event loop."""

    def __init__(self, pictures: PictureStore) -> None:
        """``pictures``: where uploads lie."""
        self._pictures = pictures
        self._open: dict[str, Upload] = {}
        self._users: dict[str, int] = {}
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def opened(self, key: str, _options: Mapping[str, Any]) -> AsyncIterator[Upload]:
        """An upload while the block runs. ``_options``: how its import is to be read.

        Raises:
            ArchiveInvalid, TableInvalid: it is no readable archive, or has no table.
            FileNotFoundError: it is gone.

        """
        async with self._opening:
            if key not in self._open:
                self._open[key] = await asyncio.to_thread(self._read, key)
                self._users[key] = 0
            self._users[key] += 1
        try:
            yield self._open[key]
        finally:
            self._users[key] -= 1
            self._close_idle()

    def _read(self, key: str) -> Upload:
        return Upload(Archive(self._pictures.open_archive(key)))

    def _close_idle(self) -> None:
        idle = [key for key in self._open if not self._users[key]]
        for key in idle[: max(0, len(self._open) - KEPT_OPEN)]:
            self._open.pop(key).close()
            del self._users[key]

    def close(self) -> None:
        """Release all files."""
        for upload in self._open.values():
            upload.close()
        self._open.clear()
