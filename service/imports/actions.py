"""Taking an import in: the upload is kept and every row written down before the client hears of it."""

import asyncio
from typing import IO, Any

from litestar import Request

from catalog.catalogs import find_catalog
from catalog.galleries import live_gallery
from catalog.imports.archive import Archive
from catalog.imports.jobs import ImportReport, create_job, get_import, new_job_id
from catalog.imports.rows import TableRow
from mobile_contract.limits import IMPORT_ERRORS_SHOWN
from service.bootstrap import Services
from service.imports.requests import read_archive


async def take_import(request: Request[Any, Any, Any], parts: Services, catalog_name: str) -> ImportReport:
    """Read the upload, keep it, record its rows, wake the worker.

    Raises:
        CatalogNotFound, SpaceMismatch, ArchiveInvalid, TableInvalid: nothing was kept.

    """
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await live_gallery(session, catalog_id, parts.space)
    async with read_archive(request) as upload:
        rows = await asyncio.to_thread(read_rows, upload)
        upload.seek(0)
        job_id = new_job_id()
        archive_key = await parts.pictures.put_archive(str(job_id), upload)
    async with parts.database.write() as session:
        await create_job(session, job_id=job_id, catalog_id=catalog_id, archive_key=archive_key, rows=rows)
    parts.imports.wake()
    async with parts.database.read() as session:
        return await get_import(session, catalog_id, job_id, IMPORT_ERRORS_SHOWN)


def read_rows(upload: IO[bytes]) -> list[TableRow]:
    """An upload's rows. Blocks: for a thread.

    Raises:
        ArchiveInvalid, TableInvalid: it is none that can be imported.

    """
    archive = Archive(upload)
    try:
        return list(archive.rows())
    finally:
        archive.close()
