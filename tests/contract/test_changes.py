"""What breaks clients is told apart from what they do not notice, one kind of change at a time and by chance."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_contract.documents import DOCUMENT
from service.cli import main
from service.contract.changes import changes
from service.contract.schemas import Place, SchemaComparison, Side

Document = dict[str, Any]
Edit = Callable[[Document], object]

SMALL: Document = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/things/{id}": {
            "post": {
                "operationId": "postThing",
                "parameters": [
                    {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}},
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 50, "default": 5}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/New"}},
                        "image/jpeg": {"schema": {"type": "string"}},
                    }
                },
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                    },
                    "404": {
                        "content": {
                            "application/problem+json": {"examples": {"problem-not_found": {}, "problem-gone": {}}}
                        }
                    },
                },
            },
            "get": {"operationId": "getThing", "responses": {"200": {"description": "it"}}},
        }
    },
    "components": {
        "schemas": {
            "New": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 20},
                    "kind": {"enum": ["a", "b"], "type": "string"},
                    "size": {"type": "number"},
                },
            },
            "Thing": {
                "type": "object",
                "required": ["id", "parts"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "state": {"enum": ["new", "old"]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}, "minItems": 0},
                    "share": {"type": "number", "maximum": 1},
                },
            },
        }
    },
}
"""A document with one of everything; Thing holds itself."""


def post(document: Document) -> Document:
    found: Document = document["paths"]["/things/{id}"]["post"]
    return found


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def told(edit: Edit) -> list[str]:
    new = copy.deepcopy(SMALL)
    edit(new)
    return [str(one) for one in changes(SMALL, new)]


BREAKING: dict[str, tuple[Edit, str]] = {
    "operation": (lambda d: d["paths"]["/things/{id}"].pop("get"), "getThing: the operation is gone"),
    "path": (
        lambda d: d["paths"].update({"/others": d["paths"].pop("/things/{id}")}),
        "postThing: the operation is gone",
    ),
    "operation id": (lambda d: post(d).update(operationId="make"), "postThing: is called make now"),
    "parameter": (lambda d: post(d)["parameters"].pop(1), "postThing query limit: the parameter is gone"),
    "needed parameter": (
        lambda d: post(d)["parameters"].append({"in": "header", "name": "X", "required": True}),
        "postThing header X: is new and required",
    ),
    "parameter that is needed now": (
        lambda d: post(d)["parameters"][1].update(required=True),
        "postThing query limit: is required now",
    ),
    "lower maximum": (
        lambda d: post(d)["parameters"][1]["schema"].update(maximum=49),
        "postThing query limit: maximum is 49 instead of 50",
    ),
    "new minimum": (
        lambda d: post(d)["parameters"][1]["schema"].update(minimum=1),
        "postThing query limit: minimum is 1 instead of none",
    ),
    "default": (
        lambda d: post(d)["parameters"][1]["schema"].update(default=6),
        "postThing query limit: the default is 6 instead of 5",
    ),
    "body's type": (
        lambda d: post(d)["requestBody"]["content"].pop("image/jpeg"),
        "postThing body image/jpeg: the content type is gone",
    ),
    "body": (lambda d: post(d).pop("requestBody"), "postThing body: is not taken any more"),
    "needed body": (lambda d: post(d)["requestBody"].update(required=True), "postThing body: is required now"),
    "sent field": (
        lambda d: schema(d, "New")["properties"].pop("kind"),
        "New in requests kind: the field is gone",
    ),
    "needed sent field": (
        lambda d: (schema(d, "New")["properties"].update(x={}), schema(d, "New")["required"].append("x")),
        "New in requests x: the field is new and required",
    ),
    "sent value": (
        lambda d: schema(d, "New")["properties"]["kind"]["enum"].remove("a"),
        'New in requests kind: "a" is gone',
    ),
    "sent type": (
        lambda d: schema(d, "New")["properties"]["size"].update(type="integer"),
        "New in requests size: is integer instead of number",
    ),
    "closed body": (
        lambda d: schema(d, "New").update(additionalProperties=False),
        "New in requests: takes no other fields now",
    ),
    "status": (lambda d: post(d)["responses"].pop("404"), "postThing 404: the status is gone"),
    "code": (
        lambda d: post(d)["responses"]["404"]["content"]["application/problem+json"]["examples"].pop("problem-gone"),
        "postThing 404: the code gone is gone",
    ),
    "header": (lambda d: post(d)["responses"]["200"]["headers"].pop("ETag"), "postThing 200 ETag: the header is gone"),
    "field": (lambda d: schema(d, "Thing")["properties"].pop("share"), "Thing in answers share: the field is gone"),
    "field that may be left out": (
        lambda d: schema(d, "Thing")["required"].remove("parts"),
        "Thing in answers parts: may be left out now",
    ),
    "field's type": (
        lambda d: schema(d, "Thing")["properties"].update(share={"type": "string", "maximum": 1}),
        "Thing in answers share: is string instead of number",
    ),
    "field's null": (
        lambda d: schema(d, "Thing")["properties"]["share"].update(type=["number", "null"]),
        "Thing in answers share: is null or number instead of number",
    ),
    "field's limit": (
        lambda d: schema(d, "Thing")["properties"]["share"].pop("maximum"),
        "Thing in answers share: maximum is none instead of 1",
    ),
    "value": (
        lambda d: schema(d, "Thing")["properties"]["state"]["enum"].remove("old"),
        'Thing in answers state: "old" is gone',
    ),
    "credentials": (lambda d: d.update(security=[{"bearer": []}]), "postThing: wants credentials that it did not want"),
}

ADDITIVE: dict[str, tuple[Edit, str]] = {
    "operation": (
        lambda d: d["paths"].update({"/new": {"get": {"operationId": "getNew", "responses": {}}}}),
        "getNew: is new",
    ),
    "parameter": (
        lambda d: post(d)["parameters"].append({"in": "query", "name": "more", "schema": {"type": "string"}}),
        "postThing query more: is new",
    ),
    "higher maximum": (
        lambda d: post(d)["parameters"][1]["schema"].update(maximum=51),
        "postThing query limit: maximum is 51 instead of 50",
    ),
    "sent field": (lambda d: schema(d, "New")["properties"].update(x={}), "New in requests x: the field is new"),
    "sent value": (
        lambda d: schema(d, "New")["properties"]["kind"]["enum"].append("c"),
        'New in requests kind: "c" is new',
    ),
    "sent field that may be left out": (
        lambda d: schema(d, "New").pop("required"),
        "New in requests name: may be left out now",
    ),
    "field": (lambda d: schema(d, "Thing")["properties"].update(x={}), "Thing in answers x: the field is new"),
    "field that is always there": (
        lambda d: schema(d, "Thing")["required"].append("share"),
        "Thing in answers share: is required now",
    ),
    "value": (
        lambda d: schema(d, "Thing")["properties"]["state"]["enum"].append("odd"),
        'Thing in answers state: "odd" is new',
    ),
    "status": (lambda d: post(d)["responses"].update({"429": {}}), "postThing 429: the status is new"),
    "credentials that are not needed": (lambda d: d.update(security=[{}, {"bearer": []}]), ""),
    "parameter's name in the path": (
        lambda d: (
            d["paths"].update({"/things/{thing}": d["paths"].pop("/things/{id}")}),
            d["paths"]["/things/{thing}"]["post"]["parameters"][0].update(name="thing"),
        ),
        "",
    ),
    "another way of writing": (
        lambda d: post(d)["requestBody"]["content"]["application/json"].update(
            schema={"allOf": [{"$ref": "#/components/schemas/New"}], "description": "text"}
        ),
        "",
    ),
    "texts": (lambda d: (d["info"].update(title="other"), schema(d, "New").update(description="text")), ""),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_what_breaks_is_told(kind: str) -> None:
    edit, line = BREAKING[kind]
    assert f"BREAKS  {line}" in told(edit)


@pytest.mark.parametrize("kind", ADDITIVE)
def test_what_only_adds_breaks_nothing(kind: str) -> None:
    edit, line = ADDITIVE[kind]
    assert told(edit) == ([f"adds    {line}"] if line else [])


def test_the_document_is_like_itself_and_grew_from_less() -> None:
    document = json.loads(DOCUMENT.read_bytes())
    assert changes(document, document) == []
    less = copy.deepcopy(document)
    del less["paths"]["/v1/lookups/{lookup_id}/candidates"]
    del less["components"]["schemas"]["Lookup"]["properties"]["nextPhoto"]
    assert [str(one) for one in changes(less, document)] == [
        "adds    Lookup in answers nextPhoto: the field is new",
        "adds    listCandidates: is new",
    ]
    assert sum(one.breaking for one in changes(document, less)) == 2


KINDS = ("string", "integer", "number", "boolean", "array", "object")
NAMES = ("a", "b", "c")
NUMBERS = st.integers(0, 4)


def schemas(*, sent: bool) -> st.SearchStrategy[Document]:
    """Small schemas; what clients get holds no lists of values and no closed objects, which may grow all the same."""
    plain = st.one_of(
        st.fixed_dictionaries({"type": st.just("string")}, optional={"minLength": NUMBERS, "maxLength": NUMBERS}),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["integer", "number"])}, optional={"minimum": NUMBERS, "maximum": NUMBERS}
        ),
        st.just({"type": "boolean"}),
        st.just({"type": ["number", "null"]}),
        st.just({}),
        *(
            [st.fixed_dictionaries({"enum": st.lists(st.sampled_from([1, "x", True]), min_size=1, unique_by=repr)})]
            * sent
        ),
    )
    closed = {"additionalProperties": st.booleans()} if sent else {}
    return st.recursive(
        plain,
        lambda inner: st.one_of(
            st.fixed_dictionaries(
                {"type": st.just("array")}, optional={"items": inner, "minItems": NUMBERS, "maxItems": NUMBERS}
            ),
            st.fixed_dictionaries(
                {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)},
                optional={"required": st.lists(st.sampled_from(NAMES), unique=True), **closed},
            ),
        ),
        max_leaves=4,
    )


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1, 5), st.sampled_from([0.5, 2.5]), st.text("xy", max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=5,
)


def knowing(schema: Any) -> Any:
    """Of a client that sends the fields that it knows, and no others."""
    if not isinstance(schema, dict):
        return schema
    known = {name: knowing(one) for name, one in schema.get("properties", {}).items()}
    inner = {"items": knowing(schema["items"])} if "items" in schema else {}
    return {
        **schema,
        **inner,
        **({"properties": known, "additionalProperties": False} if "properties" in schema else {}),
    }


@settings(max_examples=400)
@given(old=schemas(sent=True), new=schemas(sent=True), value=VALUES)
def test_what_a_client_may_send_is_taken_after_a_change_that_breaks_nothing(
    old: Document, new: Document, value: Any
) -> None:
    found = list(SchemaComparison({}, {}).compare(Place("body"), old, new, Side.SENT))
    if jsonschema_rs.is_valid(knowing(old), value) and not jsonschema_rs.is_valid(new, value):
        assert any(one.breaking for one in found), found


@settings(max_examples=400)
@given(old=schemas(sent=False), new=schemas(sent=False), value=VALUES)
def test_what_a_client_gets_is_what_it_knows_after_a_change_that_breaks_nothing(
    old: Document, new: Document, value: Any
) -> None:
    found = list(SchemaComparison({}, {}).compare(Place("200"), old, new, Side.GOT))
    if jsonschema_rs.is_valid(new, value) and not jsonschema_rs.is_valid(old, value):
        assert any(one.breaking for one in found), found


@given(schemas(sent=True), st.sampled_from(Side))
def test_a_schema_is_like_itself(one: Document, side: Side) -> None:
    assert list(SchemaComparison({}, {}).compare(Place("body"), one, copy.deepcopy(one), side)) == []


def test_the_command_prints_lines_and_its_status_says_whether_something_breaks(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(SMALL))
    less = copy.deepcopy(SMALL)
    del less["paths"]["/things/{id}"]["get"]
    new.write_text(json.dumps(less))
    broken = CliRunner().invoke(main, ["contract", "diff", str(old), str(new)])
    assert (broken.exit_code, broken.output.splitlines()) == (
        1,
        ["BREAKS  getThing: the operation is gone", "1 breaking, 0 additive"],
    )
    grown = CliRunner().invoke(main, ["contract", "diff", str(new), str(old)])
    assert (grown.exit_code, grown.output.splitlines()) == (0, ["adds    getThing: is new", "0 breaking, 1 additive"])
    same = CliRunner().invoke(main, ["contract", "diff", str(DOCUMENT)])
    assert (same.exit_code, same.output) == (0, "0 breaking, 0 additive\n")
    old.write_text("no document")
    assert CliRunner().invoke(main, ["contract", "diff", str(old)]).exit_code == 1


def test_a_document_with_less_in_it_is_written_only_if_one_insists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    richer = json.loads(DOCUMENT.read_bytes())
    richer["paths"]["/v1/promised"] = {"get": {"operationId": "getPromised", "responses": {}}}
    committed = tmp_path / "openapi.json"
    committed.write_text(json.dumps(richer))
    monkeypatch.setattr("service.cli.contract.DOCUMENT", committed)
    monkeypatch.setattr("service.cli.contract.OLDER", tmp_path / "openapi-3.0.json")
    refused = CliRunner().invoke(main, ["contract", "write"])
    assert refused.exit_code == 1
    assert "BREAKS  getPromised: the operation is gone" in refused.output
    assert "getPromised" in committed.read_text()
    written = CliRunner().invoke(main, ["contract", "write", "--breaking"])
    assert written.exit_code == 0, written.output
    assert committed.read_bytes() == DOCUMENT.read_bytes()
