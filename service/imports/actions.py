"""Taking an import in: the upload is kept and every row written down before the client hears of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from litestar import Request

from catalog.catalogs import find_catalog
from catalog.errors import ArchiveInvalid, TableInvalid
from catalog.galleries import live_gallery
from catalog.imports.jobs import ImportReport, create_job, get_import, new_job_id
from catalog.imports.reading.opening import is_zip, open_upload
from catalog.imports.reading.options import Detected, ReadOptions
from catalog.imports.rows import TableRow
from mobile_contract.limits import IMPORT_ERRORS_SHOWN
from service.access.trail import note
from service.bootstrap import Services
from service.imports.requests import Received, read_upload


async def take_import(
    request: Request[Any, Any, Any], parts: Services, catalog_name: str, options: ReadOptions
) -> ImportReport:
    """Read the upload as it is and as ``options`` say, keep it, record its rows, wake the worker.

    Raises:
        CatalogNotFound, SpaceMismatch, FormatUnsupported, ArchiveInvalid, TableInvalid: nothing was kept.

    """
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await live_gallery(session, catalog_id, parts.space)
    async with read_upload(request) as received:
        upload = received.stream
        detected, rows = await asyncio.to_thread(_read, received, options)
        upload.seek(0)
        job_id = new_job_id()
        archive_key = await parts.pictures.put_archive(str(job_id), upload)
    async with parts.database.write() as session:
        await create_job(
            session, job_id=job_id, catalog_id=catalog_id, archive_key=archive_key, rows=rows, detected=detected
        )
        await note(session, request, target=f"/v1/catalogs/{catalog_name}/imports/{job_id}")
    parts.imports.wake()
    async with parts.database.read() as session:
        return await get_import(session, catalog_id, job_id, IMPORT_ERRORS_SHOWN)


def read_rows(stream: IO[bytes], options: ReadOptions) -> tuple[Detected, list[TableRow]]:
    """How an upload is read, and its rows. Blocks: for a thread.

    Raises:
        FormatUnsupported, ArchiveInvalid, TableInvalid: it is none that can be imported.

    """
    with open_upload(stream, options) as opened:
        return opened.detected, list(opened.rows)


def look_into(received: Received, options: ReadOptions) -> Detected:
    """How an upload is read, refused where it is none. Blocks.

    Raises:
        FormatUnsupported, ArchiveInvalid, TableInvalid: it is none that can be imported.

    """
    with _as_it_was_called(received), open_upload(received.stream, options) as opened:
        return opened.detected


def _read(received: Received, options: ReadOptions) -> tuple[Detected, list[TableRow]]:
    with _as_it_was_called(received):
        return read_rows(received.stream, options)


@contextmanager
def _as_it_was_called(received: Received) -> Iterator[None]:
    try:
        yield
    except TableInvalid as error:
        if received.called_zip and not is_zip(received.stream):
            raise ArchiveInvalid("the upload is called a ZIP archive and is none") from error
        raise
