"""Reads a part number from an address, and a product that is taught from a form."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict

from catalog.products import ProductFields
from mobile_contract.catalogs import NewProduct
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code, FieldError
from service.dependencies import Call
from service.forms import PHOTO, part_bytes, photo_parts, read_form
from service.problems import Refused

PRODUCT = "product"


@dataclass(frozen=True, kw_only=True)
class Taught:
    """Photos of one product, and the bytes that said which; none where the address does."""

    photos: tuple[bytes, ...]
    said: bytes = b""

    @property
    def fields(self) -> ProductFields:
        """The product, with the blanks around its texts cut off.

        Raises:
            Refused: it is not of the documented form.

        """
        try:
            product = msgspec.json.decode(self.said, type=NewProduct)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            field = FieldError(field=PRODUCT, message=str(error))
            raise Refused(Code.VALIDATION_FAILED, "the product is not of the documented form", (field,)) from error
        return ProductFields(
            part_number=product.part_number.strip(),
            name=product.name.strip(),
            description=product.description.strip() if product.description else None,
            category=product.category.strip() if product.category else None,
            metadata={key.strip(): value.strip() for key, value in product.metadata.items()},
        )


def read_part_number(request: Call) -> str:
    """The part number as it was sent.

    From the raw path: routing folds double slashes and drops a last one, which part numbers may hold.
    """
    raw = request.scope["raw_path"].partition(b"?")[0]
    return unquote(raw.partition(b"/products/")[2].decode("latin-1"))


async def read_taught(request: Request[Any, Any, Any]) -> Taught:
    """A new product and its photos.

    Raises:
        Refused: no form, no photo, or no product.

    """
    form = await read_form(request)
    part = form.get(PRODUCT)
    if part is None:
        field = FieldError(field=PRODUCT, message="is missing")
        raise Refused(Code.VALIDATION_FAILED, "the form has no JSON part product", (field,))
    said = await part_bytes(part)
    if len(said) > JSON_BYTES:
        raise Refused(Code.BODY_TOO_LARGE, f"the product takes {JSON_BYTES} bytes")
    return Taught(photos=await _photos(form), said=said)


async def read_photos(request: Request[Any, Any, Any]) -> Taught:
    """Photos of the product that the address names.

    Raises:
        Refused: no form, or no photo.

    """
    return Taught(photos=await _photos(await read_form(request)))


async def _photos(form: FormMultiDict) -> tuple[bytes, ...]:
    parts = photo_parts(form)
    if not parts:
        raise Refused(Code.PHOTO_MISSING, f"send one or several photos as parts {PHOTO}")
    return tuple([await part_bytes(part) for part in parts])
