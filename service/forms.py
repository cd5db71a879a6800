"""What several routes read from forms in the same way."""

from collections.abc import Sequence
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile

from mobile_contract.limits import PHOTOS_MAX
from mobile_contract.problems import Code, FieldError
from service.refused import Refused

PHOTO = "photo"
FORM = "multipart/form-data"

Part = UploadFile | str


async def read_form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """A form with photos and a JSON part, and nothing in the address.

    Raises:
        Refused: another content type, or parameters beside it.

    """
    if request.content_type[0].lower() != FORM:
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"send {FORM}")
    refuse_parameters(request, "with a form, all is in its parts")
    return await request.form()


def refuse_parameters(request: Request[Any, Any, Any], why: str) -> None:
    """Raises Refused where the address has parameters that belong into the body."""
    if given := sorted(set(request.query_params.keys())):
        fields = tuple(FieldError(field=name, message="belongs into the JSON") for name in given)
        raise Refused(Code.VALIDATION_FAILED, why, fields)


def photo_parts(form: FormMultiDict) -> Sequence[Part]:
    """The parts that hold photos of one object; perhaps none.

    Raises:
        Refused: too many.

    """
    photos: list[Part] = form.getall(PHOTO, [])
    if len(photos) > PHOTOS_MAX:
        field = FieldError(field=PHOTO, message=f"given {len(photos)} times")
        raise Refused(Code.VALIDATION_FAILED, f"{PHOTOS_MAX} photos of one object are taken at most", (field,))
    return photos


async def part_bytes(part: Part) -> bytes:
    """A part's content, whether a client called it a file or not."""
    return part.encode() if isinstance(part, str) else await part.read()
