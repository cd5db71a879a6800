"""Further candidates, page by page, of lookups and of products that look like one."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobile_contract.limits import CANDIDATES_MAX, SIMILAR_MAX
from service.settings import Settings
from tests.integration.conftest import Client
from tests.integration.stocks import Prepare, Stock, make_catalog, open_client
from tests.pictures import COLOURS, archive, picture

SHELF = "/v1/catalogs/shelf"
PRODUCTS = 120
RANKED = 20
"""By a photo: what the image channel proposes."""
JPEG = {"Content-Type": "image/jpeg"}

pytestmark = pytest.mark.usefixtures("unhurried_keeper")


def shelf_table(*, renamed: str = "part") -> str:
    """Products of six colours, twenty of each: of one colour all look the same."""
    lines = ["part_number,name,category,shade,pictures"]
    for i in range(PRODUCTS):
        colour = COLOURS[i % len(COLOURS)]
        lines.append(f"P-{i:03},{renamed} {colour},{'even' if i % 2 == 0 else 'odd'},{colour},{colour}.jpg")
    return "\n".join(lines) + "\n"


PICTURES = {f"{colour}.jpg": picture(colour) for colour in COLOURS}


@pytest.fixture(scope="module")
def initial_stock(prepare: Prepare) -> Stock:
    def fill(settings: Settings) -> None:
        with open_client(settings) as client:
            make_catalog(client, "shelf", archive(shelf_table(), PICTURES))

    return prepare(fill)


@pytest.fixture
def shelf(client: Client) -> Client:
    return client


def given_by(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def look_up(client: Client, query: str = "", colour: str = "red") -> dict[str, Any]:
    return given_by(client.post(f"{SHELF}/lookups{query}", content=picture(colour, mark=50), headers=JPEG))


def page(client: Client, lookup_id: str, **asked: Any) -> dict[str, Any]:
    return given_by(client.get(f"/v1/lookups/{lookup_id}/candidates", params=asked))


def pages(client: Client, answer: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """All candidates: the answer's own, and those of all pages after it."""
    found = list(answer["candidates"])
    while "next" in answer:
        answer = page(client, answer.get("lookupId") or answer["id"], after=answer["next"], limit=limit)
        assert 0 < len(answer["candidates"]) <= limit
        found += answer["candidates"]
    return found


def numbers(candidates: list[dict[str, Any]]) -> list[str]:
    return [one["partNumber"] for one in candidates]


@pytest.mark.parametrize("limit", [1, 3, 19])
def test_pages_go_on_where_the_answer_ended(shelf: Client, limit: int) -> None:
    answer = look_up(shelf, f"?limit={limit}")
    assert len(answer["candidates"]) == limit
    assert answer["ranked"] == RANKED
    found = pages(shelf, answer, limit)
    assert [one["rank"] for one in found] == list(range(1, RANKED + 1))
    assert len(set(numbers(found))) == RANKED
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    again = page(shelf, answer["id"], limit=limit)
    assert (again["lookupId"], again["candidates"], again["next"]) == (answer["id"], found[:limit], answer["next"])
    assert numbers(look_up(shelf, f"?limit={RANKED}")["candidates"]) == numbers(found)


def test_where_all_are_shown_there_is_no_next(shelf: Client) -> None:
    answer = look_up(shelf, f"?limit={RANKED}")
    assert (answer["ranked"], "next" in answer) == (RANKED, False)
    assert "next" not in page(shelf, answer["id"], limit=RANKED)
    nothing = look_up(shelf, "?category=none")
    assert (nothing["ranked"], "next" in nothing) == (0, False)
    assert page(shelf, nothing["id"])["candidates"] == []


def test_the_answer_stays_as_it_was_given_and_pages_too(shelf: Client, run_import: Any) -> None:
    first = shelf.post(f"{SHELF}/lookups?limit=2&facet=shade", content=picture("red", mark=50), headers=JPEG)
    found = pages(shelf, first.json(), 7)
    assert run_import("shelf", archive(shelf_table(renamed="new"), PICTURES))["counters"]["updated"] == PRODUCTS
    assert shelf.get(first.headers["Location"]).content == first.content
    assert pages(shelf, first.json(), 7) == found
    assert {one["name"] for one in found} == {"part red"}


