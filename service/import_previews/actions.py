"""Taking an import in to be shown before it is made, and making it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request

from catalog.catalogs import find_catalog
from catalog.galleries import live_gallery
from catalog.imports.jobs import ImportReport, create_job, get_import
from catalog.imports.previews import NamedPreview, create_preview, get_preview, mark_applied
from catalog.imports.reading.options import ReadOptions
from mobile_contract.import_previews import ImportMode, PictureCheck
from mobile_contract.limits import IMPORT_ERRORS_SHOWN
from mobile_contract.problems import Code
from service.access.trail import note
from service.bootstrap import Services
from service.imports.actions import look_into, read_rows
from service.imports.requests import read_upload
from service.problems import Refused


async def take_preview(
    request: Request[Any, Any, Any],
    parts: Services,
    catalog_name: str,
    mode: ImportMode,
    pictures: PictureCheck,
    reading: ReadOptions,
) -> NamedPreview:
    """Keep an upload and let it be looked through, read as ``reading`` says.

    Raises:
        CatalogNotFound, SpaceMismatch, FormatUnsupported, ArchiveInvalid, TableInvalid: as the import would; nothing
            was kept.

    """
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await live_gallery(session, catalog_id, parts.space)
    preview_id = uuid4()
    async with read_upload(request) as received:
        await asyncio.to_thread(look_into, received, reading)
        received.stream.seek(0)
        archive_key = await parts.pictures.put_archive(str(preview_id), received.stream)
    options = {"mode": mode.value, "pictures": pictures.value, "reading": msgspec.to_builtins(reading)}
    async with parts.database.write() as session:
        await create_preview(
            session, preview_id=preview_id, catalog_id=catalog_id, archive_key=archive_key, options=options
        )
        found = await get_preview(session, catalog_id, preview_id)
    parts.previews.wake()
    return found


async def find_preview(parts: Services, catalog_name: str, preview_id: UUID) -> NamedPreview:
    """A preview of a catalog.

    Raises:
        CatalogNotFound, ImportPreviewNotFound: there is none.

    """
    async with parts.database.read() as session:
        return await get_preview(session, await find_catalog(session, catalog_name), preview_id)


async def apply_preview(
    request: Request[Any, Any, Any], parts: Services, catalog_name: str, preview_id: UUID
) -> ImportReport:
    """Start the import that was previewed, from the upload that is kept. It has the preview's id, so that it is started
    once, however often this is asked.

    Raises:
        CatalogNotFound, ImportPreviewNotFound: there is none.
        ImportPreviewNotReady: it is not completed.

    """
    async with parts.database.write() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await live_gallery(session, catalog_id, parts.space)
        row, first = await mark_applied(session, catalog_id, preview_id)
        if first:
            _refuse_unknown(ImportMode(row.options["mode"]))
            with await asyncio.to_thread(parts.pictures.open_archive, row.archive_key) as upload:
                reading = msgspec.convert(row.options["reading"], ReadOptions)
                detected, rows = await asyncio.to_thread(read_rows, upload, reading)
            await create_job(
                session,
                job_id=row.id,
                catalog_id=catalog_id,
                archive_key=row.archive_key,
                rows=rows,
                detected=detected,
            )
            await note(session, request, target=f"/v1/catalogs/{catalog_name}/imports/{row.id}")
        report = await get_import(session, catalog_id, preview_id, IMPORT_ERRORS_SHOWN)
    parts.imports.wake()
    return report


def _refuse_unknown(mode: ImportMode) -> None:
    if mode is not ImportMode.UPSERT:
        raise Refused(Code.VALIDATION_FAILED, f"imports of mode {mode.value} cannot be started from a preview")
