"""Flows of imports as they would be: what a file would change, before it does."""

from collections.abc import Mapping
from uuid import UUID

from mobile_contract.clients.python.exchange import Call, Core, Flow, Progress, Wait, ask
from mobile_contract.clients.python.queries import at, given
from mobile_contract.clients.python.teaching import (
    POLL_SECONDS,
    UPLOAD_SECONDS,
    WAIT_SECONDS,
    Archive,
    archive_body,
    table_query,
)
from mobile_contract.import_previews import ImportPreview, PictureCheck, PreviewState
from mobile_contract.imports import ImportFormat, ImportMode, ImportStatus


def preview_import(
    core: Core,
    catalog: str,
    archive: Archive,
    *,
    mode: ImportMode = ImportMode.MERGE,
    pictures: PictureCheck = PictureCheck.DECODED,
    table_format: ImportFormat | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Flow[ImportPreview]:
    """Upload what ``start_import`` takes, to be told what it would create, update and delete. The catalog stays as it
    is; the upload is kept a day.
    """
    query = (("mode", mode.value), ("pictures", pictures.value))
    return ask(
        core,
        Call(
            operation="previewImport",
            method="POST",
            path=f"{at(catalog)}/import-previews",
            kind=ImportPreview,
            query=query + table_query(table_format, encoding, delimiter, columns),
            body=archive_body(archive),
            deadline=UPLOAD_SECONDS,
            progress=progress,
        ),
    )


def import_preview(core: Core, catalog: str, preview_id: UUID | str) -> Flow[ImportPreview]:
    """What a preview has found up to now."""
    path = _at(catalog, preview_id)
    return ask(core, Call(operation="getImportPreview", method="GET", path=path, kind=ImportPreview))


def wait_for_preview(
    core: Core, preview: ImportPreview, *, poll: float = POLL_SECONDS, timeout: float = WAIT_SECONDS
) -> Flow[ImportPreview]:
    """Wait until a preview is ``completed`` or ``failed``, or until the time is over; gives it as it is then. ``poll``
    and ``timeout`` are seconds.
    """
    until = core.clock() + timeout
    while preview.state in (PreviewState.QUEUED, PreviewState.RUNNING) and core.clock() + poll <= until:
        yield Wait(poll)
        preview = yield from import_preview(core, preview.catalog, preview.id)
    return preview


def apply_preview(core: Core, preview: ImportPreview, *, max_removed: float | None = None) -> Flow[ImportStatus]:
    """Start the import of what was previewed, once: asked again, it is the same import. ``max_removed``: the share
    (0..1) of the catalog that a sync may remove.

    Raises:
        Conflict: the preview is not completed.

    """
    query = tuple(given("maxRemoved", max_removed))
    path = f"{_at(preview.catalog, preview.id)}/apply"
    return ask(core, Call(operation="applyImportPreview", method="POST", path=path, kind=ImportStatus, query=query))


def _at(catalog: str, preview_id: UUID | str) -> str:
    return f"{at(catalog)}/import-previews/{preview_id}"