def test_a_product_of_a_further_page_can_be_confirmed(shelf: Client) -> None:
    answer = look_up(shelf, "?limit=2")
    last = pages(shelf, answer, 5)[-1]["partNumber"]
    assert last not in numbers(answer["candidates"])
    said = {"outcome": "confirmed", "partNumber": last}
    kept = given_by(shelf.post(f"/v1/lookups/{answer['id']}/confirmation", json=said))
    assert given_by(shelf.get(f"/v1/lookups/{answer['id']}")) == {**answer, "confirmation": kept}
    assert "confirmation" not in page(shelf, answer["id"])


def test_a_text_ranks_more_than_are_kept(shelf: Client) -> None:
    answer = given_by(shelf.post(f"{SHELF}/lookups", json={"text": "part"}))
    assert answer["ranked"] > CANDIDATES_MAX
    found = pages(shelf, answer, 30)
    assert len(set(numbers(found))) == len(found) == CANDIDATES_MAX
    most = given_by(shelf.post(f"{SHELF}/lookups", json={"text": "part", "limit": CANDIDATES_MAX}))
    assert numbers(most["candidates"]) == numbers(found)
    assert "next" not in most


def test_a_lookup_of_before_there_were_pages_has_the_candidates_of_its_answer(shelf: Client, database_url: str) -> None:
    answer = look_up(shelf)
    with psycopg.connect(database_url) as connection:
        without = "(answer::jsonb - 'next' - 'ranked')::json"
        connection.execute(f"UPDATE lookup SET further_candidates = DEFAULT, answer = {without}")
    kept = given_by(shelf.get(f"/v1/lookups/{answer['id']}"))
    assert kept == {name: value for name, value in answer.items() if name not in ("next", "ranked")}
    found = page(shelf, answer["id"], limit=50)
    assert (found["candidates"], "next" in found) == (answer["candidates"], False)


def test_a_wrong_cursor_is_refused(shelf: Client) -> None:
    answer, other = look_up(shelf, "?limit=2"), look_up(shelf, "?limit=2", colour="blue")
    assert numbers(answer["candidates"]) != numbers(other["candidates"])
    like = given_by(shelf.get(f"{SHELF}/similar", params={"partNumber": "P-000"}))["next"]
    for after in ("5", "", "x" * 3_000, "☃", answer["next"][:-1], answer["next"] + "A", other["next"], like):
        refused = shelf.get(f"/v1/lookups/{answer['id']}/candidates", params={"after": after})
        assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed"), after
        assert [one["field"] for one in refused.json()["errors"]] == ["after"]
    for limit in (0, CANDIDATES_MAX + 1):
        refused = shelf.get(f"/v1/lookups/{answer['id']}/candidates", params={"limit": limit})
        assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")
    nowhere = shelf.get(f"/v1/lookups/{uuid4()}/candidates", params={"after": answer["next"]})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "lookup_not_found")


@given(sizes=st.lists(st.integers(1, CANDIDATES_MAX), min_size=1, max_size=RANKED))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_any_sizes_leave_nothing_out_and_repeat_nothing(shelf: Client, sizes: list[int]) -> None:
    answer = look_up(shelf, "?limit=1")
    found, after = [], None
    for size in [*sizes, CANDIDATES_MAX]:
        one = page(shelf, answer["id"], limit=size, **({"after": after} if after else {}))
        found += one["candidates"]
        if (after := one.get("next")) is None:
            break
    assert [one["rank"] for one in found] == list(range(1, RANKED + 1))


