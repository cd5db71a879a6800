"""What a catalog can be narrowed by: counts of its categories and metadata, under conditions."""

from collections import Counter
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobile_contract.limits import FACETS_MAX
from service.facets import actions
from service.settings import Settings
from tests.integration.conftest import Client
from tests.integration.stocks import EMPTY, Prepare, Stock, import_file, make_catalog, open_client
from tests.pictures import archive, picture

STOCK = "/v1/catalogs/stock"
KEYS = ("material", "size", "finish")
VALUES = {
    "category": ("screws", "nuts", "Été", None),
    "material": ("brass", "steel", "zinc: cast", None),
    "size": ("M4", "M5", "M6", "M8", None),
    "finish": ("zinc", "steel", None, None),
}
PRODUCTS = 40
Fields = dict[str, str | None]


def products() -> list[Fields]:
    """The same ones every time; without a value where that is None."""
    rng = np.random.default_rng(1)
    return [{field: values[rng.integers(len(values))] for field, values in VALUES.items()} for _ in range(PRODUCTS)]


def table(rows: list[Fields], pictures: str) -> str:
    lines = [f"part_number,name,category,{','.join(KEYS)},pictures"]
    for i, row in enumerate(rows):
        lines.append(",".join([f"{pictures}-{i}", "part", *(row[field] or "" for field in VALUES), pictures]))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def filled(prepare: Prepare) -> Stock:
    """The catalog ``stock``; further products without a picture, which no search finds, and another catalog."""

    def fill(settings: Settings) -> None:
        with open_client(settings) as client:
            for name in ("stock", "other"):
                make_catalog(client, name, archive(table(products(), "a.jpg"), {"a.jpg": picture("red")}))
            without = import_file(client, "stock", archive(table(products(), "")))
            assert without["counters"]["created"] == PRODUCTS

    return prepare(fill)


@pytest.fixture
def initial_stock(request: pytest.FixtureRequest, filled: Stock) -> Stock:
    return filled if "stock" in request.fixturenames else EMPTY


@pytest.fixture
def stock(client: Client) -> Client:
    return client


