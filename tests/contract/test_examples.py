"""Every answer and every problem code has an example, and examples are what the document and the structs say."""

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import msgspec
import pytest

import mobile_contract
from mobile_contract.documents import DOCUMENT
from mobile_contract.examples import FILES, Body, Example, Response, load_examples
from mobile_contract.problems import KINDS, Code, Problem
from tests.contract.example_files import MADE, content_of
from tests.contract.example_services import SERVICES
from tests.contract.record_examples import files_of

HOW = "write mobile_contract/examples/NAME.json with about, operation and request, then: make contract"
NOBODY_READS_IT = {Code.CLIENT_CLOSED_REQUEST}
"""Documented with no operation, because the client is gone."""

FILES_GIVEN = {"getReferenceImage", "exportCatalog", "getFailedRows", "watchImport"}
"""Operations whose answers are files."""

EXAMPLES = load_examples()
OPENAPI: dict[str, Any] = json.loads(DOCUMENT.read_bytes())
OPERATIONS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in OPENAPI["paths"].items()
    for method, operation in methods.items()
}

each = pytest.mark.parametrize("name", EXAMPLES)


def answer_of(name: str) -> Response:
    response = EXAMPLES[name].response
    assert isinstance(response, Response), f"{name} has no answer yet: make contract"
    return response


def is_problem(response: Mapping[str, Any]) -> bool:
    return "application/problem+json" in response.get("content", {})


def structs() -> dict[str, type[msgspec.Struct]]:
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.iter_modules(mobile_contract.__path__, "mobile_contract.")
        if not found.ispkg
    ]
    classes = [one for module in modules for _, one in inspect.getmembers(module, inspect.isclass)]
    return {one.__name__: one for one in classes if issubclass(one, msgspec.Struct)}


def schema_of(name: str, example: Example) -> dict[str, Any] | None:
    """The JSON schema of its answer; None where that is a file or empty."""
    answer = answer_of(name)
    if answer.body is msgspec.UNSET:
        return None
    if answer.headers["Content-Type"].startswith("application/problem+json"):
        return {"$ref": "#/components/schemas/Problem"}
    _, _, operation = OPERATIONS[str(example.operation)]
    content: dict[str, Any] = operation["responses"][str(answer.status)]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return schema


UNTIL_THEN = {Code.RATE_LIMITED, Code.QUOTA_EXCEEDED}
"""Whose Retry-After is until the next minute or day."""


def test_every_answer_of_every_operation_has_an_example() -> None:
    there = {(one.operation, str(answer_of(name).status)) for name, one in EXAMPLES.items()}
    wanted = {
        (name, status)
        for name, (_, _, operation) in OPERATIONS.items()
        for status, response in operation["responses"].items()
        if not is_problem(response)
    }
    assert len(wanted) > 20
    assert wanted <= there, HOW


def test_every_problem_code_has_an_example_of_its_name() -> None:
    assert {f"problem-{code}" for code in Code} <= EXAMPLES.keys(), HOW
    for code in Code:
        answer = answer_of(f"problem-{code}")
        assert (answer.body["code"], answer.status) == (code, KINDS[code].status)
        if code in UNTIL_THEN:
            assert int(answer.headers["Retry-After"]) > 0
            continue
        assert answer.headers.get("Retry-After") == (str(seconds) if (seconds := KINDS[code].retry_after) else None)


@each
def test_it_is_called_by_what_it_shows_of_an_operation_that_there_is(name: str) -> None:
    example, answer = EXAMPLES[name], answer_of(name)
    assert example.service in SERVICES
    if name.startswith("problem-"):
        assert name == f"problem-{answer.body['code']}"
    else:
        assert name == example.operation or name.startswith(f"{example.operation}-")
    if example.operation is msgspec.UNSET:
        return
    method, path, operation = OPERATIONS[str(example.operation)]
    assert example.request.method == method
    assert re.fullmatch(re.sub(r"\{.+?\}", "[^/]+", path), example.request.path.split("?")[0])
    if str(answer.status) not in operation["responses"]:
        assert answer.body["code"] in NOBODY_READS_IT


@each
def test_its_answer_is_what_the_document_and_the_structs_say(name: str) -> None:
    schema = schema_of(name, EXAMPLES[name])
    if schema is None:
        assert answer_of(name).status in (204, 304) or EXAMPLES[name].operation in FILES_GIVEN
        return
    body = answer_of(name).body
    whole = {**schema, "components": OPENAPI["components"]}
    jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(body)
    struct = structs()[schema["$ref"].rsplit("/", 1)[-1]]
    assert msgspec.to_builtins(msgspec.convert(body, struct)) == body


@each
def test_a_json_body_that_is_taken_is_of_the_documented_form(name: str) -> None:
    example = EXAMPLES[name]
    body = example.request.body
    if not isinstance(body, Body) or body.json is msgspec.UNSET or answer_of(name).status == 400:
        return
    _, _, operation = OPERATIONS[str(example.operation)]
    schema = {**operation["requestBody"]["content"]["application/json"]["schema"], "components": OPENAPI["components"]}
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(body.json)


def test_its_files_are_there_and_no_others() -> None:
    sent = {name for example in EXAMPLES.values() for name in files_of(example)}
    kept = {path.name for path in FILES.iterdir()}
    assert sent <= kept | MADE.keys()
    assert kept <= sent
    assert all(content_of(name) is not None for name in kept)


def test_a_struct_that_is_not_what_an_example_says_is_noticed() -> None:
    body = {**answer_of("problem-not_found").body, "surprise": 1}
    assert msgspec.to_builtins(msgspec.convert(body, Problem)) != body
