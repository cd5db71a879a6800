"""The document as OpenAPI 3.0.3, for generators that cannot read 3.1."""

from typing import Any

VERSION = "3.0.3"
VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SCHEMAS = ("items", "additionalProperties", "not")
_LISTS = ("allOf", "anyOf", "oneOf")
_UNKNOWN = ("$schema", "$id", "$comment", "patternProperties", "propertyNames", "contentMediaType", "contentEncoding")


def as_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """A document of OpenAPI 3.1 as one of 3.0.3; what is said stays the same.

    Raises:
        ValueError: a schema says what 3.0 cannot say.

    """
    told = {key: value for key, value in document.items() if key not in ("webhooks", "jsonSchemaDialect")}
    components = told.get("components", {})
    schemas = {name: _schema(one) for name, one in components.get("schemas", {}).items()}
    return {
        **told,
        "openapi": VERSION,
        "info": {key: value for key, value in document["info"].items() if key != "summary"},
        "paths": {path: _path(item) for path, item in document["paths"].items()},
        "components": {**components, "schemas": schemas},
    }


def _path(item: dict[str, Any]) -> dict[str, Any]:
    return {key: _operation(value) if key in VERBS else value for key, value in item.items()}


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    told = dict(operation)
    if "parameters" in told:
        told["parameters"] = [_with_schema(one) for one in told["parameters"]]
    if "requestBody" in told:
        told["requestBody"] = _with_content(told["requestBody"])
    told["responses"] = {status: _response(one) for status, one in told.get("responses", {}).items()}
    return told


def _response(response: dict[str, Any]) -> dict[str, Any]:
    told = _with_content(response)
    if "headers" in told:
        told["headers"] = {name: _with_schema(one) for name, one in told["headers"].items()}
    return told


def _with_content(holder: dict[str, Any]) -> dict[str, Any]:
    if "content" not in holder:
        return holder
    return {**holder, "content": {kind: _with_schema(one) for kind, one in holder["content"].items()}}


def _with_schema(holder: dict[str, Any]) -> dict[str, Any]:
    return {**holder, "schema": _schema(holder["schema"])} if "schema" in holder else holder


def _schema(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        # In 3.0 whatever stands beside a reference is ignored.
        return {"allOf": [{"$ref": schema["$ref"]}], **_schema(beside)} if beside else schema
    told = {key: value for key, value in schema.items() if key not in _UNKNOWN}
    told |= {key: _schema(told[key]) for key in _SCHEMAS if key in told}
    told |= {key: [_schema(one) for one in told[key]] for key in _LISTS if key in told}
    if told.get("required") == []:
        del told["required"]
    if "properties" in told:
        told["properties"] = {name: _schema(one) for name, one in told["properties"].items()}
    return _bounds(_examples(_kinds(told)))


def _examples(schema: dict[str, Any]) -> dict[str, Any]:
    examples = schema.pop("examples", None)
    if examples and "example" not in schema:
        schema["example"] = next(iter(examples.values())) if isinstance(examples, dict) else examples[0]
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    return schema


def _kinds(schema: dict[str, Any]) -> dict[str, Any]:
    """``null`` is no type of 3.0, which says ``nullable``, and lists of types are alternatives."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        others = [kind for kind in kinds if kind != "null"]
        if len(others) != 1:
            raise ValueError(f"3.0 has no list of types: {kinds}")
        schema |= {"type": others[0], "nullable": True} if "null" in kinds else {"type": others[0]}
    elif kinds == "null":
        raise ValueError("3.0 has no type null by itself")
    for key in ("oneOf", "anyOf"):
        if {"type": "null"} in schema.get(key, ()):
            raise ValueError("3.0 has no union with null")
    return schema


def _bounds(schema: dict[str, Any]) -> dict[str, Any]:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if exclusive in schema and not isinstance(schema[exclusive], bool):
            schema |= {bound: schema[exclusive], exclusive: True}
    return schema
