"""Products listed, read, made and changed over HTTP, without undoing what somebody else wrote meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.integration.conftest import Client
from tests.pictures import archive, picture

PRODUCTS = "/v1/catalogs/parts/products"
ODD_NUMBERS = ("A/1", "A//1/", "ü 7 ß", "50%", "a?b#c", "x/../y", "+49 1")


@pytest.fixture
def parts(client: Client) -> Client:
    """The application with the empty catalog ``parts``."""
    assert client.post("/v1/catalogs", json={"name": "parts"}).status_code == 201
    return client


def address(number: str) -> str:
    return f"{PRODUCTS}/{quote(number, safe='')}"


def put(client: Client, number: str, headers: dict[str, str] | None = None, **said: Any) -> httpx.Response:
    return client.put(address(number), json={"name": f"part {number}", **said}, headers=headers or {})


def numbers(page: dict[str, Any]) -> list[str]:
    return [one["partNumber"] for one in page["products"]]


def all_pages(client: Client, **asked: Any) -> list[str]:
    found: list[str] = []
    while True:
        page = client.get(PRODUCTS, params=asked).json()
        found += numbers(page)
        if "next" not in page:
            return found
        asked["after"] = page["next"]


def test_a_product_is_made_read_and_said_anew(parts: Client) -> None:
    said: dict[str, Any] = {
        "description": " grey ",
        "category": "pumps",
        "supersededBy": "P-8",
        "metadata": {"volt": " 12 "},
    }
    made = put(parts, "P-7", **said)
    assert made.status_code == 201, made.text
    product = made.json()
    assert (product["description"], product["category"], product["metadata"]) == ("grey", "pumps", {"volt": "12"})
    assert product["supersededBy"] == "P-8"
    assert product["referenceImages"] == []
    again = put(parts, "P-7", **said)
    assert (again.status_code, again.content) == (200, made.content)
    bare = put(parts, "P-7", metadata={"amp": "3"}).json()
    assert (bare["metadata"], "description" in bare, "supersededBy" in bare) == ({"amp": "3"}, False, False)
    assert bare["createdAt"] == product["createdAt"]
    assert bare["updatedAt"] > product["updatedAt"]


@pytest.mark.parametrize("number", ODD_NUMBERS)
def test_part_numbers_may_hold_anything_but_blanks_around(parts: Client, number: str) -> None:
    made = put(parts, number)
    assert (made.status_code, made.json()["partNumber"]) == (201, number)
    assert parts.get(address(number)).json() == made.json()
    assert parts.patch(address(number), json={"name": "other"}).json()["name"] == "other"
    assert numbers(parts.get(PRODUCTS).json()) == [number]
    assert parts.delete(address(number)).status_code == 204
    assert parts.get(address(number)).status_code == 404


def test_a_catalog_may_be_called_as_the_route_is(client: Client) -> None:
    client.post("/v1/catalogs", json={"name": "products"})
    made = client.put("/v1/catalogs/products/products/P-7", json={"name": "pump"})
    assert made.json()["partNumber"] == "P-7"


@pytest.mark.parametrize("number", [" P", "P ", "%FF", "P%00", "x" * 201, "%20"])
def test_part_numbers_that_no_product_can_have(parts: Client, number: str) -> None:
    answer = parts.put(f"{PRODUCTS}/{number}", json={"name": "n"})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert parts.get(PRODUCTS).json()["products"] == []


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"name": " "},
        {"name": None},
        {"name": "n", "colour": "red"},
        {"name": "n", "partNumber": "P-8"},
        {"name": "n", "metadata": {"": "x"}},
        {"name": "n", "metadata": {"k": 1}},
        {"name": "n\x00"},
        {"name": "n", "notices": [{"severity": "grave", "text": "t"}]},
        {"name": "n", "notices": [{"severity": "info", "text": "t", "url": "javascript:alert(1)"}]},
        {"name": "n", "notices": [{"severity": "info", "text": "t", "validUntill": "2030-01-01"}]},
        {
            "name": "n",
            "notices": [{"severity": "info", "text": "t", "validFrom": "2030-01-02", "validUntil": "2030-01-01"}],
        },
    ],
)
def test_a_product_of_another_form_is_refused(parts: Client, said: dict[str, Any]) -> None:
    answer = parts.put(f"{PRODUCTS}/P-7", json=said)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert parts.get(f"{PRODUCTS}/P-7").status_code == 404


def test_a_patch_leaves_the_rest_and_an_empty_text_nothing(parts: Client) -> None:
    notice = {"severity": "danger", "text": "Hot", "url": "https://example.com/x", "validUntil": "2999-12-31"}
    put(parts, "P-7", description="grey", category="pumps", metadata={"volt": "12", "amp": "3"}, notices=[notice])
    change = {"category": "", "metadata": {"amp": " ", "ohm": "4"}}
    changed = parts.patch(f"{PRODUCTS}/P-7", json=change)
    assert changed.status_code == 200, changed.text
    product = changed.json()
    assert (product["name"], product["description"], "category" in product) == ("part P-7", "grey", False)
    assert product["metadata"] == {"ohm": "4", "volt": "12"}
    assert product["notices"] == [notice]
    bare = parts.patch(f"{PRODUCTS}/P-7", json={"metadata": {"ohm": "", "volt": ""}, "notices": []}).json()
    assert (bare["metadata"], "notices" in bare) == ({}, False)
    crowd = {f"k{at}": "v" for at in range(60)}
    assert parts.patch(f"{PRODUCTS}/P-7", json={"metadata": crowd}).status_code == 200
    more = parts.patch(f"{PRODUCTS}/P-7", json={"metadata": {f"l{at}": "v" for at in range(60)}})
    assert (more.status_code, more.json()["errors"][0]["field"]) == (400, "metadata")
    absent = parts.patch(f"{PRODUCTS}/P-9", json={})
    assert (absent.status_code, absent.json()["code"]) == (404, "product_not_found")


def test_what_the_client_has_is_not_sent_again(parts: Client) -> None:
    put(parts, "P-7")
    first = parts.get(f"{PRODUCTS}/P-7")
    etag = first.headers["ETag"]
    assert etag.startswith('"')
    for known in (etag, f'W/"x", {etag}', f"W/{etag}", "*"):
        again = parts.get(f"{PRODUCTS}/P-7", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    put(parts, "P-7", category="pumps")
    changed = parts.get(f"{PRODUCTS}/P-7", headers={"If-None-Match": etag})
    assert (changed.status_code, changed.json()["category"]) == (200, "pumps")
    assert changed.headers["ETag"] != etag


def test_a_write_for_a_state_that_has_gone_is_refused(parts: Client) -> None:
    old = put(parts, "P-7").headers["ETag"]
    new = put(parts, "P-7", category="pumps").headers["ETag"]
    body = parts.get(f"{PRODUCTS}/P-7").content
    for stale in (old, f"W/{new}", '"nonsense"', "nonsense"):
        headers = {"If-Match": stale}
        refused = [
            put(parts, "P-7", headers),
            parts.patch(f"{PRODUCTS}/P-7", json={"name": "x"}, headers=headers),
            parts.delete(f"{PRODUCTS}/P-7", headers=headers),
        ]
        assert [(one.status_code, one.json()["code"]) for one in refused] == [(412, "precondition_failed")] * 3
    assert parts.get(f"{PRODUCTS}/P-7").content == body
    changed = parts.patch(f"{PRODUCTS}/P-7", json={"name": "x"}, headers={"If-Match": f'"other", {new}'})
    assert changed.status_code == 200
    assert parts.delete(f"{PRODUCTS}/P-7", headers={"If-Match": changed.headers["ETag"]}).status_code == 204


def test_a_write_may_demand_that_something_or_nothing_is_there(parts: Client) -> None:
    assert put(parts, "P-7", {"If-Match": "*"}).status_code == 412
    assert put(parts, "P-7", {"If-None-Match": "*"}).status_code == 201
    assert put(parts, "P-7", {"If-None-Match": "*"}).status_code == 412
    assert put(parts, "P-7", {"If-Match": "*"}).status_code == 200


def test_of_two_who_change_the_same_state_one_is_told(parts: Client) -> None:
    etag = put(parts, "P-7").headers["ETag"]

    def change(at: int) -> int:
        change = {"metadata": {f"by {at}": "x"}}
        return parts.patch(f"{PRODUCTS}/P-7", json=change, headers={"If-Match": etag}).status_code

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(change, range(4))) == [200, 412, 412, 412]
    assert len(parts.get(f"{PRODUCTS}/P-7").json()["metadata"]) == 1


def test_of_those_who_make_a_product_at_once_one_makes_it(parts: Client) -> None:
    with ThreadPoolExecutor(4) as threads:
        told = sorted(threads.map(lambda at: put(parts, "P-7", category=f"c{at}").status_code, range(4)))
    assert told == [200, 200, 200, 201]


def test_pages_hold_every_product_once_in_the_order_of_part_numbers(parts: Client) -> None:
    for at in range(7):
        put(parts, f"P-{at}", category="even" if at % 2 == 0 else "odd", metadata={"size": str(at % 3)})
    assert all_pages(parts, limit=2) == [f"P-{at}" for at in range(7)]
    assert all_pages(parts, limit=2, category="odd") == ["P-1", "P-3", "P-5"]
    assert all_pages(parts, category=["odd", "even"], metadata="size:0") == ["P-0", "P-3", "P-6"]
    assert all_pages(parts, category="odd", metadata=["size:0", "size:1"]) == ["P-1", "P-3"]
    first = parts.get(PRODUCTS, params={"limit": 2}).json()
    parts.delete(f"{PRODUCTS}/P-1")
    put(parts, "P-00")
    put(parts, "P-10")
    rest = all_pages(parts, limit=2, after=first["next"])
    assert rest == ["P-10", *(f"P-{at}" for at in range(2, 7))]


def test_what_is_listed_says_which_picture_stands_for_it(parts: Client, run_import: Any) -> None:
    table = "part_number,name,pictures\nP-1,one,a.jpg;b.jpg\nP-2,two,\n"
    run_import("parts", archive(table, {"a.jpg": picture("red"), "b.jpg": picture("blue")}))
    one, two = parts.get(PRODUCTS).json()["products"]
    whole = parts.get(f"{PRODUCTS}/P-1").json()
    assert (one["referenceImages"], one["referenceImage"]) == (2, whole["referenceImages"][0])
    assert (two["referenceImages"], "referenceImage" in two) == (0, False)


def test_facets_count_what_passes_the_conditions_without_pictures_too(parts: Client) -> None:
    for at in range(6):
        put(parts, f"P-{at}", category="even" if at % 2 == 0 else "odd", metadata={"size": str(at % 3)})
    parts.delete(f"{PRODUCTS}/P-5")
    found = parts.get(PRODUCTS, params={"facet": ["size", "category"], "category": "odd", "limit": 1}).json()["facets"]
    counts = {one["field"]: {value["value"]: value["count"] for value in one["values"]} for one in found}
    assert counts == {"category": {"even": 3, "odd": 2}, "size": {"0": 1, "1": 1}}
    alone = parts.get(PRODUCTS, params={"facet": "size"}).json()["facets"]
    assert [one["field"] for one in alone] == ["size"]


def test_what_has_changed_since_a_moment(parts: Client, run_import: Any) -> None:
    table = "part_number,name,pictures\nP-1,one,a.jpg\nP-2,two,a.jpg\nP-3,three,\n"
    run_import("parts", archive(table, {"a.jpg": picture("red")}))
    moment = datetime.now(UTC).isoformat()
    assert all_pages(parts, updatedSince=moment) == []
    assert len(all_pages(parts, updatedSince=(datetime.now(UTC) - timedelta(hours=1)).isoformat())) == 3
    picture_id = parts.get(f"{PRODUCTS}/P-1").json()["referenceImages"][0]["id"]
    assert parts.delete(f"/v1/catalogs/parts/references/{picture_id}").status_code == 204
    assert all_pages(parts, updatedSince=moment) == ["P-1"]
    run_import(
        "parts", archive(table.replace("two,a.jpg", "two,b.jpg"), {"a.jpg": picture("red"), "b.jpg": picture("blue")})
    )
    assert all_pages(parts, updatedSince=moment) == ["P-1", "P-2"]


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0},
        {"limit": 201},
        {"after": "nonsense"},
        {"after": "kQA"},
        {"updatedSince": "yesterday"},
        {"metadata": "no colon"},
    ],
)
def test_a_page_that_cannot_be_is_refused(parts: Client, asked: dict[str, Any]) -> None:
    answer = parts.get(PRODUCTS, params=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_another_catalogs_products_are_not_there(parts: Client) -> None:
    put(parts, "P-7")
    parts.post("/v1/catalogs", json={"name": "others"})
    others = "/v1/catalogs/others/products"
    assert parts.get(others).json() == {"products": []}
    assert [parts.request(verb, f"{others}/P-7").status_code for verb in ("GET", "DELETE")] == [404, 404]
    absent = [parts.get("/v1/catalogs/none/products"), parts.put("/v1/catalogs/none/products/P", json={"name": "n"})]
    assert [(one.status_code, one.json()["code"]) for one in absent] == [(404, "catalog_not_found")] * 2


def test_pictures_are_described_put_in_order_and_deleted(parts: Client, run_import: Any) -> None:
    table = "part_number,name,pictures\nA/1,one,a.jpg;b.jpg;c.jpg\n"
    colours = {"a.jpg": picture("red"), "b.jpg": picture("blue"), "c.jpg": picture("lime")}
    job = run_import("parts", archive(table, colours))
    listed = parts.get("/v1/catalogs/parts/references", params={"partNumber": "A/1"}).json()["pictures"]
    assert [one["place"] for one in listed if "place" in one] == []
    whole = parts.get(address("A/1")).json()
    assert [one["id"] for one in listed] == [one["id"] for one in whole["referenceImages"]]
    first, second, third = (one["id"] for one in listed)
    one = parts.get(f"/v1/catalogs/parts/references/{first}").json()
    assert (one["partNumber"], one["importId"], one["mediaType"], one["role"]) == (
        "A/1",
        job["id"],
        "image/jpeg",
        "catalog",
    )
    assert one["byteCount"] == len(parts.get(one["imageUrl"]).content)
    assert one["surface"] in ("pending", "enriched")
    place = f"/v1/catalogs/parts/references/{third}/place"
    assert parts.put(place, json={"place": 0}).json()["id"] == third
    assert [one["id"] for one in parts.get(address("A/1")).json()["referenceImages"]] == [third, first, second]
    assert parts.get(PRODUCTS).json()["products"][0]["referenceImage"]["id"] == third
    parts.put(place, json={"place": 99})
    assert [one["id"] for one in parts.get(address("A/1")).json()["referenceImages"]] == [first, second, third]
    assert parts.delete(f"/v1/catalogs/parts/references/{first}").status_code == 204
    gone = [parts.get(f"/v1/catalogs/parts/references/{first}"), parts.get(f"/v1/references/{first}/image")]
    assert [(one.status_code, one.json()["code"]) for one in gone] == [(404, "reference_not_found")] * 2
    asked = parts.post("/v1/catalogs/parts/lookups", content=picture("red"), headers={"Content-Type": "image/jpeg"})
    assert asked.json()["candidates"][0]["referenceImage"]["id"] in (second, third)
    wrong = parts.put(place, json={"place": -1})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "validation_failed")
    parts.post("/v1/catalogs", json={"name": "others"})
    other = parts.delete(f"/v1/catalogs/others/references/{second}")
    assert (other.status_code, other.json()["code"]) == (404, "reference_not_found")
