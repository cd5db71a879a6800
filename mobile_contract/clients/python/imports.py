"""Looking after imports: which there are, pausing, going on, ending, trying again, and rows to mend."""

from typing import Literal
from uuid import UUID

from mobile_contract.clients.python.exchange import Call, Core, Flow, ask, segment
from mobile_contract.imports import ImportList, ImportStatus

Change = Literal["pauseImport", "resumeImport", "cancelImport", "retryImport"]


def list_imports(core: Core, catalog: str, *, after: str | None = None, limit: int | None = None) -> Flow[ImportList]:
    """A page of a catalog's imports, newest first; ``after``: the ``next`` of the page before."""
    said = {"after": after, "limit": None if limit is None else str(limit)}
    query = tuple((name, value) for name, value in said.items() if value is not None)
    path = f"/v1/catalogs/{segment(catalog)}/imports"
    return ask(core, Call(operation="listImports", method="GET", path=path, kind=ImportList, query=query))


def pause_import(core: Core, catalog: str, import_id: UUID | str) -> Flow[ImportStatus]:
    """Let an import rest until it is resumed."""
    return _change(core, catalog, import_id, "pauseImport", "pause")


def resume_import(core: Core, catalog: str, import_id: UUID | str) -> Flow[ImportStatus]:
    """Go on with an import that was paused."""
    return _change(core, catalog, import_id, "resumeImport", "resume")


def cancel_import(core: Core, catalog: str, import_id: UUID | str) -> Flow[ImportStatus]:
    """End an import; what has landed stays."""
    return _change(core, catalog, import_id, "cancelImport", "cancel")


def retry_import(core: Core, catalog: str, import_id: UUID | str) -> Flow[ImportStatus]:
    """Try the failed rows of an ended import again."""
    return _change(core, catalog, import_id, "retryImport", "retry")


def failed_rows(core: Core, catalog: str, import_id: UUID | str, *, warnings: bool = False) -> Flow[bytes]:
    """The failed rows as a CSV table, to be mended and sent again; with ``warnings`` also those that lost a picture."""
    query = (("warnings", "true"),) if warnings else ()
    path = f"{_place(catalog, import_id)}/failed-rows"
    return ask(core, Call(operation="getFailedRows", method="GET", path=path, kind=bytes, query=query))


def _change(core: Core, catalog: str, import_id: UUID | str, operation: Change, how: str) -> Flow[ImportStatus]:
    path = f"{_place(catalog, import_id)}/{how}"
    return ask(core, Call(operation=operation, method="POST", path=path, kind=ImportStatus))


def _place(catalog: str, import_id: UUID | str) -> str:
    return f"/v1/catalogs/{segment(catalog)}/imports/{import_id}"
