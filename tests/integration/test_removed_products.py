"""Removed products: nothing finds them, earlier answers still show them, and they come back as they were."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from catalog.search.keys import READ as KEYS_READ
from tests.integration.conftest import Client
from tests.pictures import archive, coded, encoded, picture

CATALOG = "/v1/catalogs/colours"
RED = f"{CATALOG}/products/P-red"
Asked = Callable[[], list[str]]


@pytest.fixture
def reds(client: Client, run_import: Any) -> Client:
    """The catalog ``colours`` with a red and a blue product, whose surfaces are described."""
    table = (
        "part_number,name,category,gtin,pictures\n"
        "P-red,crimson valve,warm,4006381333931,red.jpg;maroon.jpg\nP-blue,navy pump,cold,,blue.jpg\n"
    )
    files = {f"{colour}.jpg": picture(colour) for colour in ("red", "maroon", "blue")}
    assert client.post("/v1/catalogs", json={"name": "colours"}).status_code == 201
    assert run_import("colours", archive(table, files))["state"] == "completed"
    described(client)
    return client


def described(client: Client) -> dict[str, int]:
    give_up = time.monotonic() + 30
    while (found := client.get(CATALOG).json()["enrichment"])["pending"] and time.monotonic() < give_up:
        time.sleep(0.02)
    counts: dict[str, int] = found
    return counts


def looked_up(client: Client, **asked: Any) -> list[str]:
    answer = client.post(f"{CATALOG}/lookups", json=asked) if asked else photo_answer(client)
    assert answer.status_code == 200, answer.text
    return [one["partNumber"] for one in answer.json()["candidates"]]


def photo_answer(client: Client) -> Any:
    return client.post(f"{CATALOG}/lookups", content=picture("red", mark=20), headers={"Content-Type": "image/jpeg"})


def seen(client: Client) -> dict[str, Any]:
    """What every way of finding products shows."""
    catalog = client.get(CATALOG).json()
    facets = client.get(f"{CATALOG}/facets").json()
    return {
        "photo": looked_up(client),
        "words": looked_up(client, text="crimson"),
        "part number": looked_up(client, text="P-red"),
        "similar": [
            one["partNumber"]
            for one in client.get(f"{CATALOG}/similar", params={"partNumber": "P-blue"}).json()["products"]
        ],
        "list": [one["partNumber"] for one in client.get(f"{CATALOG}/products").json()["products"]],
        "read": client.get(RED).status_code,
        "facets": (facets["products"], [value["value"] for value in facets["facets"][0]["values"]]),
        "counts": (catalog["products"], catalog["referenceImages"], catalog["enrichment"]["total"]),
        "export": client.get(f"{CATALOG}/export", params={"format": "csv"}).text.count("crimson"),
    }


def test_nothing_finds_a_removed_product_and_restored_it_is_as_it_was(reds: Client) -> None:
    before, product = seen(reds), reds.get(RED).json()
    assert before["photo"][0] == "P-red"
    assert reds.delete(RED).status_code == 204
    gone = seen(reds)
    assert all("P-red" not in gone[way] for way in ("photo", "words", "part number", "similar", "list"))
    assert (gone["read"], gone["facets"], gone["counts"], gone["export"]) == (404, (1, ["cold"]), (1, 1, 1), 0)
    restored = reds.post(f"{CATALOG}/removed-products/P-red")
    assert (restored.status_code, restored.json()) == (200, product)
    assert seen(reds) == before


def test_a_removed_product_is_no_product_to_any_route(reds: Client) -> None:
    picture_id = reds.get(RED).json()["referenceImages"][0]["id"]
    reds.delete(RED)
    shot = [("photo", ("a.jpg", picture("red"), "image/jpeg"))]
    told = [
        reds.get(RED),
        reds.patch(RED, json={"name": "n"}),
        reds.delete(RED),
        reds.post(RED, files=shot),
        reds.get(f"{CATALOG}/similar", params={"partNumber": "P-red"}),
        reds.get(f"{CATALOG}/references", params={"partNumber": "P-red"}),
        reds.get(f"{CATALOG}/references/{picture_id}"),
        reds.delete(f"{CATALOG}/references/{picture_id}"),
        reds.get(f"{CATALOG}/similar", params={"referenceId": picture_id}),
    ]
    codes = ["product_not_found"] * 6 + ["reference_not_found"] * 3
    assert [(one.status_code, one.json()["code"]) for one in told] == [(404, code) for code in codes]


def test_an_answer_that_was_given_before_still_shows_and_takes_it(reds: Client) -> None:
    answer = photo_answer(reds)
    reds.delete(RED)
    lookup = answer.headers["Location"]
    assert reds.get(lookup).content == answer.content
    shown = answer.json()["candidates"][0]["referenceImage"]["imageUrl"]
    assert reds.get(shown).status_code == 200
    said = {"outcome": "confirmed", "partNumber": "P-red"}
    assert reds.post(f"{lookup}/confirmation", json=said).status_code == 200


def test_removed_products_are_listed_until_they_are_purged(reds: Client, database_url: str) -> None:
    reds.delete(f"{CATALOG}/products/P-blue")
    reds.delete(RED)
    first = reds.get(f"{CATALOG}/removed-products", params={"limit": 1}).json()
    rest = reds.get(f"{CATALOG}/removed-products", params={"limit": 1, "after": first["next"]}).json()
    listed = first["products"] + rest["products"]
    assert [(one["partNumber"], one["name"]) for one in listed] == [("P-blue", "navy pump"), ("P-red", "crimson valve")]
    assert "next" not in rest
    assert listed[0]["removedAt"] < listed[0]["purgedAt"]
    assert reds.delete(f"{CATALOG}/removed-products/P-red").status_code == 204
    gone = [
        reds.delete(f"{CATALOG}/removed-products/P-red"),
        reds.post(f"{CATALOG}/removed-products/P-red"),
        reds.post(f"{CATALOG}/removed-products/P-none"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in gone] == [(404, "product_not_found")] * 3
    with psycopg.connect(database_url) as connection:
        left = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            for table in ("product", "reference_image", "surface_signature", "reference_embedding_parked")
        ]
    # The blue one's.
    assert left == [(1,), (1,), (1,), (1,)]


def test_what_is_not_removed_is_neither_restored_nor_purged(reds: Client) -> None:
    for answer in (reds.post(f"{CATALOG}/removed-products/P-red"), reds.delete(f"{CATALOG}/removed-products/P-red")):
        assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")
    assert reds.get(RED).status_code == 200


def by_import(client: Client, run_import: Any) -> tuple[int, int]:
    table = "part_number,name,category,pictures\nP-red,crimson valve,warm,red.jpg;maroon.jpg\n"
    job = run_import("colours", archive(table, {"red.jpg": picture("red"), "maroon.jpg": picture("maroon")}))
    return job["counters"]["created"], job["counters"]["updated"]


def by_upsert(client: Client, run_import: Any) -> tuple[int, int]:
    told = client.post(f"{CATALOG}/upserts", json=[{"partNumber": "P-red", "name": "crimson valve"}]).json()
    return told["created"], told["updated"]


def by_put(client: Client, run_import: Any) -> tuple[int, int]:
    answer = client.put(RED, json={"name": "crimson valve"}, headers={"If-None-Match": "*"})
    return int(answer.status_code == 201), 0


@pytest.mark.parametrize("way", [by_import, by_upsert, by_put])
def test_written_again_it_is_back_with_its_pictures(reds: Client, run_import: Any, way: Callable[..., Any]) -> None:
    reds.delete(RED)
    assert way(reds, run_import) == (1, 0)
    assert looked_up(reds)[0] == "P-red"
    worded = reds.post(f"{CATALOG}/lookups", json={"text": "crimson"}).json()["candidates"][0]
    assert (worded["partNumber"], worded["evidence"]["wordScore"] > 0.9) == ("P-red", True)
    assert len(reds.get(RED).json()["referenceImages"]) == 2
    assert described(reds) == {"total": 3, "pending": 0, "enriched": 3, "failed": 0}


def test_taught_again_it_is_another_product_with_pictures_of_its_own(reds: Client) -> None:
    reds.delete(RED)
    form = [
        ("photo", ("a.jpg", picture("lime"), "image/jpeg")),
        ("product", (None, b'{"partNumber": "P-red", "name": "lime"}', "application/json")),
    ]
    taught = reds.post(f"{CATALOG}/products", files=form)
    assert taught.status_code == 201, taught.text
    assert len(taught.json()["referenceImages"]) == 1
    assert reds.get(f"{CATALOG}/removed-products").json() == {"products": []}


def test_one_that_is_removed_while_it_waits_is_described_when_it_is_back(reds: Client, database_url: str) -> None:
    reds.delete(RED)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE reference_image SET surface_state = 'pending'")
    assert described(reds) == {"total": 1, "pending": 0, "enriched": 1, "failed": 0}
    reds.post(f"{CATALOG}/removed-products/P-red")
    assert described(reds) == {"total": 3, "pending": 0, "enriched": 3, "failed": 0}


@pytest.mark.usefixtures("unhurried_stages")
def test_a_code_that_many_removed_products_bear_still_finds_the_other_one(reds: Client, run_import: Any) -> None:
    """Of a name only so many products are read, whatever became of them."""
    crowd = [f"X-{at}" for at in range(KEYS_READ + 10)]
    rows = "".join(f"{number},old,4006381333931,red.jpg\n" for number in crowd)
    run_import("colours", archive(f"part_number,name,gtin,pictures\n{rows}", {"red.jpg": picture("red")}))
    for number in crowd:
        assert reds.delete(f"{CATALOG}/products/{number}").status_code == 204
    photo = encoded(coded("4006381333931"))
    answer = reds.post(f"{CATALOG}/lookups", content=photo, headers={"Content-Type": "image/jpeg"}).json()
    assert [one["partNumber"] for one in answer["candidates"] if "barcode" in one["matchedBy"]] == ["P-red"]
