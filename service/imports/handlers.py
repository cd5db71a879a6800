"""Routes of imports."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from catalog.catalogs import find_catalog
from catalog.imports.jobs import get_import
from mobile_contract.imports import ImportStatus
from mobile_contract.limits import ARCHIVE_BYTES, IMPORT_ERRORS_SHOWN
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.imports.actions import take_import
from service.imports.presenter import present_import
from service.imports.requests import (
    TableColumns,
    TableDelimiter,
    TableEncoding,
    TableFormat,
    read_options,
)
from service.openapi import COUNTED, ImportOperation
from service.problems import documented

PROBLEMS = (
    Code.CATALOG_NOT_FOUND,
    Code.SPACE_MISMATCH,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.BODY_TOO_LARGE,
    Code.IMPORT_ARCHIVE_INVALID,
    Code.IMPORT_TABLE_INVALID,
    Code.TIMED_OUT,
    *COUNTED,
    Code.IMPORT_FORMAT_UNSUPPORTED,
    Code.VALIDATION_FAILED,
)


class ImportsController(Controller):
    """Imports into a catalog."""

    path = "/v1/catalogs/{catalog:str}/imports"
    tags = ("imports",)

    @post(
        opt=needs(Scope.CATALOG_WRITE),
        operation_id="startImport",
        summary="Import a table, or a ZIP of one and pictures",
        operation_class=ImportOperation,
        status_code=202,
        request_max_body_size=ARCHIVE_BYTES,
        responses=documented(*PROBLEMS),
    )
    async def start(
        self,
        catalog: FromPath[str],
        request: Call,
        parts: Parts,
        table_format: TableFormat = None,
        encoding: TableEncoding = None,
        delimiter: TableDelimiter = None,
        columns: TableColumns = None,
    ) -> Response[ImportStatus]:
        """Import a CSV table, JSON lines, or a ZIP of either and its pictures. What it is, how it is written and what
        its columns hold is found out and told. Rows land in the background, bad ones are told by line.
        """
        options = read_options(table_format, encoding, delimiter, columns)
        report = await take_import(request, parts, catalog, options)
        status = present_import(report, enriching=parts.enriching, reading=parts.reading)
        return Response(status, status_code=202, headers={"Location": f"/v1/catalogs/{catalog}/imports/{status.id}"})

    @get(
        "/{import_id:uuid}",
        opt=needs(Scope.CATALOG_READ),
        operation_id="getImport",
        summary="How far an import is",
        responses=documented(Code.CATALOG_NOT_FOUND, Code.IMPORT_NOT_FOUND),
    )
    async def get(self, catalog: FromPath[str], import_id: FromPath[UUID], parts: Parts) -> ImportStatus:
        """How far an import is, and what was wrong with which line."""
        async with parts.database.read() as session:
            catalog_id = await find_catalog(session, catalog)
            report = await get_import(session, catalog_id, import_id, IMPORT_ERRORS_SHOWN)
        return present_import(report, enriching=parts.enriching, reading=parts.reading)
