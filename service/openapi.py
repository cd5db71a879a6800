"""The OpenAPI document: its head, what Litestar cannot derive, and a page to try it that needs no internet."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    RequestBody,
    Schema,
    SecurityRequirement,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import HeaderParameter

from mobile_contract.catalogs import NewProduct
from mobile_contract.limits import IDEMPOTENCY_KEY_CHARACTERS, PHOTOS_MAX, PICTURES_AT_ONCE, UPSERT_PRODUCTS_MAX
from mobile_contract.lookups import LookupOptions
from mobile_contract.problems import Code
from mobile_contract.products import UpsertProduct
from service.access.decision import COOKIE

PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif")
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")
ARCHIVE_TYPES = ("application/zip",)
TABLE_TYPES = ("text/csv", "application/jsonl")
EXPORT_TYPES = ("application/zip", "text/csv", "application/jsonl")
LINES_TYPES = ("application/jsonl", "application/x-ndjson")
ASSETS = Path(__file__).parent / "web" / "vendor" / "swagger-ui"

IDEMPOTENT = (Code.IDEMPOTENCY_KEY_INVALID, Code.IDEMPOTENCY_KEY_IN_FLIGHT, Code.IDEMPOTENCY_KEY_REUSED)

COUNTED = (Code.RATE_LIMITED, Code.QUOTA_EXCEEDED)
"""Where what a client has asked is counted."""

OF_PHOTOS = (
    Code.CATALOG_NOT_FOUND,
    Code.SPACE_MISMATCH,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.BODY_TOO_LARGE,
    Code.PHOTO_MISSING,
    Code.PHOTO_EMPTY,
    Code.PHOTO_FORMAT_UNSUPPORTED,
    Code.PHOTO_UNREADABLE,
    Code.PHOTO_TOO_LARGE,
    Code.PHOTO_TOO_SLOW,
    Code.TIMED_OUT,
    *COUNTED,
)
"""What may be wrong with a request that brings photos to a catalog."""

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=IDEMPOTENCY_KEY_CHARACTERS,
        description="Makes repeating this request safe: the same key gives the same answer, and the work is done once",
    ),
]

NO_SECURITY: list[SecurityRequirement] = [{}]
"""Of operations that everybody may ask."""
_SECURITY: list[SecurityRequirement] = [{"deviceToken": []}, {"deviceCookie": []}, {}]
_SCHEMES: dict[str, SecurityScheme | Reference] = {
    "deviceToken": SecurityScheme(
        type="http",
        scheme="bearer",
        description="A key, from `createKey`, or a device's token, from `enrolDevice`. Needed from outside the "
        "service's own machine, and where the operator says so on that too. Operations tell which scope they need",
    ),
    "deviceCookie": SecurityScheme(
        type="apiKey", name=COOKIE, security_scheme_in="cookie", description="The same token, kept for the phone page"
    ),
}

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


class OfflineSwagger(SwaggerRenderPlugin):
    """Swagger UI from the files that the package carries."""

    def __init__(self) -> None:
        """At the root of the documentation."""
        super().__init__(
            js_url="/docs/assets/swagger-ui-bundle.js",
            css_url="/docs/assets/swagger-ui.css",
            path="/",
            favicon="<link rel='icon' href='data:,'>",
        )

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page: the document is fetched, so that what one tries is what is published."""
        title = openapi_schema["info"]["title"]
        page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{self.favicon}
<link rel="stylesheet" href="{self.css_url}"></head><body><div id="api"></div><script src="{self.js_url}"></script>
<script>SwaggerUIBundle({{url: "/docs/openapi.json", dom_id: "#api", deepLinking: true, tryItOutEnabled: true,
displayRequestDuration: true}})</script></body></html>"""
        return page.encode()


def openapi_config() -> OpenAPIConfig:
    """The document's head and where it is shown."""
    return OpenAPIConfig(
        title="Photocode",
        version=version("photocode"),
        summary="A photographic barcode: photo in, the few most likely products of the catalog out",
        path="/docs",
        render_plugins=[OfflineSwagger(), JsonRenderPlugin(path="/openapi.json")],
        use_handler_docstrings=True,
        security=_SECURITY,
        components=Components(security_schemes=_SCHEMES),
    )
