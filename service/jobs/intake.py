"""Imports begin: the upload is kept, the import written down, and a worker called."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.errors import ArchiveInvalid, TableInvalid
from catalog.imports.jobs import NewImport, create_job, find_same_open, new_job_id
from catalog.imports.reading.opening import is_zip, open_upload
from catalog.imports.reading.options import Detected, ReadOptions
from catalog.imports.reports import ImportReport, get_import
from catalog.models import ImportMode
from catalog.storage.pictures import PictureStore
from mobile_contract.limits import IMPORT_ERRORS_SHOWN
from service.jobs.queue import call_workers

CHUNK_BYTES: Final = 1024 * 1024

Noting = Callable[[AsyncSession, UUID], Awaitable[None]]
"""Told of the import in the transaction in which it begins."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is wanted of an upload. ``read``: how it is to be read; ``called_zip``: whether it was said to be a ZIP;
    ``most_removed``: of a sync, the share of the catalog that it may remove, 0..1.
    """

    read: ReadOptions = field(default_factory=ReadOptions)
    called_zip: bool = False
    mode: ImportMode = ImportMode.MERGE
    most_removed: float | None = None


AS_IT_IS: Final = Asked()


async def keep_upload(
    pictures: PictureStore, catalog_id: UUID, upload: IO[bytes], asked: Asked = AS_IT_IS
) -> NewImport:
    """Put an upload where workers find it, if it can be opened and its table has the needed columns.

    Raises:
        FormatUnsupported, ArchiveInvalid, TableInvalid: nothing was kept.

    """
    content_hash, detected = await asyncio.to_thread(look_into, upload, asked)
    job_id = new_job_id()
    key = await pictures.put_archive(str(job_id), upload)
    return _new(catalog_id, job_id, key, content_hash, detected, asked)


async def adopt_upload(
    pictures: PictureStore, catalog_id: UUID, job_id: UUID, archive_key: str, asked: Asked
) -> NewImport:
    """An import of an upload that is kept already.

    Raises:
        FileNotFoundError: it is gone.
        FormatUnsupported, ArchiveInvalid, TableInvalid: it cannot be read.

    """
    with await asyncio.to_thread(pictures.open_archive, archive_key) as upload:
        content_hash, detected = await asyncio.to_thread(look_into, upload, asked)
    return _new(catalog_id, job_id, archive_key, content_hash, detected, asked)


def _new(
    catalog_id: UUID, job_id: UUID, archive_key: str, content_hash: str, detected: Detected, asked: Asked
) -> NewImport:
    return NewImport(
        job_id=job_id,
        catalog_id=catalog_id,
        archive_key=archive_key,
        content_hash=content_hash,
        mode=asked.mode,
        most_removed=asked.most_removed,
        options=msgspec.to_builtins(detected.options),
        detected=detected.stored,
    )


async def begin_import(
    database: Database, pictures: PictureStore, new: NewImport, noting: Noting | None = None
) -> ImportReport:
    """Write an import down and call a worker; gives it as it begins, or the same one that is under way."""
    async with database.write() as session:
        same = await find_same_open(session, new)
        if same is None:
            await create_job(session, new)
            await call_workers(session)
        if noting is not None:
            await noting(session, same or new.job_id)
        report = await get_import(session, new.catalog_id, same or new.job_id, IMPORT_ERRORS_SHOWN)
    if same is not None:
        with suppress(FileNotFoundError):
            await pictures.delete_archive(new.archive_key)
    return report


def look_into(upload: IO[bytes], asked: Asked) -> tuple[str, Detected]:
    """Hex sha256 of an upload whose table begins as one should, and how it is read; it is rewound. Blocks.

    Raises:
        FormatUnsupported, ArchiveInvalid, TableInvalid: it is none that can be imported.

    """
    try:
        with open_upload(upload, asked.read) as opened:
            detected = opened.detected
    except TableInvalid as error:
        if asked.called_zip and not is_zip(upload):
            raise ArchiveInvalid("the upload is called a ZIP archive and is none") from error
        raise
    upload.seek(0)
    digest = hashlib.sha256()
    while chunk := upload.read(CHUNK_BYTES):
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest(), detected
