"""The committed OpenAPI document is the code's, and holds what generators need."""

import json
from typing import Any

import pytest

from mobile_contract.problems import KINDS, Code
from service.cli.contract import DOCUMENT, document


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_bytes())
    return found


def test_the_committed_document_is_that_of_the_code() -> None:
    assert DOCUMENT.read_bytes() == document(), "run: photocode contract write"


def test_every_operation_has_an_explicit_id_and_a_tag(openapi: dict[str, Any]) -> None:
    operations = [operation for methods in openapi["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids)) >= 12
    assert all(operation["tags"] for operation in operations)
    assert all("_" not in name for name in ids)


def test_answers_hold_no_null_unions(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    assert schemas["Lookup"]["properties"]["candidates"]
    assert '"null"' not in json.dumps(schemas)


def test_bodies_that_refuse_unknown_fields_say_so(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    assert [schemas[name]["additionalProperties"] for name in ("NewCatalog", "NewConfirmation")] == [False, False]


def test_channels_are_named_wherever_they_can_be_asked_for(openapi: dict[str, Any]) -> None:
    post = openapi["paths"]["/v1/catalogs/{catalog}/lookups"]["post"]
    channel = {"$ref": "#/components/schemas/Channel"}
    form = post["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["request"]
    assert form["properties"]["channels"]["items"] == channel
    (query,) = (one for one in post["parameters"] if one["name"] == "channel")
    assert channel in [kind.get("items") for kind in query["schema"]["oneOf"]]
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


def test_the_document_is_openapi_3_1(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1")
