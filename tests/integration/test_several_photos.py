"""One object by several photos: what they say together, how they are kept, asked again and refused."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mobile_contract.limits import PHOTOS_MAX
from service.settings import Settings
from tests.integration.conftest import Client
from tests.pictures import PNG, encoded, picture

LOOKUPS = "/v1/catalogs/colours/lookups"
pytestmark = pytest.mark.usefixtures("unhurried_keeper")
Form = list[tuple[str, tuple[str | None, bytes, str]]]


def form(*photos: bytes, request: bytes | None = None) -> Form:
    parts: Form = [("photo", (f"{at}.png", photo, "image/png")) for at, photo in enumerate(photos)]
    return parts if request is None else [*parts, ("request", (None, request, "application/json"))]


def look_up(client: Client, *photos: bytes, request: bytes | None = None) -> dict[str, Any]:
    answer = client.post(LOOKUPS, files=form(*photos, request=request))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def first(answer: dict[str, Any]) -> str:
    number: str = answer["candidates"][0]["partNumber"]
    return number


def mixed(share: float) -> bytes:
    """Red with so much blue."""
    image = Image.new("RGB", (200, 200), "red")
    image.paste("blue", (0, 0, round(200 * share), 200))
    return encoded(image, PNG)


def test_photos_are_weighed_together_whatever_their_order(colours: Client) -> None:
    """One is rather red, two are rather blue."""
    red, blue, bluer = mixed(0.3), mixed(0.6), mixed(0.7)
    assert first(look_up(colours, red)) == "P-red"
    assert first(look_up(colours, blue)) == "P-blue"
    together = look_up(colours, red, blue, bluer)
    assert first(together) == "P-blue"
    backwards = look_up(colours, bluer, blue, red)
    scores = [{one["partNumber"]: one["score"] for one in answer["candidates"]} for answer in (together, backwards)]
    assert scores[0] == scores[1]


def test_the_score_is_the_mean_of_each_photos(colours: Client) -> None:
    photos = mixed(0.2), mixed(0.9)
    alone = [{one["partNumber"]: one["score"] for one in look_up(colours, photo)["candidates"]} for photo in photos]
    together = {one["partNumber"]: one["score"] for one in look_up(colours, *photos)["candidates"]}
    for number, score in together.items():
        assert score == pytest.approx(sum(one[number] for one in alone) / 2, abs=2e-4)


def test_each_photos_facts_are_given_and_which_speaks_for_a_candidate(colours: Client) -> None:
    answer = look_up(colours, mixed(0.0), mixed(1.0))
    assert answer["photo"]["sha256"] != answer["furtherPhotos"][0]["sha256"]
    best_by = {one["partNumber"]: one["evidencePhoto"] for one in answer["candidates"]}
    assert (best_by["P-red"], best_by["P-blue"]) == (0, 1)
    alone = look_up(colours, mixed(0.0))
    assert "furtherPhotos" not in alone
    assert "evidencePhoto" not in alone["candidates"][0]


def test_all_photos_are_kept_and_asked_again_by_the_lookup(colours: Client, settings: Settings) -> None:
    photos = [picture("red", mark=50), picture("red", mark=51), picture("blue", mark=52)]
    answer = look_up(colours, *photos)
    assert len([file for file in Path(settings.pictures_location, "photos").rglob("*") if file.is_file()]) == 3
    again = colours.post(LOOKUPS, json={"photoOf": answer["id"]})
    assert again.status_code == 200, again.text
    found = again.json()
    assert [one["partNumber"] for one in found["candidates"]] == [one["partNumber"] for one in answer["candidates"]]
    shas = [[one["photo"]["sha256"], *(photo["sha256"] for photo in one["furtherPhotos"])] for one in (answer, found)]
    assert shas[0] == shas[1]
    boxed = colours.post(LOOKUPS, json={"photoOf": answer["id"], "region": {"x": 0, "y": 0, "width": 1, "height": 0.5}})
    assert (boxed.status_code, boxed.json()["errors"][0]["field"]) == (400, "region")


def test_a_broken_photo_among_them_is_named_and_none_is_kept(colours: Client, settings: Settings) -> None:
    answer = colours.post(LOOKUPS, files=form(picture("red"), b"no picture", picture("blue")))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (415, "photo_format_unsupported")
    assert [one["field"] for one in problem["errors"]] == ["photo[1]"]
    assert [file for file in Path(settings.pictures_location, "photos").rglob("*") if file.is_file()] == []
    alone = colours.post(LOOKUPS, files=form(b"no picture")).json()
    assert "errors" not in alone


def test_too_many_photos_and_a_region_of_several_are_refused(colours: Client) -> None:
    many = colours.post(LOOKUPS, files=form(*[picture("red")] * (PHOTOS_MAX + 1)))
    assert (many.status_code, many.json()["errors"][0]["field"]) == (400, "photo")
    look_up(colours, *[picture("red", mark=at) for at in range(PHOTOS_MAX)])
    box = b'{"region": {"x": 0, "y": 0, "width": 0.5, "height": 0.5}}'
    boxed = colours.post(LOOKUPS, files=form(picture("red"), picture("blue"), request=box))
    assert (boxed.status_code, boxed.json()["errors"][0]["field"]) == (400, "region")


def test_a_key_stands_for_all_the_photos(colours: Client) -> None:
    headers = {"Idempotency-Key": "several"}
    sent = form(picture("red"), picture("blue"))
    once, again = (colours.post(LOOKUPS, files=sent, headers=headers) for _ in range(2))
    assert once.content == again.content
    other = colours.post(LOOKUPS, files=form(picture("red"), picture("green")), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