def ask(client: Client, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"{STOCK}/facets", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def values(answer: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    return {one["field"]: [(value["value"], value["count"]) for value in one["values"]] for one in answer["facets"]}


def passes(product: Fields, conditions: dict[str, list[str]], but: str | None = None) -> bool:
    return all(product[field] in accepted for field, accepted in conditions.items() if field != but)


def counted(field: str, conditions: dict[str, list[str]]) -> list[tuple[str, int]]:
    """By hand, with equally frequent values in the order of their characters."""
    had = Counter(one[field] for one in products() if passes(one, conditions, but=field))
    there = [(value, count) for value, count in had.items() if value is not None]
    return sorted(there, key=lambda one: (-one[1], one[0]))


def test_values_of_what_can_be_found_are_counted_most_frequent_first(stock: Client) -> None:
    answer = ask(stock)
    assert answer["products"] == PRODUCTS
    assert values(answer) == {field: counted(field, {}) for field in VALUES}
    assert answer["facets"][0]["field"] == "category"
    assert {one["furtherValues"] for one in answer["facets"]} == {0}
    assert answer["furtherKeys"] == 0


def test_a_facet_does_not_obey_its_own_condition_and_a_lookup_finds_what_it_counts(stock: Client) -> None:
    answer = ask(stock, category="screws", metadata="material:brass")
    facets = values(answer)
    assert len(facets["category"]) == 3
    assert len(facets["material"]) > 1

    def found(query: str) -> int:
        photo = picture("red", mark=50)
        looked = stock.post(f"{STOCK}/lookups?limit=50&{query}", content=photo, headers={"Content-Type": "image/jpeg"})
        return len(looked.json()["candidates"])

    assert found("category=screws&metadata=material:brass") == answer["products"]
    for category, count in facets["category"]:
        assert found(f"category={category}&metadata=material:brass") == count
    for size, count in facets["size"]:
        assert found(f"category=screws&metadata=material:brass&metadata=size:{size}") == count


@given(
    conditions=st.fixed_dictionaries(
        {},
        optional={
            field: st.lists(st.sampled_from([*filter(None, some), "none such"]), min_size=1, max_size=3)
            for field, some in VALUES.items()
        },
    ),
    keys=st.none() | st.lists(st.sampled_from([*KEYS, "none such"]), min_size=1, max_size=4),
    limit=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_those_of_counting_by_hand(
    stock: Client, conditions: dict[str, list[str]], keys: list[str] | None, limit: int
) -> None:
    asked = {
        "category": conditions.get("category", []),
        "metadata": [f"{key}:{value}" for key in KEYS for value in conditions.get(key, [])],
        "limit": limit,
    }
    answer = ask(stock, **asked, **({} if keys is None else {"key": keys}))
    assert answer["products"] == sum(passes(one, conditions) for one in products())
    expected = {field: counted(field, conditions) for field in VALUES} | {"none such": []}
    told = values(answer)
    assert told == {field: expected[field][:limit] for field in told}
    further = {one["field"]: one["furtherValues"] for one in answer["facets"]}
    assert further == {field: max(0, len(expected[field]) - limit) for field in told}
    if keys is None:
        there = [key for key in KEYS if expected[key]]
        by_products = sorted(there, key=lambda key: (-sum(count for _, count in expected[key]), key))
        assert list(told) == ["category", *by_products]
    else:
        assert list(told) == ["category", *dict.fromkeys(keys)]


def test_a_catalog_of_many_keys_tells_the_most_frequent_and_how_many_more(client: Client, run_import: Any) -> None:
    keys = [f"key {i:02}" for i in range(FACETS_MAX + 5)]
    rows = [
        ["P-1", "part", "a.jpg", *(["x"] * len(keys))],
        ["P-2", "part", "a.jpg", *([""] * 5), *(["x"] * FACETS_MAX)],
    ]
    text = "\n".join(",".join(row) for row in [["part_number", "name", "pictures", *keys], *rows])
    assert client.post("/v1/catalogs", json={"name": "stock"}).status_code == 201
    assert run_import("stock", archive(text, {"a.jpg": picture("red")}))["state"] == "completed"
    answer = ask(client)
    assert [one["field"] for one in answer["facets"]] == ["category", *keys[5:]]
    assert answer["furtherKeys"] == 5
    assert answer["facets"][0]["values"] == []
    assert values(ask(client, key=["key 00"]))["key 00"] == [("x", 1)]


def test_an_empty_catalog_and_one_without_metadata_have_an_answer(client: Client, run_import: Any) -> None:
    assert client.post("/v1/catalogs", json={"name": "stock"}).status_code == 201
    category = {"field": "category", "values": [], "furtherValues": 0}
    assert ask(client) == {"products": 0, "facets": [category], "furtherKeys": 0}
    upload = archive("part_number,name,pictures\nP-1,part,a.jpg\n", {"a.jpg": picture("red")})
    assert run_import("stock", upload)["state"] == "completed"
    assert ask(client) == {"products": 1, "facets": [category], "furtherKeys": 0}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"metadata": "brass"}, "metadata"),
        ({"category": [f"c{i}" for i in range(51)]}, "query"),
        ({"metadata": [f"size:{i}" for i in range(51)]}, "query"),
        ({"metadata": [f"{i}:x" for i in range(51)]}, "query"),
        ({"key": [f"k{i}" for i in range(FACETS_MAX + 1)]}, "key"),
        ({"key": ""}, "key"),
    ],
)
def test_what_cannot_be_asked_is_refused(stock: Client, asked: dict[str, Any], field: str) -> None:
    answer = stock.get(f"{STOCK}/facets", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed"), answer.text
    assert field in [one["field"] for one in answer.json()["errors"]]


def test_what_is_not_there_or_cannot_be_held_is_said(stock: Client) -> None:
    def problem(address: str) -> tuple[int, str]:
        answer = stock.get(address)
        return answer.status_code, answer.json()["code"]

    assert problem("/v1/catalogs/none/facets") == (404, "catalog_not_found")
    assert problem(f"{STOCK}/facets?category=a%00b") == (400, "validation_failed")
    assert problem(f"{STOCK}/facets?key=a%00b") == (400, "validation_failed")
    assert problem(f"{STOCK}/facets?metadata=a%00b:c") == (400, "validation_failed")


def test_a_count_that_takes_too_long_is_given_up(
    stock: Client, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("LOCK TABLE product IN ACCESS EXCLUSIVE MODE")
        monkeypatch.setattr(actions, "FACETS_SECONDS", 0.3)
        answer = stock.get(f"{STOCK}/facets")
        assert (answer.status_code, answer.json()["code"]) == (503, "timed_out")
        assert "Retry-After" in answer.headers
        running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%jsonb_each_text%' AND state = 'active'"
        assert connection.execute(f"{running} AND pid <> pg_backend_pid()").fetchone() == (0,)
    monkeypatch.undo()
    assert ask(stock)["products"] == PRODUCTS
