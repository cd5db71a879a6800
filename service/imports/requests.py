"""Reads an import's upload into a temporary file: a ZIP as a raw body, or as the part ``archive`` of a form."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from litestar import Request
from litestar.datastructures import UploadFile

from mobile_contract.problems import Code
from service.openapi import ARCHIVE_TYPES
from service.problems import Refused

IN_MEMORY = 4 * 1024 * 1024
_UNTYPED = ("application/octet-stream", "application/x-zip-compressed", "")


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
