"""Operations of the OpenAPI document whose bodies Litestar cannot derive: photos, tables, files and streams."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from mobile_contract.catalogs import NewProduct
from mobile_contract.limits import PHOTOS_MAX, PICTURES_AT_ONCE, UPSERT_PRODUCTS_MAX
from mobile_contract.lookups import LookupOptions
from mobile_contract.products import UpsertProduct

PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif")
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")
ARCHIVE_TYPES = ("application/zip",)
TABLE_TYPES = ("text/csv", "application/jsonl")
EXPORT_TYPES = ("application/zip", "text/csv", "application/jsonl")
LINES_TYPES = ("application/jsonl", "application/x-ndjson")
_BYTES = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)


_PHOTOS = Schema(
    type=OpenAPIType.ARRAY,
    items=_BYTES,
    min_items=1,
    max_items=PHOTOS_MAX,
    description="A photo, or several of the same object: as many parts of this name",
)


@dataclass
class LookupOperation(Operation):
    """A photo as a raw body, one or several as parts of a form beside their options, or by saying where it is."""

    def __post_init__(self) -> None:
        """Add the body, which is read by hand and so unknown to Litestar."""
        options = msgspec.json.schema(LookupOptions, ref_template="#/components/schemas/{name}")
        definition = options["$defs"]["LookupOptions"]
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={"photo": _PHOTOS, "request": replace(_as_schema(definition), examples=[{"limit": 5}])},
        )
        named = replace(
            _as_schema(definition), examples=[{"photoUrl": "https://example.com/photo.jpg"}, {"text": "red knob"}]
        )
        content = {"multipart/form-data": OpenAPIMediaType(schema=form)}
        content |= {"application/json": OpenAPIMediaType(schema=named)}
        content |= {kind: OpenAPIMediaType(schema=_BYTES) for kind in PHOTO_TYPES}
        self.request_body = RequestBody(required=True, content=content)


@dataclass
class TeachOperation(Operation):
    """A product and photos of it, as parts of a form."""

    def __post_init__(self) -> None:
        """Add the body, which is read by hand and so unknown to Litestar."""
        definition = msgspec.json.schema(NewProduct)["$defs"]["NewProduct"]
        product = replace(_as_schema(definition), examples=[{"partNumber": "DESK-1", "name": "Stapler"}])
        parts: dict[str, Reference | Schema] = {"photo": _PHOTOS, "product": product}
        self.request_body = _form(parts, required=["photo", "product"])


@dataclass
class PhotosOperation(Operation):
    """Photos, as parts of a form."""

    def __post_init__(self) -> None:
        """Add the body, which is read by hand and so unknown to Litestar."""
        self.request_body = _form({"photo": _PHOTOS}, required=["photo"])


@dataclass
class ImportOperation(Operation):
    """A table or a ZIP archive as a raw body, or as a part of a form."""

    def __post_init__(self) -> None:
        """Add the body, which is streamed and so unknown to Litestar."""
        form = Schema(type=OpenAPIType.OBJECT, required=["archive"], properties={"archive": _BYTES})
        content = {"multipart/form-data": OpenAPIMediaType(schema=form)}
        content |= {kind: OpenAPIMediaType(schema=_BYTES) for kind in (*ARCHIVE_TYPES, *TABLE_TYPES)}
        self.request_body = RequestBody(required=True, content=content)


@dataclass
class UploadOperation(Operation):
    """A picture as a raw body, or several as parts of a form."""

    def __post_init__(self) -> None:
        """Add the body, which is read by hand and so unknown to Litestar."""
        pictures = Schema(
            type=OpenAPIType.ARRAY,
            items=_BYTES,
            min_items=1,
            max_items=PICTURES_AT_ONCE,
            description="A picture, or several: as many parts of this name",
        )
        self.request_body = _form({"picture": pictures}, required=["picture"])
        self.request_body.content |= {kind: OpenAPIMediaType(schema=_BYTES) for kind in PHOTO_TYPES}


@dataclass
class PictureOperation(Operation):
    """Answers with a picture, of whatever type it was kept in."""

    def __post_init__(self) -> None:
        """Name the types, of which Litestar takes one."""
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse):
            answer.content = {kind: OpenAPIMediaType(schema=_BYTES) for kind in PICTURE_TYPES}


@dataclass
class TableOperation(Operation):
    """Answers with a CSV table."""

    def __post_init__(self) -> None:
        """Name its type."""
        rows = "The rows, with `error_line`, `error_column`, `error_code`, `error_message`"
        _answers_with(self, "text/csv", Schema(type=OpenAPIType.STRING, description=rows))


@dataclass
class EventsOperation(Operation):
    """Answers with server-sent events."""

    def __post_init__(self) -> None:
        """Name its type."""
        text = Schema(type=OpenAPIType.STRING)
        event = Schema(
            type=OpenAPIType.OBJECT,
            required=["data"],
            properties={"event": text, "id": text, "data": text},
            description="Each event, `progress` or `end`; its data is an ImportProgress as JSON",
        )
        _answers_with(self, "text/event-stream", event)


def _answers_with(operation: Operation, kind: str, schema: Schema) -> None:
    answer = (operation.responses or {}).get("200")
    if isinstance(answer, OpenAPIResponse):
        answer.content = {kind: OpenAPIMediaType(schema=schema)}


@dataclass
class ExportOperation(Operation):
    """Answers with a file of one of several types."""

    def __post_init__(self) -> None:
        """Name the types, of which Litestar takes one."""
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse):
            answer.content = {kind: OpenAPIMediaType(schema=_BYTES) for kind in EXPORT_TYPES}


@dataclass
class UpsertOperation(Operation):
    """Products, as an array or as lines."""

    def __post_init__(self) -> None:
        """Add the body, which is read by hand and so unknown to Litestar."""
        definitions = msgspec.json.schema(UpsertProduct, ref_template="#/components/schemas/{name}")["$defs"]
        product = _as_schema(definitions["UpsertProduct"])
        product.examples = [{"partNumber": "P-7", "name": "Gear pump"}]
        items = Schema(type=OpenAPIType.ARRAY, items=product, min_items=1, max_items=UPSERT_PRODUCTS_MAX)
        content = {"application/json": OpenAPIMediaType(schema=items)}
        content |= {kind: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING)) for kind in LINES_TYPES}
        self.request_body = RequestBody(required=True, content=content)


def _form(parts: dict[str, Reference | Schema], *, required: list[str]) -> RequestBody:
    form = Schema(type=OpenAPIType.OBJECT, required=required, properties=parts)
    return RequestBody(required=True, content={"multipart/form-data": OpenAPIMediaType(schema=form)})


def _item(definition: dict[str, Any]) -> Schema | Reference:
    # Types with a name are components of the document already, because answers hold them too.
    return Reference(ref=definition["$ref"]) if "$ref" in definition else _as_schema(definition)


def _as_schema(definition: dict[str, Any]) -> Schema:
    names = {
        "maxLength": "max_length",
        "minLength": "min_length",
        "maxItems": "max_items",
        "maxProperties": "max_properties",
        "format": "format",
        "pattern": "pattern",
        "required": "required",
        "description": "description",
    }
    return Schema(
        type=OpenAPIType(definition["type"]) if "type" in definition else None,
        properties={name: _item(one) for name, one in definition["properties"].items()}
        if "properties" in definition
        else None,
        items=_item(definition["items"]) if "items" in definition else None,
        additional_properties=_as_schema(extra)
        if isinstance(extra := definition.get("additionalProperties"), dict)
        else extra,
        minimum=definition.get("minimum"),
        maximum=definition.get("maximum"),
        **{ours: definition[theirs] for theirs, ours in names.items() if theirs in definition},
    )
