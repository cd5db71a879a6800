"""The committed OpenAPI document is the code's, and holds what generators need."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

import mobile_contract
from mobile_contract.documents import DOCUMENT, OLDER
from mobile_contract.problems import KINDS, Code
from service.cli.contract import document, older_document
from service.contract.older import as_3_0


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_bytes())
    return found


def test_the_committed_document_is_that_of_the_code() -> None:
    assert DOCUMENT.read_bytes() == document(), "run: make contract"
    assert OLDER.read_bytes() == older_document(), "run: make contract"


def test_every_operation_has_an_explicit_id_and_a_tag(openapi: dict[str, Any]) -> None:
    operations = [operation for methods in openapi["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids)) >= 12
    assert all(operation["tags"] for operation in operations)
    assert all("_" not in name for name in ids)


def schemas_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema of the document, wherever it stands, and all within."""
    holders = [{"schema": one} for one in document["components"]["schemas"].values()]
    for methods in document["paths"].values():
        for operation in methods.values():
            holders += operation.get("parameters", [])
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            holders += [content for body in bodies for content in body.get("content", {}).values()]
            holders += [one for body in bodies for one in body.get("headers", {}).values()]
    for holder in holders:
        yield from within(holder.get("schema", {}))


def within(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for one in schema.values():
            yield from within(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from within(one)


def test_nothing_is_null_or_one_of_several_kinds(openapi: dict[str, Any]) -> None:
    """Which generators for Swift and Kotlin handle badly: what has no value is left out."""
    found = list(schemas_of(openapi))
    assert len(found) > 500
    for schema in found:
        kinds = schema.get("type")
        assert kinds != "null", schema
        assert not isinstance(kinds, list), schema
        assert "nullable" not in schema, schema
        assert not {"oneOf", "anyOf"} & schema.keys(), schema
        assert len(schema.get("allOf", [{}])) == 1, schema  # a reference, and words beside it
        assert None not in (enum if isinstance(enum := schema.get("enum"), list) else []), schema


def test_no_struct_of_the_contract_has_a_field_that_may_be_null() -> None:
    structs = [
        struct
        for found in pkgutil.iter_modules(mobile_contract.__path__, "mobile_contract.")
        if not found.ispkg
        for _, struct in inspect.getmembers(importlib.import_module(found.name), inspect.isclass)
        if issubclass(struct, msgspec.Struct)
    ]
    assert len(structs) > 40
    for struct in structs:
        for field in msgspec.inspect.type_info(struct).fields:  # type: ignore[attr-defined]
            assert not isinstance(field.type, msgspec.inspect.NoneType), (struct, field.name)
            kinds = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else ()
            assert not any(isinstance(kind, msgspec.inspect.NoneType) for kind in kinds), (struct, field.name)


def test_bodies_that_refuse_unknown_fields_say_so(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    assert [schemas[name]["additionalProperties"] for name in ("NewCatalog", "NewConfirmation")] == [False, False]


def test_channels_are_named_wherever_they_can_be_asked_for(openapi: dict[str, Any]) -> None:
    post = openapi["paths"]["/v1/catalogs/{catalog}/lookups"]["post"]
    channel = {"$ref": "#/components/schemas/Channel"}
    form = post["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["request"]
    assert form["properties"]["channels"]["items"] == channel
    (query,) = (one for one in post["parameters"] if one["name"] == "channel")
    assert query["schema"]["items"] == channel
    assert openapi["components"]["schemas"]["Channel"]["enum"] == [
        "image",
        "surface",
        "geometry",
        "text",
        "barcode",
        "reading",
        "size",
    ]


def test_what_a_channel_that_did_not_answer_would_say_may_be_left_out(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    assert schemas["Evidence"].get("required", []) == []
    assert "outline" not in schemas["Candidate"]["required"]
    assert "probability" not in schemas["VerdictBasis"]["required"]
    assert {"dropped", "timings"} <= set(schemas["Lookup"]["required"])


def test_every_code_has_a_kind() -> None:
    assert set(KINDS) == set(Code)
    for code, kind in KINDS.items():
        assert 400 <= kind.status <= 599, code


def test_the_documents_are_openapi_3_1_and_3_0_3(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(openapi).validate()
    older = json.loads(OLDER.read_bytes())
    assert older["openapi"] == "3.0.3"
    OpenAPIV30SpecValidator(older).validate()
    assert older["paths"].keys() == openapi["paths"].keys()
    fields = [[sorted(one["properties"]) for one in schemas_of(it) if "properties" in one] for it in (older, openapi)]
    assert fields[0] == fields[1]


def test_the_older_document_says_the_same_in_other_words() -> None:
    def of(schema: dict[str, Any]) -> Any:
        newer = {"openapi": "3.1.0", "info": {"title": "t", "version": "1", "summary": "s"}, "paths": {}}
        older = as_3_0({**newer, "components": {"schemas": {"A": schema}}})
        OpenAPIV30SpecValidator(older).validate()
        return older["components"]["schemas"]["A"]

    assert of({"type": ["string", "null"]}) == {"type": "string", "nullable": True}
    assert of({"const": "a"}) == {"enum": ["a"]}
    assert of({"type": "string", "examples": ["a", "b"]}) == {"type": "string", "example": "a"}
    assert of({"type": "number", "exclusiveMinimum": 0}) == {"type": "number", "minimum": 0, "exclusiveMinimum": True}
    assert of({"type": "object", "required": []}) == {"type": "object"}
    assert of({"type": "object", "properties": {"b": {"$ref": "#/components/schemas/A", "description": "d"}}}) == {
        "type": "object",
        "properties": {"b": {"allOf": [{"$ref": "#/components/schemas/A"}], "description": "d"}},
    }
    for unsayable in ({"type": ["string", "integer"]}, {"type": "null"}, {"oneOf": [{"type": "null"}, {}]}):
        with pytest.raises(ValueError, match=r"3\.0 has no"):
            of(unsayable)


COUNTED = {
    "lookUp",
    "teachProduct",
    "addReferences",
    "uploadPictures",
    "upsertProducts",
    "startImport",
    "previewImport",
}
"""Operations that are counted towards rates and quotas."""


def operations_of(openapi: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Answers of each operation, by status."""
    operations = [operation for methods in openapi["paths"].values() for operation in methods.values()]
    return {one["operationId"]: one["responses"] for one in operations}


def test_counted_routes_say_what_is_left_and_no_other(openapi: dict[str, Any]) -> None:
    told = {"RateLimit", "RateLimit-Policy"}
    found = operations_of(openapi)
    assert found.keys() >= COUNTED
    for operation, answers in found.items():
        for status, answer in answers.items():
            headers = answer.get("headers", {}).keys() & told
            assert headers == (told if operation in COUNTED else set()), (operation, status)
        refused = answers.get("429", {}).get("description", "")
        assert ("rate_limited" in refused) == (operation in COUNTED), operation


def test_problems_that_may_pass_say_when(openapi: dict[str, Any]) -> None:
    found = operations_of(openapi)
    passing = dict.fromkeys(("429", "503"), 0)
    for operation, answers in found.items():
        for status in passing.keys() & answers.keys():
            if "application/problem+json" in answers[status]["content"]:
                assert "Retry-After" in answers[status]["headers"], (operation, status)
                passing[status] += 1
        for status in {"200", "201", "400", "401", "404"} & answers.keys():
            assert "Retry-After" not in answers[status].get("headers", {}), (operation, status)
    assert min(passing.values()) > 40
    assert "Retry-After" in found["lookUp"]["409"]["headers"], "a key whose request is being answered"


def test_headers_stand_in_both_documents_once(openapi: dict[str, Any]) -> None:
    older: dict[str, Any] = json.loads(OLDER.read_bytes())
    for one in (openapi, older):
        assert set(one["components"]["headers"]) == {"RateLimit", "RateLimit-Policy", "Retry-After"}
        said = one["paths"]["/v1/catalogs/{catalog}/lookups"]["post"]["responses"]["200"]["headers"]["RateLimit"]
        assert said == {"$ref": "#/components/headers/RateLimit"}
