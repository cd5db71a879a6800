"""Reads an import's upload into a temporary file: as a raw body, or as the part ``archive`` of a form; and what the
address says about it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, cast

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.params import QueryParameter

from catalog.errors import TableInvalid
from catalog.imports.reading.opening import checked_options
from catalog.imports.reading.options import Format, ReadOptions
from mobile_contract.imports import ImportFormat
from mobile_contract.limits import COLUMNS_CHARACTERS
from mobile_contract.problems import Code, FieldError
from service.problems import Refused

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
