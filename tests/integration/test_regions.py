"""A lookup of a part of the photo."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from service.recognition import stages
from service.settings import Settings
from tests.integration.conftest import Client
from tests.integration.printed_shop import open_shop, unhurried
from tests.pictures import EXIF_ORIENTATION, PNG, STORED_AS, encoded, photo_of, printed

LOOKUPS = "/v1/catalogs/colours/lookups"
OFF = 0.04


def halves(left: str, right: str, orientation: int = 1) -> bytes:
    """Two colours side by side, as they are seen upright."""
    image = Image.new("RGB", (640, 480), left)
    image.paste(right, (320, 0, 640, 480))
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    stored = image.transpose(STORED_AS[orientation]) if orientation in STORED_AS else image
    return encoded(stored, exif=exif)


def first(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["candidates"][0]["partNumber"]
    return number


def post(client: Client, photo: bytes, region: str) -> Any:
    return client.post(f"{LOOKUPS}?region={region}", content=photo, headers={"Content-Type": "image/jpeg"})


@pytest.mark.parametrize("orientation", [1, 6])
def test_what_lies_beside_the_region_is_not_looked_at(colours: Client, orientation: int) -> None:
    photo = halves("red", "blue", orientation)
    assert first(post(colours, photo, "0,0,0.5,1")) == "P-red"
    assert first(post(colours, photo, "0.5,0,0.5,1")) == "P-blue"
    assert first(post(colours, photo, "0.7,0.4,0.05,0.05")) == "P-blue"


def test_the_answer_says_where_was_looked_and_advises_on_that(colours: Client) -> None:
    photo = halves("red", "black")
    answer = post(colours, photo, "0.6,0.1,0.01,0.02").json()["photo"]
    assert answer["region"] == {"x": 0.6, "y": 0.1, "width": 0.01, "height": 0.02}
    assert (answer["width"], answer["height"]) == (640, 480)
    assert {"too_dark", "too_small"} <= set(answer["advice"])
    whole = colours.post(LOOKUPS, content=photo, headers={"Content-Type": "image/jpeg"}).json()["photo"]
    assert ("region" in whole, "too_dark" in whole["advice"]) == (False, False)


def test_a_form_takes_the_region_in_its_options(colours: Client) -> None:
    options = {"region": {"x": 0.5, "y": 0, "width": 0.5, "height": 1}}
    found = colours.post(
        LOOKUPS,
        files={"photo": ("p.jpg", halves("red", "blue"), "image/jpeg")},
        data={"request": json.dumps(options)},
    )
    assert first(found) == "P-blue"
    again = colours.get(found.headers["Location"]).json()
    assert again["photo"]["region"] == {"x": 0.5, "y": 0.0, "width": 0.5, "height": 1.0}


@pytest.mark.parametrize(
    "region",
    [
        "0.6,0,0.5,1",
        "0,0.9,1,0.2",
        "0,0,0,1",
        "0,0,0.001,1",
        "-0.1,0,0.5,1",
        "0,0,1",
        "a,0,1,1",
        "nan,0,0.5,0.5",
        "0,0,inf,1",
        "",
    ],
)
def test_a_region_lies_within_the_photo(colours: Client, region: str) -> None:
    answer = post(colours, halves("red", "blue"), region)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed"), answer.text


@pytest.mark.parametrize("share", [0.02, 0.4])
def test_a_small_region_of_a_huge_photo(colours: Client, share: float) -> None:
    """48 megapixels do not fit into a decoder's memory whole; what fits is looked at."""
    image = Image.new("RGB", (8000, 6000), "red")
    image.paste("blue", (4000, 3000, 8000, 6000))
    answer = post(colours, encoded(image), f"0.55,0.55,{share},{share}")
    assert first(answer) == "P-blue"


def test_an_outline_is_told_in_the_whole_photo(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    one, other = (photo_of(printed(seed), scale=0.7, size=(640, 640)) for seed in (1, 2))
    both = Image.new("RGB", (1280, 640))
    for place, taken in enumerate((one, other)):
        with Image.open(io.BytesIO(taken.content)) as opened:
            both.paste(opened, (640 * place, 0))
    with open_shop(settings, {"LABEL-1": [printed(1)], "LABEL-2": [printed(2)]}) as shop:
        shop.wait_for_index()
        for place, taken in enumerate((one, other)):
            best = shop.look_up(encoded(both, PNG), f"?region={place / 2},0,0.5,1")["candidates"][0]
            assert best["partNumber"] == f"LABEL-{place + 1}"
            outline = np.array([(corner["x"], corner["y"]) for corner in best["outline"]])
            assert np.abs(outline - (np.array(taken.corners) / (2, 1) + (place / 2, 0))).max() < OFF
