"""The photo to take next, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from service.recognition import stages
from tests.integration.conftest import Client
from tests.pictures import PNG, archive, encoded

LOOKUPS = "/v1/catalogs/colours/lookups"
PNG_TYPE = {"Content-Type": "image/png"}
pytestmark = pytest.mark.usefixtures("unhurried_keeper", "unhurried_stages")
ASIDE = 310
"""Px of the pictures from the side."""
TABLE = """part_number,name,pictures
P-1,valve,front.png;blue.png
P-2,valve,front-2.png;navy.png
"""


def side(colour: str, size: int = 300) -> bytes:
    """With lines, so that it does not look blurred."""
    image = Image.new("RGB", (size, size), colour)
    for at in range(0, size, 10):
        image.paste("white", (at, 0, at + 1, size))
    return encoded(image, PNG)


@pytest.fixture
def valves(client: Client, run_import: Callable[..., dict[str, Any]]) -> Client:
    """Two that are red from the front, and blue and navy from the side."""
    assert client.post("/v1/catalogs", json={"name": "colours"}).status_code == 201
    pictures = {name: side("red", size) for name, size in (("front.png", 300), ("front-2.png", 301))}
    pictures |= {f"{colour}.png": side(colour, ASIDE) for colour in ("blue", "navy")}
    assert run_import("colours", archive(TABLE, pictures))["state"] == "completed"
    return client


def ask(client: Client, *photos: bytes) -> dict[str, Any]:
    files = [("photo", (f"{at}.png", photo, "image/png")) for at, photo in enumerate(photos)]
    answer = client.post(LOOKUPS, files=files)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_side_in_which_candidates_differ_is_advised_and_settles_it(valves: Client) -> None:
    answer = ask(valves, side("red"))
    assert answer["verdict"] != "match"
    advised = answer["nextPhoto"]
    assert (advised["way"], advised["partNumber"] in {"P-1", "P-2"}) == ("view", True)
    assert 0 < advised["gain"] <= 1
    assert valves.get(f"/v1/lookups/{answer['id']}").json() == answer
    assert advised["referenceImage"]["width"] == ASIDE
    assert valves.get(advised["referenceImage"]["imageUrl"]).status_code == 200
    for colour, number in (("blue", "P-1"), ("navy", "P-2")):
        assert ask(valves, side("red"), side(colour))["candidates"][0]["partNumber"] == number


@pytest.mark.parametrize(
    ("photo", "way"),
    [
        (encoded(Image.new("RGB", (300, 300), "#200000"), PNG), "lighter"),
        (encoded(Image.new("RGB", (300, 300), "red"), PNG), "sharper"),
        (side("red", 30), "closer"),
    ],
    ids=["dark", "smooth", "small"],
)
def test_a_faulty_photo_is_to_be_taken_better(valves: Client, photo: bytes, way: str) -> None:
    answer = ask(valves, photo)
    assert answer["verdict"] != "match"
    assert answer["nextPhoto"] == {"way": way}


def test_a_match_needs_no_further_photo(colours: Client) -> None:
    answer = ask(colours, side("red"))
    assert answer["verdict"] == "match"
    assert "nextPhoto" not in answer


def test_advice_that_is_late_is_left_out(valves: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stages.BUDGETS, "next", 0.0)
    answer = ask(valves, side("red"))
    assert ("nextPhoto" in answer, answer["dropped"]) == (False, {"next": "late"})
