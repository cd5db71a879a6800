"""Imports begin: the upload is kept, the import written down, and a worker called."""

import asyncio
import hashlib
from contextlib import suppress
from typing import IO, Final
from uuid import UUID

from catalog.database import Database
from catalog.imports.archive import Archive
from catalog.imports.jobs import NewImport, create_job, find_same_open, new_job_id
from catalog.imports.reports import ImportReport, get_import
from catalog.models import ImportMode
from catalog.storage.pictures import PictureStore
from mobile_contract.limits import IMPORT_ERRORS_SHOWN
from service.jobs.queue import call_workers

CHUNK_BYTES: Final = 1024 * 1024


async def keep_upload(
    pictures: PictureStore,
    catalog_id: UUID,
    upload: IO[bytes],
    *,
    mode: ImportMode = ImportMode.MERGE,
    most_removed: float | None = None,
) -> NewImport:
    """Put an upload where workers find it, if it can be opened and its table has the needed columns.

    Raises:
        ArchiveInvalid, TableInvalid: nothing was kept.

    """
    content_hash = await asyncio.to_thread(_look_into, upload)
    job_id = new_job_id()
    return NewImport(
        job_id=job_id,
        catalog_id=catalog_id,
        archive_key=await pictures.put_archive(str(job_id), upload),
        content_hash=content_hash,
        mode=mode,
        most_removed=most_removed,
    )


async def begin_import(database: Database, pictures: PictureStore, new: NewImport) -> ImportReport:
    """Write an import down and call a worker; gives it as it begins, or the same one that is under way."""
    async with database.write() as session:
        same = await find_same_open(session, new)
        if same is None:
            await create_job(session, new)
            await call_workers(session)
        report = await get_import(session, new.catalog_id, same or new.job_id, IMPORT_ERRORS_SHOWN)
    if same is not None:
        with suppress(FileNotFoundError):
            await pictures.delete_archive(new.archive_key)
    return report


def _look_into(upload: IO[bytes]) -> str:
    """Hex sha256 of an upload whose table begins as one should; it is rewound."""
    archive = Archive(upload)
    try:
        next(archive.rows(), None)
    finally:
        archive.close()
    upload.seek(0)
    digest = hashlib.sha256()
    while chunk := upload.read(CHUNK_BYTES):
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
