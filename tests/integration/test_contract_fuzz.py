"""Schemathesis against the running service, for a moment; ``make contract-fuzz`` does it for as long as one likes."""

import pytest

from tests.contract.fuzz import Counts, Result, fuzz
from tests.integration.conftest import Client


def test_whatever_is_asked_is_answered_as_documented() -> None:
    settings = {"PHOTOCODE_SURFACE": "off", "PHOTOCODE_TEXT": "off"}
    result = fuzz(50, seed=11, phases="fuzzing,stateful", settings=settings)
    assert not result.failed, result.report
    assert result.cases >= 50
    assert result.operations["lookUp"]
    assert any(status.startswith("2") for status in result.statuses)


def test_the_figures_are_those_of_the_answers() -> None:
    counts = Counts(statuses={"200": 3, "202": 1, "404": 1200}, operations={"lookUp": 1204})
    result = Result.of(counts, failed=0, seconds=2.4)
    assert result.line() == "1,204 cases of 1 operations (4 2xx, 1,200 4xx): 0 failures, 2 s"
    assert "FAILURES" in Result.of(counts, failed=1, seconds=2.4).line()


@pytest.mark.parametrize(
    ("address", "methods"),
    [
        ("/v1/catalogs", "GET, OPTIONS, POST"),
        ("/v1/catalogs/any/tags", "GET, OPTIONS, PUT"),
        ("/v1/catalogs/any/lookups", "OPTIONS, POST"),
    ],
)
def test_an_address_names_all_its_methods(client: Client, address: str, methods: str) -> None:
    """Schemathesis found that OPTIONS named those of one handler only."""
    told = client.options(address)
    assert (told.status_code, told.headers["Allow"]) == (204, methods)
    assert client.delete(address).headers["Allow"] == methods
