"""Exports a catalog: its table is written to a temporary file in one moment of the database, then all is streamed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, cast

import msgspec

from catalog.catalogs import find_catalog
from catalog.export import ExportedFile, metadata_keys, stream_files, stream_products
from service.bootstrap import Services
from service.exporting.archives import read_chunks, zip_chunks
from service.exporting.tables import Form, file_name, table_writer

IN_MEMORY = 1024 * 1024


class Spooled:
    """A catalog's table and the list of its pictures' files, in temporary files that go when they are closed."""

    def __init__(self) -> None:
        """Empty ones."""
        with ExitStack() as stack:
            self.table = cast("IO[bytes]", stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY)))
            self._files = cast("IO[bytes]", stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY)))
            self._stack = stack.pop_all()

    def add(self, file: ExportedFile) -> None:
        """One more picture."""
        self._files.write(msgspec.json.encode((file_name(file), file.object_key)) + b"\n")

    def pictures(self) -> Iterator[tuple[str, str]]:
        """Their names in an archive, and their keys in the store."""
        self._files.seek(0)
        for line in self._files:
            yield msgspec.json.decode(line, type=tuple[str, str])

    def close(self) -> None:
        """Forget all."""
        self._stack.close()


async def spool_catalog(parts: Services, catalog_name: str, form: Form, *, pictures: bool) -> Spooled:
    """What a catalog holds at this moment.

    Raises:
        CatalogNotFound: none of this name.

    """
    spooled = Spooled()
    try:
        async with parts.counting, parts.database.snapshot() as session:
            catalog_id = await find_catalog(session, catalog_name)
            keys = await metadata_keys(session, catalog_id) if form is Form.CSV else ()
            write = table_writer(form, keys, spooled.table)
            async for product in stream_products(session, catalog_id):
                write(product)
            if pictures:
                async for file in stream_files(session, catalog_id):
                    spooled.add(file)
    except BaseException:
        spooled.close()
        raise
    return spooled


async def stream_table(spooled: Spooled) -> AsyncIterator[bytes]:
    """The table alone."""
    try:
        async for chunk in read_chunks(spooled.table):
            yield chunk
    finally:
        spooled.close()


async def stream_archive(parts: Services, spooled: Spooled, table_name: str) -> AsyncIterator[bytes]:
    """A ZIP of table and pictures."""
    try:
        async for chunk in zip_chunks(spooled.table, table_name, spooled.pictures(), parts.pictures):
            yield chunk
    finally:
        spooled.close()
