"""A ZIP of a table and pictures, made while it is sent: neither it nor the table is ever in memory as a whole."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import structlog

from catalog.errors import ReferenceNotFound
from catalog.storage.pictures import PictureStore

CHUNK_BYTES = 256 * 1024


class _Outlet:
    """A file that is written, and taken away piece by piece. It cannot tell or seek, which zipfile copes with."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        return

    def close(self) -> None:
        return

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


async def read_chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    """A file from its beginning."""
    file.seek(0)
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk


async def zip_chunks(
    table: IO[bytes], table_name: str, pictures: Iterable[tuple[str, str]], store: PictureStore
) -> AsyncIterator[bytes]:
    """A ZIP of a table and of pictures, which are pairs of a name in the archive and a key in the store. The same
    content gives the same bytes. A picture that the store has lost is left out and logged; an import names it.
    """
    outlet = _Outlet()
    archive = ZipFile(outlet, "w", ZIP_STORED)
    with archive.open(_entry(table_name, ZIP_DEFLATED), "w", force_zip64=True) as member:
        async for chunk in read_chunks(table):
            await asyncio.to_thread(member.write, chunk)
            yield outlet.take()
    for name, key in pictures:
        try:
            content = await store.get(key)
        except ReferenceNotFound:
            structlog.get_logger("photocode.exports").error("a picture is not in the store", key=key)
            continue
        archive.writestr(_entry(name, ZIP_STORED), content)
        yield outlet.take()
    archive.close()
    yield outlet.take()


def _entry(name: str, compression: int) -> ZipInfo:
    """With the date at which ZIP's time begins, so that two exports of the same are the same."""
    entry = ZipInfo(name)
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    return entry
