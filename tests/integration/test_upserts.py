"""Many products created or updated at once, each for itself."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pytest

from mobile_contract.limits import UPSERT_PRODUCTS_MAX
from tests.integration.conftest import Client

UPSERTS = "/v1/catalogs/parts/upserts"
PRODUCTS = "/v1/catalogs/parts/products"


@pytest.fixture
def parts(client: Client) -> Client:
    """The application with the empty catalog ``parts``."""
    assert client.post("/v1/catalogs", json={"name": "parts"}).status_code == 201
    return client


def items(*numbers: str, **said: Any) -> list[dict[str, Any]]:
    return [{"partNumber": number, "name": f"part {number}", **said} for number in numbers]


def upsert(client: Client, said: Any, key: str = "") -> dict[str, Any]:
    answer = client.post(UPSERTS, json=said, headers={"Idempotency-Key": key} if key else {})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(client: Client) -> list[str]:
    return [one["partNumber"] for one in client.get(PRODUCTS).json()["products"]]


def test_products_are_created_updated_and_left_as_they_are(parts: Client) -> None:
    assert upsert(parts, items("A/1", "B")) == {"created": 2, "updated": 0, "unchanged": 0, "errors": []}
    said = [*items("A/1"), *items("B", category="pumps"), *items("C")]
    assert upsert(parts, said) == {"created": 1, "updated": 1, "unchanged": 1, "errors": []}
    assert listed(parts) == ["A/1", "B", "C"]
    assert parts.get(f"{PRODUCTS}/B").json()["category"] == "pumps"


def test_what_is_left_out_is_empty_but_for_notices(parts: Client) -> None:
    notice = {"severity": "warning", "text": "Hot"}
    upsert(parts, items("A", category="pumps", metadata={"volt": "12"}, notices=[notice]))
    assert upsert(parts, items("A"))["updated"] == 1
    product = parts.get(f"{PRODUCTS}/A").json()
    assert ("category" in product, product["metadata"], product["notices"]) == (False, {}, [notice])
    assert upsert(parts, items("A", notices=[]))["updated"] == 1
    assert "notices" not in parts.get(f"{PRODUCTS}/A").json()


def test_the_wrong_ones_are_told_and_the_others_written(parts: Client) -> None:
    wrong: list[Any] = [
        {"name": "n"},
        {"partNumber": "W-1", "name": "n" * 501},
        7,
        {"partNumber": "W-2", "name": "n", "colour": "red"},
        {"partNumber": "W-3", "name": "n", "metadata": {"k": 1}},
        {"partNumber": "W-4", "name": "n\x00"},
        {"partNumber": "A", "name": "again"},
        {"partNumber": "W-5", "name": "n", "notices": [{"severity": "info", "text": "t", "url": "ftp://x"}]},
        {
            "partNumber": "W-6",
            "name": "n",
            "notices": [{"severity": "info", "text": "t", "validFrom": "2030-01-02", "validUntil": "2030-01-01"}],
        },
    ]
    told = upsert(parts, [*items("A"), *wrong, *items("Z")])
    assert (told["created"], told["updated"], told["unchanged"]) == (2, 0, 0)
    assert [(one["index"], one["code"], one.get("column")) for one in told["errors"]] == [
        (1, "item_invalid", "partNumber"),
        (2, "item_invalid", "name"),
        (3, "item_invalid", None),
        (4, "item_invalid", None),
        (5, "item_invalid", "metadata"),
        (6, "item_refused", None),
        (7, "part_number_repeated", "partNumber"),
        (8, "item_invalid", "notices"),
        (9, "item_invalid", "notices"),
    ]
    assert listed(parts) == ["A", "Z"]
    assert parts.get(f"{PRODUCTS}/A").json()["name"] == "part A"


@pytest.mark.parametrize("kind", ["application/jsonl", "application/x-ndjson"])
def test_an_object_a_line_does_as_well(parts: Client, kind: str) -> None:
    lines = b"\n".join([*map(msgspec.json.encode, items("A", "B")), b"", b"{broken", b""])
    told = parts.post(UPSERTS, content=lines, headers={"Content-Type": kind}).json()
    assert (told["created"], [(one["index"], one["code"]) for one in told["errors"]]) == (2, [(2, "item_invalid")])


def test_a_repeated_request_gets_the_same_answer_and_writes_once(parts: Client) -> None:
    first = upsert(parts, items("A"), key="k1")
    upsert(parts, items("A", category="pumps"))
    assert upsert(parts, items("A"), key="k1") == first
    assert parts.get(f"{PRODUCTS}/A").json()["category"] == "pumps"
    other = parts.post(UPSERTS, json=items("B"), headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_as_many_as_are_taken_and_one_more(parts: Client) -> None:
    full = items(*(f"P-{at:04}" for at in range(UPSERT_PRODUCTS_MAX)))
    assert upsert(parts, full)["created"] == UPSERT_PRODUCTS_MAX
    for said in ([*full, *items("more")], []):
        answer = parts.post(UPSERTS, json=said)
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_two_who_write_the_same_products_in_another_order_both_get_through(parts: Client) -> None:
    numbers = [f"P-{at}" for at in range(100)]

    def write(at: int) -> tuple[int, int]:
        order = numbers if at % 2 else numbers[::-1]
        answer: httpx.Response = parts.post(UPSERTS, json=items(*order, category=f"c{at}"))
        return answer.status_code, len(answer.json()["errors"])

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(write, range(4))) == [(200, 0)] * 4


def test_other_bodies_are_refused(parts: Client) -> None:
    told = [
        parts.post(UPSERTS, content=b"part_number,name", headers={"Content-Type": "text/csv"}),
        parts.post(UPSERTS, json={"partNumber": "A", "name": "a"}),
        parts.post(UPSERTS, content=b"[", headers={"Content-Type": "application/json"}),
        parts.post("/v1/catalogs/none/upserts", json=items("A")),
    ]
    assert [one.json()["code"] for one in told] == [
        "unsupported_media_type",
        "validation_failed",
        "validation_failed",
        "catalog_not_found",
    ]
