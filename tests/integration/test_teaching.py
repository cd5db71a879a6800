"""Products made of photos of them, and photos added to them."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from PIL import Image

from mobile_contract.limits import PHOTOS_MAX, REFERENCES_MAX
from tests.integration.conftest import Client
from tests.pictures import colour_catalog, picture

PRODUCTS = "/v1/catalogs/desk/products"
LOOKUPS = "/v1/catalogs/desk/lookups"
EXIF_MAKER = 0x010F
THINGS = ("red", "lime", "blue", "yellow", "magenta")
Form = list[tuple[str, tuple[str | None, bytes, str]]]


@pytest.fixture
def desk(client: Client) -> Client:
    """The application with the empty catalog ``desk``."""
    assert client.post("/v1/catalogs", json={"name": "desk"}).status_code == 201
    return client


def shots(*photos: bytes) -> Form:
    return [("photo", (f"{at}.jpg", photo, "image/jpeg")) for at, photo in enumerate(photos)]


def form(product: object, *photos: bytes) -> Form:
    return [*shots(*photos), ("product", (None, msgspec.json.encode(product), "application/json"))]


def teach(client: Client, number: str, *photos: bytes, key: str = "", **said: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    product = {"partNumber": number, "name": f"thing {number}", **said}
    return client.post(PRODUCTS, files=form(product, *photos), headers=headers)


def first(client: Client, photo: bytes) -> str:
    answer = client.post(LOOKUPS, content=photo, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["candidates"][0]["partNumber"]
    return number


def counted(client: Client) -> tuple[int, int]:
    catalog: dict[str, Any] = client.get("/v1/catalogs/desk").json()
    return catalog["products"], catalog["referenceImages"]


def test_five_things_that_were_taught_are_found_at_once(desk: Client) -> None:
    for at, colour in enumerate(THINGS):
        taught = teach(desk, f"D-{at}", picture(colour), picture(colour, mark=9))
        assert taught.status_code == 201, taught.text
    assert counted(desk) == (5, 10)
    assert [first(desk, picture(colour, mark=30)) for colour in THINGS] == [f"D-{at}" for at in range(5)]


def test_what_was_said_is_kept_without_the_blanks_around_it(desk: Client) -> None:
    said = {"category": "office", "description": "black\nand old", "metadata": {"size": " 26/6 "}}
    product = {"partNumber": " D/1 ", "name": " Stapler ", **said}
    answer = desk.post(PRODUCTS, files=form(product, picture("red")))
    product = answer.json()
    assert (product["partNumber"], product["name"], product["metadata"]) == ("D/1", "Stapler", {"size": "26/6"})
    assert (product["category"], product["description"]) == ("office", "black\nand old")
    assert [one["role"] for one in product["referenceImages"]] == ["taught"]
    assert desk.get(answer.headers["Location"]).json() == product
    assert desk.get(product["referenceImages"][0]["imageUrl"]).headers["Content-Type"] == "image/jpeg"


def test_photos_are_kept_without_metadata(desk: Client) -> None:
    exif = Image.Exif()
    exif[EXIF_MAKER] = "Somebody's phone"
    buffer = io.BytesIO()
    Image.new("RGB", (200, 160), "red").save(buffer, "JPEG", exif=exif)
    product = teach(desk, "D-1", buffer.getvalue()).json()
    kept = desk.get(product["referenceImages"][0]["imageUrl"]).content
    assert b"Somebody" in buffer.getvalue()
    assert b"Somebody" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()


def test_surfaces_are_described_afterwards(desk: Client) -> None:
    teach(desk, "D-1", picture("red"), picture("red", mark=9))
    give_up = time.monotonic() + 30
    while (found := desk.get("/v1/catalogs/desk").json()["enrichment"])["pending"] and time.monotonic() < give_up:
        time.sleep(0.02)
    assert found == {"total": 2, "pending": 0, "enriched": 2, "failed": 0}


def test_a_repeated_request_gets_the_same_bytes_and_teaches_once(desk: Client) -> None:
    one, again = (teach(desk, "D-1", picture("red"), key="k1") for _ in "ab")
    assert (one.status_code, one.content) == (again.status_code, again.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert counted(desk) == (1, 1)
    other = teach(desk, "D-1", picture("blue"), key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_taken_part_number_is_refused_and_its_product_stays(desk: Client) -> None:
    before = teach(desk, "D-1", picture("red")).json()
    taken = teach(desk, "D-1", picture("blue"), name="another")
    assert (taken.status_code, taken.json()["code"]) == (409, "product_exists")
    assert desk.get(f"{PRODUCTS}/D-1").json() == before
    assert counted(desk) == (1, 1)


def test_one_of_those_who_teach_a_number_at_once_is_the_first(desk: Client) -> None:
    def send(at: int) -> int:
        return teach(desk, "D-1", picture(THINGS[at])).status_code

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(send, range(4))) == [201, 409, 409, 409]
    assert counted(desk) == (1, 1)


def test_the_photo_that_is_broken_is_named_and_nothing_is_kept(desk: Client) -> None:
    answer = teach(desk, "D-1", picture("red"), b"no photo")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (415, "photo_format_unsupported")
    assert [error["field"] for error in problem["errors"]] == ["photo[1]"]
    assert counted(desk) == (0, 0)
    alone = teach(desk, "D-1", b"no photo").json()
    assert alone["code"] == "photo_format_unsupported"
    assert "errors" not in alone


@pytest.mark.parametrize(
    ("product", "field"),
    [
        ({"name": "n"}, "partNumber"),
        ({"partNumber": "D-1"}, "name"),
        ({"partNumber": "  ", "name": "n"}, "partNumber"),
        ({"partNumber": "D-1", "name": "n" * 501}, "name"),
        ({"partNumber": "D-1", "name": "n", "metadata": {"": "x"}}, "metadata"),
        ({"partNumber": "D-1", "name": "n", "colour": "red"}, "colour"),
        ({"partNumber": "D-1", "name": 7}, "name"),
        ([], "object"),
    ],
)
def test_a_product_of_another_form_is_refused(desk: Client, product: object, field: str) -> None:
    answer = desk.post(PRODUCTS, files=form(product, picture("red")))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "validation_failed")
    assert problem["errors"][0]["field"] == "product"
    assert field in problem["errors"][0]["message"]
    assert counted(desk) == (0, 0)


def test_characters_that_cannot_be_stored_are_refused(desk: Client) -> None:
    answer = teach(desk, "D\x00-1", picture("red"))
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert counted(desk) == (0, 0)


def test_forms_without_photo_or_product_and_other_bodies_are_refused(desk: Client) -> None:
    said = form({"partNumber": "D-1", "name": "n"})
    told = [
        desk.post(PRODUCTS, files=said).json()["code"],
        desk.post(PRODUCTS, files=shots(picture("red"))).json()["code"],
        desk.post(PRODUCTS, files=[*said, *shots(*[picture("red")] * (PHOTOS_MAX + 1))]).json()["code"],
        desk.post(PRODUCTS, json={"partNumber": "D-1", "name": "n"}).json()["code"],
        desk.post(f"{PRODUCTS}?name=n", files=[*said, *shots(picture("red"))]).json()["code"],
        desk.post("/v1/catalogs/none/products", files=[*said, *shots(picture("red"))]).json()["code"],
    ]
    assert told == [
        "photo_missing",
        "validation_failed",
        "validation_failed",
        "unsupported_media_type",
        "validation_failed",
        "catalog_not_found",
    ]


def test_photos_are_added_to_a_product_whose_number_holds_slashes(desk: Client) -> None:
    teach(desk, "D/1", picture("red"))
    teach(desk, "D/2", picture("midnightblue"))
    assert first(desk, picture("blue")) == "D/2"
    added = desk.post(f"{PRODUCTS}/D/1", files=shots(picture("blue"), picture("red")))
    assert added.status_code == 201, added.text
    # The red one was there.
    assert len(added.json()["referenceImages"]) == 2
    assert first(desk, picture("blue", mark=20)) == "D/1"
    assert added.json() == desk.get(f"{PRODUCTS}/D/1").json()


def test_photos_are_not_added_to_what_is_not_there(desk: Client) -> None:
    answer = desk.post(f"{PRODUCTS}/D-9", files=shots(picture("blue")))
    assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")


def test_a_product_has_a_limit_of_photos(desk: Client, database_url: str) -> None:
    teach(desk, "D-1", picture("red"))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO reference_image (id, product_id, role, content_hash, object_key, media_type, width, height,"
            " byte_count) SELECT gen_random_uuid(), product_id, role, content_hash || n, object_key, media_type, width,"
            " height, byte_count FROM reference_image, generate_series(2, %s) AS n",
            (REFERENCES_MAX - 1,),
        )
    assert desk.post(f"{PRODUCTS}/D-1", files=shots(picture("red"), picture("blue"))).status_code == 201
    full = desk.post(f"{PRODUCTS}/D-1", files=shots(picture("lime")))
    assert (full.status_code, full.json()["code"]) == (409, "references_too_many")
    assert counted(desk) == (1, REFERENCES_MAX)


def test_an_import_leaves_taught_photos_where_they_are(desk: Client, run_import: Any) -> None:
    teach(desk, "P-red", picture("navy"))
    assert run_import("desk", colour_catalog(("red",)))["state"] == "completed"
    product = desk.get(f"{PRODUCTS}/P-red").json()
    assert product["name"] == "red part"
    assert sorted(one["role"] for one in product["referenceImages"]) == ["catalog", "taught"]
    assert run_import("desk", colour_catalog(("red",)))["counters"]["unchanged"] == 1
    assert len(desk.get(f"{PRODUCTS}/P-red").json()["referenceImages"]) == 2
