"""What the document says beyond what Litestar derives: closed bodies, headers, parameters without null, examples."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from litestar import Litestar
from litestar.openapi.spec import (
    Example,
    Link,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    Reference,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.routes import HTTPRoute

from mobile_contract.access import NewKey, Rotation
from mobile_contract.allowances import NewAllowance
from mobile_contract.calibrations import NewCalibration
from mobile_contract.catalogs import NewCatalog
from mobile_contract.confirmations import NewConfirmation
from mobile_contract.devices import NewDevice, NewEnrolment, Worker
from mobile_contract.examples import Example as Recorded
from mobile_contract.examples import Response, load_examples
from mobile_contract.notices import SafetyNotice
from mobile_contract.products import PicturePlace, ProductChange, ProductContent
from mobile_contract.tags import Tag, TagList
from service.access.scopes import NEEDS, Scope
from service.contract.headers import add_headers

PROBLEM = "application/problem+json"
NULL = Schema(type=OpenAPIType.NULL)
CLOSED = (
    NewAllowance,
    NewCalibration,
    NewCatalog,
    NewConfirmation,
    NewDevice,
    NewEnrolment,
    NewKey,
    PicturePlace,
    ProductChange,
    ProductContent,
    Rotation,
    SafetyNotice,
    Tag,
    TagList,
    Worker,
)
"""Structs that refuse unknown fields."""


LINKS: Mapping[tuple[str, str], Mapping[str, Mapping[str, str]]] = {
    ("lookUp", "200"): {
        "getLookup": {"lookup_id": "$response.body#/id"},
        "listCandidates": {"lookup_id": "$response.body#/id"},
        "confirmLookup": {"lookup_id": "$response.body#/id"},
        "eraseLookupPhotos": {"lookup_id": "$response.body#/id"},
    },
    ("confirmLookup", "200"): {"getLookup": {"lookup_id": "$response.body#/lookupId"}},
    ("createCatalog", "201"): {
        name: {"catalog": "$response.body#/name"}
        for name in ("getCatalog", "startImport", "lookUp", "putTags", "getTags", "putCalibration", "getCalibration")
    },
    ("startImport", "202"): {
        "getImport": {"catalog": "$request.path.catalog", "import_id": "$response.body#/id"},
        "getCatalog": {"catalog": "$request.path.catalog"},
    },
    ("createKey", "201"): {name: {"key_id": "$response.body#/id"} for name in ("getKey", "rotateKey", "revokeKey")},
    ("previewImport", "202"): {
        name: {"catalog": "$request.path.catalog", "preview_id": "$response.body#/id"}
        for name in ("getImportPreview", "applyImportPreview")
    },
    ("startSelfTest", "202"): {"getSelfTest": {"catalog": "$request.path.catalog"}},
    ("getProduct", "200"): {
        "getReferenceImage": {"reference_id": "$response.body#/referenceImages/0/id"},
        "findSimilar": {"catalog": "$request.path.catalog", "partNumber": "$response.body#/partNumber"},
    },
}
"""What a client may ask next, with which parts of an answer: by operation and status, then by operation."""


def finish(app: Litestar) -> None:
    """Finish an application's document."""
    _close_schemas(app)
    examples = {name: one for name, one in load_examples().items() if _has_json(one)}
    components = app.openapi_schema.components
    components.schemas = {name: _plain(schema) for name, schema in (components.schemas or {}).items()}
    components.examples = {
        name: Example(summary=one.about, value=one.response.body)
        for name, one in examples.items()
        if isinstance(one.response, Response)
    }
    add_headers(app, _operations(app))
    wanted = _wanted(app)
    for operation in _operations(app):
        operation.description = _told(operation.description, wanted.get(str(operation.operation_id)))
        for parameter in operation.parameters or ():
            if isinstance(parameter, Parameter):
                parameter.schema = _plain(parameter.schema)
        for status, response in (operation.responses or {}).items():
            if isinstance(response, OpenAPIResponse):
                _show_examples(str(operation.operation_id), status, response, examples)
                response.links = _links(str(operation.operation_id), status)


def _wanted(app: Litestar) -> dict[str, tuple[Scope, ...]]:
    """The scopes, one of which is enough, by operation."""
    handlers = [one for route in app.routes if isinstance(route, HTTPRoute) for one in route.route_handlers]
    return {str(one.operation_id): one.opt[NEEDS] for one in handlers if one.operation_id and one.opt.get(NEEDS)}


def _told(description: str | None, wanted: tuple[Scope, ...] | None) -> str | None:
    """What an operation does, and what one needs for it."""
    if not wanted:
        return description
    scopes = " or ".join(f"`{scope}`" for scope in wanted)
    return f"{description or ''}\n\nNeeds the scope {scopes}.".strip()


def _operations(app: Litestar) -> list[Operation]:
    verbs = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
    found = [getattr(item, verb) for item in (app.openapi_schema.paths or {}).values() for verb in verbs]
    return [one for one in found if one is not None]


def _close_schemas(app: Litestar) -> None:
    """Litestar leaves out that a struct refuses unknown fields."""
    components = app.openapi_schema.components
    for struct in CLOSED:
        schema = components.schemas[struct.__name__] if components.schemas else None
        if isinstance(schema, Schema):
            schema.additional_properties = False


def _plain(schema: Any) -> Any:
    """A schema without null among its kinds, and without a choice of one: what may be left out is not what may be null,
    which nothing in an address or an answer is.
    """
    if not isinstance(schema, Schema):
        return schema
    kinds = [_plain(one) for one in schema.one_of or () if one != NULL]
    if len(kinds) == 1 and isinstance(kinds[0], Reference):
        return kinds[0]
    said = {one.name: value for one in fields(schema) if (value := getattr(schema, one.name)) is not None}
    if len(kinds) == 1:
        del said["one_of"]
        return replace(kinds[0], **said)
    if schema.properties is not None:
        said["properties"] = {name: _plain(one) for name, one in schema.properties.items()}
    said |= {name: _plain(said[name]) for name in ("items", "additional_properties") if name in said}
    return replace(schema, **said)


def _has_json(example: Recorded) -> bool:
    return isinstance(example.response, Response) and isinstance(example.response.body, dict)


def _show_examples(operation: str, status: str, response: OpenAPIResponse, examples: dict[str, Recorded]) -> None:
    """By reference, so that each stands in the document once."""
    for media_type, content in (response.content or {}).items():
        if not isinstance(content, OpenAPIMediaType):
            continue
        names = [f"problem-{code}" for code in content.examples or ()]
        if media_type != PROBLEM:
            names = [name for name, one in examples.items() if _shows(one, operation, status)]
        there = [name for name in names if name in examples]
        content.examples = {name: Reference(ref=f"#/components/examples/{name}") for name in there} or None


def _links(operation: str, status: str) -> dict[str, Link | Reference] | None:
    following = LINKS.get((operation, status), {})
    return {name: Link(operation_id=name, parameters=dict(values)) for name, values in following.items()} or None


def _shows(example: Recorded, operation: str, status: str) -> bool:
    response = example.response
    return example.operation == operation and isinstance(response, Response) and str(response.status) == status
