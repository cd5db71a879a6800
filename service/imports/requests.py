"""What requests about imports bring: an upload, raw or as the part ``archive`` of a form; what the address says about
it; options; cursors.
"""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.params import HeaderParameter, QueryParameter

from catalog.errors import TableInvalid
from catalog.imports.reading.opening import checked_options
from catalog.imports.reading.options import Format, ReadOptions
from catalog.imports.removal import MOST_REMOVED
from mobile_contract.imports import ImportFormat, ImportMode
from mobile_contract.limits import COLUMNS_CHARACTERS, CURSOR_CHARACTERS, IMPORTS_MAX
from mobile_contract.problems import Code, FieldError
from service.paging import wrong_cursor
from service.refused import Refused

IN_MEMORY = 4 * 1024 * 1024
_FORMATS: dict[ImportFormat, Format] = {ImportFormat.CSV: "csv", ImportFormat.JSONL: "jsonl"}
PARTS = ("archive", "table", "file")
_ZIPS = ("application/zip", "application/x-zip-compressed")
_TAKEN = (
    "",
    "application/csv",
    "application/json",
    "application/jsonl",
    "application/jsonlines",
    "application/ndjson",
    "application/octet-stream",
    "application/x-jsonlines",
    "application/x-ndjson",
    *_ZIPS,
)
# Spreadsheets are refused in words of their own, by what they are.
_OFFICE = "application/vnd."

TableFormat = Annotated[
    ImportFormat | None, QueryParameter(name="format", description="How the table is written, where that is not found")
]
TableEncoding = Annotated[
    str | None,
    QueryParameter(
        name="encoding", max_length=40, description="The table's encoding, such as utf-8, windows-1252 or shift_jis"
    ),
]
TableDelimiter = Annotated[
    str | None,
    QueryParameter(
        name="delimiter", max_length=10, description="What stands between cells: one character, or its name (tab)"
    ),
]
TableColumns = Annotated[
    str | None,
    QueryParameter(
        name="columns",
        max_length=COLUMNS_CHARACTERS,
        description="What columns hold, as a JSON object from header to part_number, name, description, category, "
        "superseded_by, pictures, metadata, metadata:KEY or ignore; the rest is found by their names",
    ),
]


Until = Literal["searchable", "enriched"]
"""When the events end: with the import, or when its pictures have been described and read too."""

Mode = Annotated[
    ImportMode,
    QueryParameter(name="mode", description="`sync` also removes the products that the file does not have"),
]
MaxRemoved = Annotated[
    float | None,
    QueryParameter(
        name="maxRemoved",
        ge=0,
        le=1,
        description="Share of the catalog's products that a sync may remove, above which it fails before it removes "
        f"any; {MOST_REMOVED} unless given",
    ),
]
Before = Annotated[
    str | None,
    QueryParameter(
        name="after",
        min_length=1,
        max_length=CURSOR_CHARACTERS,
        description="The page after this cursor, which is the `next` of the page before; left out for the first",
    ),
]
ImportLimit = Annotated[int, QueryParameter(name="limit", ge=1, le=IMPORTS_MAX, description="Of a page, at most")]
WithWarnings = Annotated[
    bool, QueryParameter(name="warnings", description="Also rows that landed, but without some of their pictures")
]
UntilWhen = Annotated[
    Until,
    QueryParameter(
        name="until", description="When the events end: with the import, or when its pictures are described too"
    ),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID", max_length=CURSOR_CHARACTERS, description="Of the last event that came before"
    ),
]


def read_options(
    table_format: ImportFormat | None, encoding: str | None, delimiter: str | None, columns: str | None
) -> ReadOptions:
    """What the address says about the upload.

    Raises:
        Refused: something is unknown or cannot be.

    """
    try:
        given = msgspec.json.decode(columns, type=dict[str, str]) if columns else {}
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        field = FieldError(field="columns", message=str(error))
        raise Refused(Code.VALIDATION_FAILED, "columns is a JSON object of texts", (field,)) from error
    options: dict[str, ReadOptions] = {
        "encoding": ReadOptions(encoding=encoding),
        "delimiter": ReadOptions(delimiter=delimiter),
        "columns": ReadOptions(columns=given),
    }
    for name, alone in options.items():
        try:
            checked_options(alone)
        except TableInvalid as error:
            raise Refused(Code.VALIDATION_FAILED, str(error), (FieldError(field=name, message=str(error)),)) from error
    read_as = _FORMATS[table_format] if table_format else None
    return checked_options(ReadOptions(format=read_as, encoding=encoding, delimiter=delimiter, columns=given))


class _Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last import of a page."""

    created_at: datetime
    id: UUID


def write_place(created_at: datetime, job_id: UUID) -> str:
    """The cursor of the page behind an import."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(_Place(created_at, job_id))).rstrip(b"=").decode()


def read_place(cursor: str | None) -> tuple[datetime, UUID] | None:
    """What was written.

    Raises:
        Refused: it was not written by :func:`write_place`.

    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = msgspec.msgpack.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=_Place)
    except (ValueError, msgspec.MsgspecError) as error:
        raise wrong_cursor("is none that this service gave") from error
    return place.created_at, place.id


@dataclass(frozen=True, kw_only=True)
class Received:
    """An upload, rewound, and whether the client called it a ZIP."""

    stream: IO[bytes]
    called_zip: bool


@asynccontextmanager
async def read_upload(request: Request[Any, Any, Any]) -> AsyncIterator[Received]:
    """The upload while the block runs. What it is, its bytes say.

    Raises:
        Refused: no file in the form, or a content type that cannot be one of a table or an archive.

    """
    kind = request.content_type[0].lower()
    if kind == "multipart/form-data":
        form = await request.form()
        part = next((form[name] for name in PARTS if name in form), None)
        if not isinstance(part, UploadFile):
            raise Refused(Code.VALIDATION_FAILED, "the form has no file part archive")
        await part.seek(0)
        called_zip = part.content_type in _ZIPS or part.filename.lower().endswith(".zip")
        yield Received(stream=cast("IO[bytes]", part.file), called_zip=called_zip)
        return
    if kind not in _TAKEN and not kind.startswith(("text/", _OFFICE)):
        types = "text/csv, application/jsonl or application/zip"
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"send {types}, or multipart/form-data with a part archive")
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        async for chunk in request.stream():
            spool.write(chunk)
        spool.seek(0)
        yield Received(stream=cast("IO[bytes]", spool), called_zip=kind in _ZIPS)
