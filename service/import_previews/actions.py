"""Taking an import in to be shown before it is made, and making it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request

from catalog.catalogs import find_catalog
from catalog.galleries import live_gallery
from catalog.imports.jobs import create_job
from catalog.imports.previews import NamedPreview, create_preview, get_preview, mark_applied
from catalog.imports.reading.options import ReadOptions
from catalog.imports.reports import ImportReport, get_import
from catalog.models import ImportMode as Mode
from mobile_contract.import_previews import PictureCheck
from mobile_contract.imports import ImportMode
from mobile_contract.limits import IMPORT_ERRORS_SHOWN
from service.access.trail import note
from service.bootstrap import Services
from service.imports.actions import demand_sync
from service.imports.requests import read_upload
from service.jobs.intake import Asked, adopt_upload, look_into
from service.jobs.queue import call_workers


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
        asked = Asked(read=reading, called_zip=received.called_zip)
        await asyncio.to_thread(look_into, received.stream, asked)
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
    request: Request[Any, Any, Any], parts: Services, catalog_name: str, preview_id: UUID, most_removed: float | None
) -> ImportReport:
    """Start the import that was previewed, from the upload that is kept. It has the preview's id, so that it is started
    once, however often this is asked.

    Raises:
        CatalogNotFound, ImportPreviewNotFound: there is none.
        ImportPreviewNotReady: it is not completed.
        Refused: ``most_removed`` is given, and the preview is of no sync.

    """
    async with parts.database.write() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await live_gallery(session, catalog_id, parts.space)
        row, first = await mark_applied(session, catalog_id, preview_id)
        demand_sync(row.options["mode"], most_removed)
        if first:
            asked = Asked(
                read=msgspec.convert(row.options["reading"], ReadOptions),
                mode=Mode(row.options["mode"]),
                most_removed=most_removed,
            )
            new = await adopt_upload(parts.pictures, catalog_id, row.id, row.archive_key, asked)
            await create_job(session, new)
            await call_workers(session)
            await note(session, request, target=f"/v1/catalogs/{catalog_name}/imports/{row.id}")
        report = await get_import(session, catalog_id, preview_id, IMPORT_ERRORS_SHOWN)
    parts.imports.wake()
    return report
