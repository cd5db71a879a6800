"""What requests about imports bring: an upload, raw or as the part ``archive`` of a form; options; cursors."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.params import HeaderParameter, QueryParameter

from catalog.imports.removal import MOST_REMOVED
from mobile_contract.imports import ImportMode
from mobile_contract.limits import CURSOR_CHARACTERS, IMPORTS_MAX
from mobile_contract.problems import Code
from service.openapi import ARCHIVE_TYPES
from service.paging import wrong_cursor
from service.problems import Refused

IN_MEMORY = 4 * 1024 * 1024
_UNTYPED = ("application/octet-stream", "application/x-zip-compressed", "")

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


@asynccontextmanager
async def read_archive(request: Request[Any, Any, Any]) -> AsyncIterator[IO[bytes]]:
    """The upload, rewound, while the block runs.

    Raises:
        Refused: no archive in the form, or another content type.

    """
    kind = request.content_type[0].lower()
    if kind == "multipart/form-data":
        form = await request.form()
        part = form.get("archive")
        if not isinstance(part, UploadFile):
            raise Refused(Code.VALIDATION_FAILED, "the form has no file part archive")
        await part.seek(0)
        yield cast("IO[bytes]", part.file)
        return
    if kind not in ARCHIVE_TYPES and kind not in _UNTYPED:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, "send application/zip, or multipart/form-data with a part archive")
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        async for chunk in request.stream():
            spool.write(chunk)
        spool.seek(0)
        yield cast("IO[bytes]", spool)
