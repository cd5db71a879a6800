"""Reads pictures that are uploaded: one as a raw body, or several as parts of a form."""

from typing import Any

from litestar import Request

from mobile_contract.limits import PICTURES_AT_ONCE
from mobile_contract.problems import Code, FieldError
from service.forms import FORM, part_bytes, refuse_parameters
from service.operations import PHOTO_TYPES
from service.refused import Refused

PICTURE = "picture"
_UNTYPED = ("application/octet-stream", "")


async def read_pictures(request: Request[Any, Any, Any]) -> tuple[bytes, ...]:
    """The pictures' bytes, at least one, in order.

    Raises:
        Refused: no picture, too many, or another content type.

    """
    kind = request.content_type[0].lower()
    refuse_parameters(request, "pictures are uploaded without parameters")
    if kind == FORM:
        parts = (await request.form()).getall(PICTURE, [])
        if len(parts) > PICTURES_AT_ONCE:
            field = FieldError(field=PICTURE, message=f"given {len(parts)} times")
            raise Refused(Code.VALIDATION_FAILED, f"{PICTURES_AT_ONCE} pictures are taken at once", (field,))
        pictures = tuple([await part_bytes(part) for part in parts])
    elif kind in PHOTO_TYPES or kind in _UNTYPED:
        pictures = tuple(filter(None, [await request.body()]))
    else:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"send {', '.join(PHOTO_TYPES)}, or {FORM} with parts {PICTURE}")
    if not pictures:
        raise Refused(Code.PHOTO_MISSING, f"send a picture, or one or several as parts {PICTURE}")
    return pictures
