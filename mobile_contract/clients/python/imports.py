"""Looking after imports: which there are, pausing, going on, ending, trying again, and rows to mend."""

from dataclasses import replace
from pathlib import Path
from typing import Literal
from uuid import UUID

from mobile_contract.clients.python.exchange import Call, Core, Flow, Work, ask, segment
from mobile_contract.clients.python.saving import FILE_SECONDS, demand_place
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
    """The failed rows as a CSV table, to be mended and sent again; with ``warnings`` also those that lost a picture.
    It is held in memory: :meth:`failed_rows_to` is for many.
    """
    return ask(core, _failed(catalog, import_id, warnings=warnings))


def failed_rows_to(
    core: Core,
    catalog: str,
    import_id: UUID | str,
    to: Path | str,
    *,
    warnings: bool = False,
    deadline: float = FILE_SECONDS,
) -> Flow[Path]:
    """Write the failed rows into a CSV file as they come; gives its path. The file bears its name once it is whole, and
    takes the place of one that was there; where it fails, nothing is changed. ``deadline``: seconds for all tries.

    Raises:
        OSError: the file cannot be written; where its folder is missing, nothing was asked.

    """
    path = Path(to)
    yield Work(lambda: demand_place(path))
    yield from ask(core, replace(_failed(catalog, import_id, warnings=warnings), to=path, deadline=deadline))
    return path


def _failed(catalog: str, import_id: UUID | str, *, warnings: bool) -> Call[bytes]:
    query = (("warnings", "true"),) if warnings else ()
    path = f"{_place(catalog, import_id)}/failed-rows"
    return Call(operation="getFailedRows", method="GET", path=path, kind=bytes, query=query)


def _change(core: Core, catalog: str, import_id: UUID | str, operation: Change, how: str) -> Flow[ImportStatus]:
    path = f"{_place(catalog, import_id)}/{how}"
    return ask(core, Call(operation=operation, method="POST", path=path, kind=ImportStatus))


def _place(catalog: str, import_id: UUID | str) -> str:
    return f"/v1/catalogs/{segment(catalog)}/imports/{import_id}"
