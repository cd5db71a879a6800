"""Flows that put products into catalogs: by photos of them, or by a file of many."""

from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET

from mobile_contract.catalogs import Catalog, Enrichment, NewProduct, Product
from mobile_contract.clients.python.errors import ImportFailed, ImportTimeout, PhotoUnusable
from mobile_contract.clients.python.exchange import (
    BINARY,
    ZIP,
    Body,
    Call,
    Core,
    Flow,
    Form,
    Progress,
    Wait,
    Work,
    ask,
    segment,
)
from mobile_contract.clients.python.photos import Photo, ReadPhoto, read_photos
from mobile_contract.imports import ImportFormat, ImportMode, ImportState, ImportStatus

Archive = str | PathLike[str] | bytes
"""A table, or a ZIP of one and its pictures: its path, or its bytes."""

UPLOAD_SECONDS = 3600.0
POLL_SECONDS = 0.5
WAIT_SECONDS = 3600.0
SURFACE_SECONDS = 60.0


def teach_product(
    core: Core,
    catalog: str,
    part_number: str,
    name: str,
    *photos: Photo,
    category: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, str] | None = None,
    idempotency_key: str | None = None,
    progress: Progress | None = None,
) -> Flow[Product]:
    """Make a product of 1 to 5 photos of it; the next photo of it finds it.

    Raises:
        Conflict: the part number is taken.

    """
    said = NewProduct(
        part_number=part_number,
        name=name,
        category=UNSET if category is None else category,
        description=UNSET if description is None else description,
        metadata=dict(metadata or {}),
    )
    form = Form((yield from _photos(core, *photos)), ("product", msgspec.json.encode(said)))
    path = f"/v1/catalogs/{segment(catalog)}/products"
    return (yield from _photos_call(core, "teachProduct", path, form, idempotency_key, progress))


def add_references(
    core: Core,
    catalog: str,
    part_number: str,
    *photos: Photo,
    idempotency_key: str | None = None,
    progress: Progress | None = None,
) -> Flow[Product]:
    """Add 1 to 5 photos to a product, by which it is known beside the pictures that it has."""
    path = f"/v1/catalogs/{segment(catalog)}/products/{segment(part_number)}"
    form = Form((yield from _photos(core, *photos)))
    return (yield from _photos_call(core, "addReferences", path, form, idempotency_key, progress))


def _photos(core: Core, *photos: Photo) -> Flow[tuple[ReadPhoto, ...]]:
    if not photos:
        raise PhotoUnusable("give one photo at least")
    read: tuple[ReadPhoto, ...] = yield Work(partial(read_photos, photos, core.shrink))
    return read


def _photos_call(
    core: Core, operation: str, path: str, form: Form, key: str | None, progress: Progress | None
) -> Flow[Product]:
    made = Call(
        operation=operation,
        method="POST",
        path=path,
        kind=Product,
        body=form,
        key=key or str(uuid4()),
        progress=progress,
    )
    return ask(core, made)


def start_import(
    core: Core,
    catalog: str,
    archive: Archive,
    *,
    mode: ImportMode = ImportMode.MERGE,
    max_removed: float | None = None,
    table_format: ImportFormat | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Flow[ImportStatus]:
    """Upload a CSV table, JSON lines, or a ZIP of either and its pictures; rows land in the background.

    How the table is written and what its ``columns`` hold (from header to field) is found out where it is not said.
    ``mode``: a sync also removes the products that the file does not have, up to the share ``max_removed`` (0..1) of
    the catalog. Repeated where no answer came: the same file again changes nothing.
    """
    query: tuple[tuple[str, str], ...] = () if mode is ImportMode.MERGE else (("mode", mode.value),)
    query += () if max_removed is None else (("maxRemoved", str(max_removed)),)
    query += table_query(table_format, encoding, delimiter, columns)
    return ask(
        core,
        Call(
            operation="startImport",
            method="POST",
            path=f"/v1/catalogs/{segment(catalog)}/imports",
            kind=ImportStatus,
            query=query,
            body=archive_body(archive),
            deadline=UPLOAD_SECONDS,
            progress=progress,
        ),
    )


def table_query(
    table_format: ImportFormat | None, encoding: str | None, delimiter: str | None, columns: Mapping[str, str] | None
) -> tuple[tuple[str, str], ...]:
    """What is said of how a table is written."""
    said = {"format": table_format, "encoding": encoding, "delimiter": delimiter}
    said["columns"] = msgspec.json.encode(columns).decode() if columns else None
    return tuple((name, value) for name, value in said.items() if value is not None)


def archive_body(archive: Archive) -> Body:
    """A table, or a ZIP, as it is sent."""
    content = archive if isinstance(archive, bytes) else Path(archive)
    is_zip = content.startswith(b"PK") if isinstance(content, bytes) else content.suffix.lower() == ".zip"
    return Body(content, ZIP if is_zip else BINARY)


def get_import(core: Core, catalog: str, import_id: UUID | str) -> Flow[ImportStatus]:
    """How far an import is, and what was wrong with which line."""
    path = f"/v1/catalogs/{segment(catalog)}/imports/{import_id}"
    return ask(core, Call(operation="getImport", method="GET", path=path, kind=ImportStatus))


def wait_for_import(
    core: Core,
    status: ImportStatus,
    *,
    watch: Callable[[ImportStatus], None] | None = None,
    poll: float = POLL_SECONDS,
    timeout: float = WAIT_SECONDS,
) -> Flow[ImportStatus]:
    """Wait until an import's rows have landed. ``watch`` sees every state; ``poll`` and ``timeout`` are seconds.

    Raises:
        ImportFailed: it could not go on, or was cancelled; rows that are wrong are in ``errors`` and no failure.
        ImportTimeout: it has not ended in time.

    """
    until = core.clock() + timeout
    while True:
        if watch is not None:
            watch(status)
        if status.state is ImportState.COMPLETED:
            return status
        if status.state in (ImportState.FAILED, ImportState.CANCELLED):
            raise ImportFailed(status)
        if core.clock() + poll > until:
            raise ImportTimeout(status)
        yield Wait(poll)
        status = yield from get_import(core, status.catalog, status.id)


def wait_for_surfaces(
    core: Core,
    catalog: str,
    *,
    watch: Callable[[Enrichment], None] | None = None,
    poll: float = POLL_SECONDS,
    timeout: float = SURFACE_SECONDS,
) -> Flow[Catalog]:
    """Wait until the surfaces of a catalog's pictures are described, by which alike things are told apart, or until
    the time is over; gives the catalog as it is then. What was taught is found before that too, by its looks.
    """
    until = core.clock() + timeout
    path = f"/v1/catalogs/{segment(catalog)}"
    while True:
        found = yield from ask(core, Call(operation="getCatalog", method="GET", path=path, kind=Catalog))
        if found.enrichment is UNSET:
            return found
        if watch is not None:
            watch(found.enrichment)
        if not found.enrichment.pending or core.clock() + poll > until:
            return found
        yield Wait(poll)
