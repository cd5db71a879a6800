"""A photo over HTTP and what comes back."""

import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.conftest import Client
from tests.pictures import PNG, picture

LOOKUPS = "/v1/catalogs/colours/lookups"


def post_photo(client: Client, photo: bytes, path: str = LOOKUPS, **headers: str) -> Any:
    return client.post(path, content=photo, headers={"Content-Type": "image/jpeg", **headers})


def test_a_photo_finds_its_product(colours: Client) -> None:
    photo = picture("red", mark=40)
    answer = post_photo(colours, photo, f"{LOOKUPS}?limit=3&clientLookupId=abc")
    assert answer.status_code == 200
    found = answer.json()
    assert found["verdict"] == "match"
    assert [c["rank"] for c in found["candidates"]] == [1, 2, 3]
    best = found["candidates"][0]
    assert (best["partNumber"], best["name"], best["category"]) == ("P-red", "red part", "even")
    assert best["metadata"] == {"finish": "red"}
    assert best["matchedBy"] == ["image"]
    assert best["score"] > 0.99
    assert found["clientLookupId"] == "abc"
    assert found["photo"]["sha256"] == hashlib.sha256(photo).hexdigest()
    assert (found["photo"]["width"], found["photo"]["height"]) == (160, 120)
    assert set(found["timings"]) == {"decode", "embed", "search", "codes", "scale", "fusion", "total"}
    assert answer.headers["Location"] == f"/v1/lookups/{found['id']}"


def test_the_reference_picture_of_a_candidate_can_be_fetched_and_cached(colours: Client) -> None:
    reference = post_photo(colours, picture("blue")).json()["candidates"][0]["referenceImage"]
    image = colours.get(reference["imageUrl"])
    assert image.content == picture("blue")
    assert image.headers["Content-Type"] == "image/jpeg"
    assert "immutable" in image.headers["Cache-Control"]
    again = colours.get(reference["imageUrl"], headers={"If-None-Match": image.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_form_carries_the_photo_and_its_options(colours: Client) -> None:
    options = {"clientLookupId": "form", "limit": 1, "categories": ["odd"]}
    answer = colours.post(
        LOOKUPS,
        files={"photo": ("p.png", picture("red", form=PNG), "image/png")},
        data={"request": json.dumps(options)},
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["clientLookupId"] == "form"
    assert [c["category"] for c in found["candidates"]] == ["odd"]


def test_filters_leave_only_products_that_pass(colours: Client) -> None:
    answer = post_photo(
        colours, picture("red"), f"{LOOKUPS}?metadata=finish:blue&metadata=finish:cyan&category=even"
    ).json()
    assert [c["partNumber"] for c in answer["candidates"]] == ["P-blue"]
    nothing = post_photo(colours, picture("red"), f"{LOOKUPS}?metadata=finish:none").json()
    assert (nothing["verdict"], nothing["candidates"]) == ("no_match", [])


def test_a_photo_unlike_everything_is_no_match_and_no_error(colours: Client) -> None:
    answer = post_photo(colours, picture("black"))
    assert (answer.status_code, answer.json()["verdict"]) == (200, "no_match")


def test_an_earlier_answer_is_given_exactly_as_it_was(colours: Client) -> None:
    first = post_photo(colours, picture("cyan"))
    again = colours.get(first.headers["Location"])
    assert again.status_code == 200
    assert again.content == first.content


@pytest.mark.parametrize(
    ("photo", "kind", "status", "code"),
    [
        (b"", "image/jpeg", 400, "photo_missing"),
        (b"GIF89a" + bytes(100), "image/jpeg", 415, "photo_format_unsupported"),
        (picture("red")[:700], "image/jpeg", 422, "photo_unreadable"),
        (picture("red"), "text/plain", 415, "unsupported_media_type"),
    ],
)
def test_what_is_no_photo_gets_a_problem_document(
    colours: Client, photo: bytes, kind: str, status: int, code: str
) -> None:
    answer = colours.post(LOOKUPS, content=photo, headers={"Content-Type": kind, "X-Request-Id": "r-1"})
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["requestId"]) == (code, status, "r-1")
    assert answer.headers["X-Request-Id"] == "r-1"


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("colour=red", "colour"), ("metadata=red", "metadata")],
)
def test_wrong_options_are_named(colours: Client, query: str, field: str) -> None:
    answer = post_photo(colours, picture("red"), f"{LOOKUPS}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert field in json.dumps(answer.json()["errors"])


def test_values_that_the_database_cannot_hold_are_refused(colours: Client) -> None:
    answer = post_photo(colours, picture("red"), f"{LOOKUPS}?category=a%00b")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_what_is_not_there_is_said_by_code(colours: Client) -> None:
    assert post_photo(colours, picture("red"), "/v1/catalogs/none/lookups").json()["code"] == "catalog_not_found"
    assert colours.get(f"/v1/lookups/{uuid4()}").json()["code"] == "lookup_not_found"
    assert colours.get("/v1/lookups/7").json()["code"] in ("not_found", "validation_failed")
    assert colours.get("/nowhere").json()["code"] == "not_found"
    refused = colours.delete(LOOKUPS)
    assert refused.json()["code"] == "method_not_allowed"
    assert "POST" in refused.headers["Allow"]


def test_an_empty_catalog_answers_no_match(client: Client) -> None:
    client.post("/v1/catalogs", json={"name": "colours"})
    answer = post_photo(client, picture("red"))
    assert (answer.status_code, answer.json()["verdict"]) == (200, "no_match")


def test_too_large_a_body_is_refused_by_its_announced_length(colours: Client) -> None:
    answer = colours.post(LOOKUPS, content=bytes(41 * 1024 * 1024), headers={"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
