"""Routes of previews of imports."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, QueryParameter

from mobile_contract.import_previews import ImportPreview, PictureCheck
from mobile_contract.imports import ImportMode, ImportStatus
from mobile_contract.limits import ARCHIVE_BYTES
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.import_previews.actions import apply_preview, find_preview, take_preview
from service.import_previews.presenter import present_preview
from service.imports.handlers import PROBLEMS
from service.imports.presenter import present_import
from service.imports.requests import (
    MaxRemoved,
    TableColumns,
    TableDelimiter,
    TableEncoding,
    TableFormat,
    read_options,
)
from service.operations import ImportOperation
from service.problems import documented

Mode = Annotated[ImportMode, QueryParameter(description="What the import is to do with what the file does not have")]
Pictures = Annotated[PictureCheck, QueryParameter(description="How new pictures are looked at")]


class ImportPreviewsController(Controller):
    """Imports into a catalog, before they are made."""

    path = "/v1/catalogs/{catalog:str}/import-previews"
    tags = ("imports",)

    @post(
        operation_id="previewImport",
        summary="What an import would do, before anything is written",
        operation_class=ImportOperation,
        status_code=202,
        request_max_body_size=ARCHIVE_BYTES,
        responses=documented(*PROBLEMS),
        opt=needs(Scope.CATALOG_WRITE),
    )
    async def start(
        self,
        catalog: FromPath[str],
        request: Call,
        parts: Parts,
        mode: Mode = ImportMode.MERGE,
        pictures: Pictures = PictureCheck.DECODED,
        table_format: TableFormat = None,
        encoding: TableEncoding = None,
        delimiter: TableDelimiter = None,
        columns: TableColumns = None,
    ) -> Response[ImportPreview]:
        """Say what an import would create, update and delete. The catalog stays as it is; the upload is kept a day."""
        reading = read_options(table_format, encoding, delimiter, columns)
        shown = present_preview(await take_preview(request, parts, catalog, mode, pictures, reading))
        place = f"/v1/catalogs/{catalog}/import-previews/{shown.id}"
        return Response(shown, status_code=202, headers={"Location": place})

    @get(
        "/{preview_id:uuid}",
        operation_id="getImportPreview",
        summary="What a preview has found",
        responses=documented(Code.CATALOG_NOT_FOUND, Code.IMPORT_PREVIEW_NOT_FOUND),
        opt=needs(Scope.CATALOG_READ),
    )
    async def get(self, catalog: FromPath[str], preview_id: FromPath[UUID], parts: Parts) -> ImportPreview:
        """What a preview has found up to now."""
        return present_preview(await find_preview(parts, catalog, preview_id))

    @post(
        "/{preview_id:uuid}/apply",
        operation_id="applyImportPreview",
        summary="Make the import that was previewed",
        status_code=202,
        responses=documented(
            Code.CATALOG_NOT_FOUND,
            Code.SPACE_MISMATCH,
            Code.IMPORT_PREVIEW_NOT_FOUND,
            Code.IMPORT_PREVIEW_NOT_READY,
            Code.IMPORT_ARCHIVE_INVALID,
            Code.IMPORT_TABLE_INVALID,
            Code.VALIDATION_FAILED,
        ),
        opt=needs(Scope.CATALOG_WRITE),
    )
    async def apply(
        self,
        catalog: FromPath[str],
        preview_id: FromPath[UUID],
        request: Call,
        parts: Parts,
        max_removed: MaxRemoved = None,
    ) -> Response[ImportStatus]:
        """Start the import of the upload that was previewed, once: asked again, this answers with the same import."""
        report = await apply_preview(request, parts, catalog, preview_id, max_removed)
        status = present_import(report, parts)
        return Response(status, status_code=202, headers={"Location": f"/v1/catalogs/{catalog}/imports/{status.id}"})