def test_what_was_ranked_is_counted_and_not_only_what_is_shown(shelf: Client) -> None:
    answer = look_up(shelf, "?limit=2&facet=category&facet=shade&facet=none&facet=category")
    ranked = pages(shelf, answer, CANDIDATES_MAX)
    assert [one["field"] for one in answer["facets"]] == ["category", "shade", "none"]
    category, shade, none = answer["facets"]
    even = sum(one["category"] == "even" for one in ranked)
    counts = {"even": even, "odd": RANKED - even}
    assert {one["value"]: one["count"] for one in category["values"]} == {k: v for k, v in counts.items() if v}
    assert sum(one["count"] for one in shade["values"]) == RANKED
    assert shade["values"] == sorted(shade["values"], key=lambda one: (-one["count"], one["value"]))
    assert none == {"field": "none", "values": [], "furtherValues": 0}
    assert "facets" not in look_up(shelf)


def test_facets_are_asked_in_a_form_and_in_json_and_too_many_are_refused(shelf: Client) -> None:
    photo, said = {"photo": ("p.jpg", picture("red"), "image/jpeg")}, {"request": '{"facets": ["shade"]}'}
    assert given_by(shelf.post(f"{SHELF}/lookups", files=photo, data=said))["facets"][0]["field"] == "shade"
    typed = given_by(shelf.post(f"{SHELF}/lookups", json={"text": "P-004", "facets": ["category"]}))
    assert sum(one["count"] for one in typed["facets"][0]["values"]) == typed["ranked"]
    assert given_by(shelf.post(f"{SHELF}/lookups", json={"text": "P-004", "facets": []}))["facets"] == []
    for wrong in (["x"] * 21, [""], "shade"):
        refused = shelf.post(f"{SHELF}/lookups", json={"text": "P-004", "facets": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")
    many = "&".join(f"facet=f{i}" for i in range(21))
    refused = shelf.post(f"{SHELF}/lookups?{many}", content=picture("red"), headers=JPEG)
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")


def like(client: Client, **asked: Any) -> dict[str, Any]:
    return given_by(client.get(f"{SHELF}/similar", params={"partNumber": "P-000", **asked}))


def all_like(client: Client, **asked: Any) -> list[dict[str, Any]]:
    answer = like(client, **asked)
    found: list[dict[str, Any]] = answer["products"]
    while "next" in answer:
        answer = like(client, after=answer["next"], **asked)
        found += answer["products"]
    return found


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_products_like_one_come_in_pages_too(shelf: Client, limit: int) -> None:
    """Most of them have the very score of others."""
    found = all_like(shelf, limit=limit)
    assert len(found) == len(set(numbers(found))) == SIMILAR_MAX
    assert sorted(numbers(found)[:19]) == [f"P-{i:03}" for i in range(6, PRODUCTS, 6)]
    assert found == all_like(shelf, limit=13) == all_like(shelf, limit=13, facet="shade")


def test_products_like_one_are_narrowed_and_counted(shelf: Client) -> None:
    answer = like(shelf, metadata=["shade:blue", "shade:lime"], category="even", facet=["shade", "category"])
    shades, categories = ({v["value"]: v["count"] for v in one["values"]} for one in answer["facets"])
    assert (shades, categories) == ({"blue": 20}, {"even": 20})
    assert (len(answer["products"]), "next" in answer) == (5, True)
    assert "facets" not in like(shelf)
    refused = shelf.get(f"{SHELF}/similar", params={"partNumber": "P-000", "metadata": "blue"})
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")


def test_a_product_that_goes_between_two_pages_moves_no_other(shelf: Client, database_url: str) -> None:
    before = all_like(shelf, limit=50)
    first = like(shelf, limit=5)
    with psycopg.connect(database_url) as connection:
        gone = [first["products"][1]["partNumber"], first["products"][4]["partNumber"]]
        connection.execute("DELETE FROM product WHERE part_number = ANY(%s)", [gone])
    second = like(shelf, limit=5, after=first["next"])
    assert numbers(second["products"]) == numbers(before)[5:10]
    refused = shelf.get(f"{SHELF}/similar", params={"partNumber": "P-000", "after": "5"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "after")
