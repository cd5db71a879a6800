"""What has replaced a candidate, followed to the end; and what is dangerous about it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.conftest import Client
from tests.pictures import archive, picture

CATALOG = "/v1/catalogs/colours"
RED = f"{CATALOG}/products/P-red"


def put(client: Client, number: str, superseded_by: str | None = None, **said: Any) -> None:
    body = {"name": f"part {number}"} | ({"supersededBy": superseded_by} if superseded_by else {}) | said
    assert client.put(f"{CATALOG}/products/{number}", json=body).status_code in (200, 201)


def first(client: Client) -> dict[str, Any]:
    answer = client.post(f"{CATALOG}/lookups", content=picture("red"), headers={"Content-Type": "image/jpeg"}).json()
    candidate: dict[str, Any] = answer["candidates"][0]
    assert candidate["partNumber"] == "P-red"
    stored = client.get(f"/v1/lookups/{answer['id']}").json()["candidates"][0]
    assert stored == candidate
    return candidate


def test_a_chain_is_followed_to_its_end(colours: Client) -> None:
    put(colours, "P-red", "B")
    put(colours, "B", "C/1")
    put(colours, "C%2F1")
    end = {"partNumber": "C/1", "name": "part C/1", "inCatalog": True, "hops": 2}
    candidate = first(colours)
    assert (candidate["supersededBy"], candidate["successor"]) == ("B", end | {"name": "part C%2F1"})
    assert colours.get(RED).json()["successor"] == candidate["successor"]
    listed = colours.get(f"{CATALOG}/products").json()["products"]
    similar = colours.get(f"{CATALOG}/similar", params={"partNumber": "P-blue", "limit": 50}).json()["products"]
    for products in (listed, similar):
        red = next(one for one in products if one["partNumber"] == "P-red")
        assert red["successor"] == candidate["successor"]


@pytest.mark.parametrize(
    ("chain", "end"),
    [
        ({"P-red": "B"}, {"partNumber": "B", "inCatalog": False, "hops": 1, "problem": "missing"}),
        ({"P-red": "B", "B": "C"}, {"partNumber": "C", "inCatalog": False, "hops": 2, "problem": "missing"}),
        (
            {"P-red": "P-red"},
            {"partNumber": "P-red", "name": "part P-red", "inCatalog": True, "hops": 1, "problem": "loop"},
        ),
        (
            {"P-red": "B", "B": "P-red"},
            {"partNumber": "B", "name": "part B", "inCatalog": True, "hops": 1, "problem": "loop"},
        ),
        (
            {"P-red": "B", "B": "C", "C": "B"},
            {"partNumber": "B", "name": "part B", "inCatalog": True, "hops": 1, "problem": "loop"},
        ),
        (
            {"P-red": "C0", **{f"C{at}": f"C{at + 1}" for at in range(12)}},
            {"partNumber": "C9", "name": "part C9", "inCatalog": True, "hops": 10, "problem": "too_long"},
        ),
    ],
    ids=["missing", "missing later", "itself", "loop", "loop later", "too long"],
)
def test_a_chain_without_an_end_is_told(colours: Client, chain: dict[str, str], end: dict[str, Any]) -> None:
    for number, successor in chain.items():
        put(colours, number, successor)
    assert first(colours)["successor"] == end


def test_as_long_as_is_followed(colours: Client) -> None:
    put(colours, "P-red", "C0")
    for at in range(9):
        put(colours, f"C{at}", f"C{at + 1}")
    put(colours, "C9")
    end = {"partNumber": "C9", "name": "part C9", "inCatalog": True, "hops": 10}
    assert first(colours)["successor"] == end


def test_a_removed_successor_is_not_in_the_catalog(colours: Client) -> None:
    put(colours, "P-red", "B")
    put(colours, "B")
    assert first(colours)["successor"]["inCatalog"]
    colours.delete(f"{CATALOG}/products/B")
    assert first(colours)["successor"] == {"partNumber": "B", "inCatalog": False, "hops": 1, "problem": "missing"}


def test_what_was_not_replaced_says_nothing(colours: Client) -> None:
    candidate = first(colours)
    assert not {"successor", "supersededBy", "notices"} & candidate.keys()


def test_candidates_say_what_is_dangerous_today_the_gravest_first(colours: Client) -> None:
    today = datetime.now(UTC).date()
    past, future = (today - timedelta(days=2)).isoformat(), (today + timedelta(days=2)).isoformat()
    mild = {"severity": "info", "text": "New colour"}
    holds = {
        "severity": "danger",
        "text": "Hot",
        "url": "https://example.com/x",
        "validFrom": past,
        "validUntil": future,
    }
    over = {"severity": "warning", "text": "Over", "validUntil": past}
    coming = {"severity": "danger", "text": "Coming", "validFrom": future}
    put(colours, "P-red", notices=[mild, over, holds, coming])
    assert first(colours)["notices"] == [holds, mild]
    assert colours.get(RED).json()["notices"] == [mild, over, holds, coming]
    listed = colours.get(f"{CATALOG}/products").json()["products"]
    assert next(one for one in listed if one["partNumber"] == "P-red")["notices"] == [holds, mild]


def test_a_table_says_notices_as_json_in_a_column_and_without_it_they_stay(client: Client, run_import: Any) -> None:
    client.post("/v1/catalogs", json={"name": "colours"})
    notice = '[{"severity": "danger", "text": "Hot", "valid_until": "2999-12-31"}]'
    rows = ("P-red", "red", notice), ("P-bad", "bad", '[{"severity": "grave", "text": "x"}]'), ("P-none", "none", "")
    table = io.StringIO()
    csv.writer(table).writerows([("part_number", "name", "notices"), *rows])
    job = run_import("colours", archive(table.getvalue()))
    assert (job["counters"]["created"], job["counters"]["failed"]) == (2, 1)
    assert [(one["line"], one["column"], one["code"]) for one in job["errors"]] == [(3, "notices", "notices_invalid")]
    shown = [{"severity": "danger", "text": "Hot", "validUntil": "2999-12-31"}]
    assert client.get(RED).json()["notices"] == shown
    run_import("colours", archive("part_number,name\nP-red,crimson\n"))
    assert (client.get(RED).json()["name"], client.get(RED).json()["notices"]) == ("crimson", shown)
    run_import("colours", archive("part_number,name,notices\nP-red,crimson,\n"))
    assert "notices" not in client.get(RED).json()
