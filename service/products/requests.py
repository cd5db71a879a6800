"""Reads a part number from an address, products as they are said, and one that is taught from a form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict
from msgspec import UNSET, UnsetType

from catalog.models import ProductRow
from catalog.notices import Notice, Severity, check_notices
from catalog.products import ProductFields
from mobile_contract.catalogs import NewProduct
from mobile_contract.limits import JSON_BYTES, METADATA_KEYS_MAX, PART_NUMBER_CHARACTERS
from mobile_contract.notices import SafetyNotice
from mobile_contract.problems import Code, FieldError
from mobile_contract.products import ProductChange, ProductContent, UpsertProduct
from service.dependencies import Call
from service.forms import PHOTO, part_bytes, photo_parts, read_form
from service.refused import Refused

PRODUCT = "product"

_IN_ADDRESS = re.compile(rb"/catalogs/+[^/]+/+(?:removed-)?products/(.*)", re.DOTALL)


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
            description=_stripped(product.description),
            category=_stripped(product.category),
            metadata=_metadata(product.metadata),
        )


def read_part_number(request: Call) -> str:
    """The part number as it was sent.

    From the raw path: routing folds double slashes and drops a last one, which part numbers may hold.
    """
    raw = request.scope["raw_path"].partition(b"?")[0]
    found = _IN_ADDRESS.search(raw)
    return unquote(found[1].decode("latin-1")) if found else ""


def read_new_part_number(request: Call) -> str:
    """The part number of a product that is made if there is none.

    Raises:
        Refused: no product may have it.

    """
    part_number = read_part_number(request)
    why = None
    if not part_number or part_number != part_number.strip():
        why = "is empty, or has blanks around it"
    elif len(part_number) > PART_NUMBER_CHARACTERS:
        why = f"has more than {PART_NUMBER_CHARACTERS} characters"
    elif "\ufffd" in part_number:
        why = "is not UTF-8"
    if why:
        fields = (FieldError(field="partNumber", message=why),)
        raise Refused(Code.VALIDATION_FAILED, "no product can have this part number", fields)
    return part_number


def fields_of(part_number: str, said: ProductContent | UpsertProduct) -> ProductFields:
    """A product as it was said, with the blanks around its texts cut off.

    Raises:
        Refused: a notice ends before it begins.

    """
    return ProductFields(
        part_number=part_number,
        name=said.name.strip(),
        description=_stripped(said.description),
        category=_stripped(said.category),
        superseded_by=_stripped(said.superseded_by),
        metadata=_metadata(said.metadata),
        notices=None if said.notices is UNSET else as_notices(said.notices),
    )


def changed_fields(before: ProductRow, change: ProductChange) -> ProductFields:
    """A product after a change.

    Raises:
        Refused: it would have more metadata than a product may have, or a notice ends before it begins.

    """
    merged = before.attributes | _metadata(change.metadata)
    metadata = {key: value for key, value in merged.items() if value}
    if len(metadata) > METADATA_KEYS_MAX:
        fields = (FieldError(field="metadata", message=f"{len(metadata)} keys, at most {METADATA_KEYS_MAX} are taken"),)
        raise Refused(Code.VALIDATION_FAILED, "the product would have too much metadata", fields)
    return ProductFields(
        part_number=before.part_number,
        name=before.name if change.name is UNSET else change.name.strip(),
        description=before.description if change.description is UNSET else _stripped(change.description),
        category=before.category if change.category is UNSET else _stripped(change.category),
        superseded_by=before.superseded_by if change.superseded_by is UNSET else _stripped(change.superseded_by),
        metadata=metadata,
        notices=None if change.notices is UNSET else as_notices(change.notices),
    )


def as_notices(said: Sequence[SafetyNotice]) -> list[Notice]:
    """Safety notices as they are kept.

    Raises:
        Refused: one ends before it begins.

    """
    notices = [
        Notice(
            severity=Severity(one.severity.value),
            text=one.text.strip(),
            url=one.url or None,
            valid_from=one.valid_from or None,
            valid_until=one.valid_until or None,
        )
        for one in said
    ]
    try:
        check_notices(notices)
    except ValueError as error:
        fields = (FieldError(field="notices", message=str(error)),)
        raise Refused(Code.VALIDATION_FAILED, "a safety notice is not of the documented form", fields) from error
    return notices


def _stripped(text: str | UnsetType) -> str | None:
    return (text.strip() or None) if text else None


def _metadata(said: Mapping[str, str]) -> dict[str, str]:
    return {key.strip(): value.strip() for key, value in said.items()}


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
