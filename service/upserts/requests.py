"""Reads products to be created or updated: a JSON array, or a JSON object a line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from catalog.products import ProductFields
from mobile_contract.limits import UPSERT_PRODUCTS_MAX
from mobile_contract.problems import Code, FieldError
from mobile_contract.products import UpsertError, UpsertProduct
from service.dependencies import Call
from service.idempotency import JSON
from service.operations import LINES_TYPES
from service.products.requests import fields_of
from service.refused import Refused

_PLACE = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")


@dataclass(frozen=True, kw_only=True)
class Item:
    """An item of a request by its place from 0: a product, or what is wrong with it."""

    index: int
    said: ProductFields | UpsertError


async def read_items(request: Call) -> tuple[bytes, list[Item]]:
    """The body, and its items.

    Raises:
        Refused: it is of another type, is no array or lines, or has no items or too many.

    """
    kind = request.content_type[0].lower()
    if kind not in (JSON, *LINES_TYPES):
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"send {JSON}, or a JSON object a line as {LINES_TYPES[0]}")
    body = await request.body()
    raw = _array(body) if kind == JSON else [line for line in body.split(b"\n") if line.strip()]
    if not 1 <= len(raw) <= UPSERT_PRODUCTS_MAX:
        fields = (FieldError(field="body", message=f"has {len(raw)} products"),)
        raise Refused(Code.VALIDATION_FAILED, f"1 to {UPSERT_PRODUCTS_MAX} products are taken at once", fields)
    return body, list(_checked(raw))


def _array(body: bytes) -> list[bytes]:
    try:
        return [bytes(one) for one in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        fields = (FieldError(field="body", message=str(error)),)
        raise Refused(Code.VALIDATION_FAILED, "the body is no JSON array", fields) from error


def _checked(raw: list[bytes]) -> Iterator[Item]:
    first: dict[str, int] = {}
    for index, one in enumerate(raw):
        said = _read(index, one)
        if isinstance(said, ProductFields) and (earlier := first.setdefault(said.part_number, index)) != index:
            message = f"{said.part_number!r} is item {earlier} too; that one is taken"
            said = UpsertError(index=index, code="part_number_repeated", column="partNumber", message=message)
        yield Item(index=index, said=said)


def _read(index: int, raw: bytes) -> ProductFields | UpsertError:
    try:
        product = msgspec.json.decode(raw, type=UpsertProduct)
        return fields_of(product.part_number.strip(), product)
    except Refused as refused:
        (field,) = refused.fields
        return UpsertError(index=index, code="item_invalid", column=field.field, message=field.message)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = str(error)
        place = _PLACE.search(message) or _MISSING.search(message)
        column = place[1].split(".")[0].split("[")[0] if place else ""
        return UpsertError(index=index, code="item_invalid", column=column or UNSET, message=message)
