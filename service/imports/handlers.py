"""Routes of imports."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import ServerSentEvent, Stream

from catalog.imports import states
from mobile_contract.imports import ImportList, ImportMode, ImportStatus
from mobile_contract.limits import ARCHIVE_BYTES, IMPORTS_DEFAULT
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.admission.lanes import Lane, lane
from service.dependencies import Call, Parts
from service.imports.actions import (
    change_import,
    failed_table,
    find_import,
    import_and_test,
    import_events,
    page_of_imports,
    take_import,
)
from service.imports.presenter import present_import, present_imports
from service.imports.requests import (
    Before,
    ImportLimit,
    LastEventId,
    MaxRemoved,
    Mode,
    TableColumns,
    TableDelimiter,
    TableEncoding,
    TableFormat,
    UntilWhen,
    WithWarnings,
    read_options,
)
from service.openapi import COUNTED
from service.operations import EventsOperation, ImportOperation, TableOperation
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
_FOUND = documented(Code.CATALOG_NOT_FOUND, Code.IMPORT_NOT_FOUND)
_CHANGED = documented(Code.CATALOG_NOT_FOUND, Code.IMPORT_NOT_FOUND, Code.IMPORT_STATE_UNFIT)
_TRIED_AGAIN = documented(
    Code.CATALOG_NOT_FOUND, Code.IMPORT_NOT_FOUND, Code.IMPORT_STATE_UNFIT, Code.IMPORT_UPLOAD_GONE
)
_READ, _WRITE = needs(Scope.CATALOG_READ), needs(Scope.CATALOG_WRITE)
_CHANGE = _WRITE | lane(Lane.LIGHT)


class ImportsController(Controller):
    """Imports into a catalog."""

    path = "/v1/catalogs/{catalog:str}/imports"
    tags = ("imports",)

    @post(
        operation_id="startImport",
        summary="Import a table, or a ZIP of one and pictures",
        operation_class=ImportOperation,
        status_code=202,
        request_max_body_size=ARCHIVE_BYTES,
        responses=documented(*PROBLEMS),
        opt=_WRITE,
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
        mode: Mode = ImportMode.MERGE,
        max_removed: MaxRemoved = None,
    ) -> Response[ImportStatus]:
        """Import a CSV table, JSON lines, or a ZIP of either and its pictures. What it is, how it is written and what
        its columns hold is found out and told. Rows land in the background, bad ones are told by line.
        """
        read = read_options(table_format, encoding, delimiter, columns)
        report = await take_import(request, parts, catalog, read=read, mode=mode.value, most_removed=max_removed)
        place = f"/v1/catalogs/{catalog}/imports/{report.job.id}"
        return Response(present_import(report, parts), status_code=202, headers={"Location": place})

    @get(
        operation_id="listImports",
        summary="Imports of a catalog, newest first",
        responses=documented(Code.CATALOG_NOT_FOUND),
        opt=_READ,
    )
    async def list(
        self, catalog: FromPath[str], parts: Parts, after: Before = None, limit: ImportLimit = IMPORTS_DEFAULT
    ) -> ImportList:
        """Imports of a catalog, newest first, in pages."""
        page, cursor = await page_of_imports(parts, catalog, cursor=after, limit=limit)
        return present_imports(page, cursor, parts)

    @get("/{import_id:uuid}", operation_id="getImport", summary="How far an import is", responses=_FOUND, opt=_READ)
    async def show(self, catalog: FromPath[str], import_id: FromPath[UUID], parts: Parts) -> ImportStatus:
        """How far an import is, what was wrong with which line, and how the self-test since it ended went."""
        report, tested = await import_and_test(parts, catalog, import_id)
        return present_import(report, parts, tested)

    @get(
        "/{import_id:uuid}/events",
        operation_id="watchImport",
        summary="An import's progress as it goes on",
        operation_class=EventsOperation,
        responses=_FOUND,
        opt=_READ,
    )
    async def watch(
        self,
        catalog: FromPath[str],
        import_id: FromPath[UUID],
        parts: Parts,
        until: UntilWhen = "searchable",
        last_event_id: LastEventId = None,
    ) -> ServerSentEvent:
        """Server-sent events: `progress` whenever something has changed, `end` as the last one; each holds an
        ImportProgress. The service ends lines after some seconds; whoever asks again goes on, as browsers do.
        """
        found = await find_import(parts, catalog, import_id)
        return ServerSentEvent(import_events(parts, found, last_id=last_event_id, until=until))

    @get(
        "/{import_id:uuid}/failed-rows",
        operation_id="getFailedRows",
        summary="Failed rows, to mend and send again",
        operation_class=TableOperation,
        responses=_FOUND,
        opt=_READ,
    )
    async def failed(
        self, catalog: FromPath[str], import_id: FromPath[UUID], parts: Parts, *, warnings: WithWarnings = False
    ) -> Stream:
        """The rows that failed, as a CSV table with what was wrong behind each; mended, it can be sent as it is."""
        found = await find_import(parts, catalog, import_id)
        name = {"Content-Disposition": f'attachment; filename="failed-rows-{found}.csv"'}
        rows = failed_table(parts, found, with_warnings=warnings)
        return Stream(rows, media_type="text/csv", headers=name)

    @post(
        "/{import_id:uuid}/pause",
        operation_id="pauseImport",
        summary="Let an import rest",
        status_code=200,
        responses=_CHANGED,
        opt=_CHANGE,
    )
    async def pause(
        self, catalog: FromPath[str], import_id: FromPath[UUID], request: Call, parts: Parts
    ) -> ImportStatus:
        """Let an import rest until it is resumed. Rows that have landed stay, and no more land."""
        return present_import(await change_import(request, parts, catalog, import_id, states.pause), parts)

    @post(
        "/{import_id:uuid}/resume",
        operation_id="resumeImport",
        summary="Go on with a paused import",
        status_code=200,
        responses=_CHANGED,
        opt=_CHANGE,
    )
    async def resume(
        self, catalog: FromPath[str], import_id: FromPath[UUID], request: Call, parts: Parts
    ) -> ImportStatus:
        """Go on with an import that was paused."""
        return present_import(await change_import(request, parts, catalog, import_id, states.resume), parts)

    @post(
        "/{import_id:uuid}/cancel",
        operation_id="cancelImport",
        summary="End an import",
        status_code=200,
        responses=_CHANGED,
        opt=_CHANGE,
    )
    async def cancel(
        self, catalog: FromPath[str], import_id: FromPath[UUID], request: Call, parts: Parts
    ) -> ImportStatus:
        """End an import. Rows that have landed stay."""
        return present_import(await change_import(request, parts, catalog, import_id, states.cancel), parts)

    @post(
        "/{import_id:uuid}/retry",
        operation_id="retryImport",
        summary="Try an import's failed rows again",
        status_code=200,
        responses=_TRIED_AGAIN,
        opt=_CHANGE,
    )
    async def retry(
        self, catalog: FromPath[str], import_id: FromPath[UUID], request: Call, parts: Parts
    ) -> ImportStatus:
        """Try again the rows of an ended import that failed for what may have passed, or lost a picture."""
        return present_import(await change_import(request, parts, catalog, import_id, states.retry), parts)
