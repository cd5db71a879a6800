"""A scale card beside the part, over HTTP: what is measured, and when size decides between products that look alike."""

from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner
from httpx import Response

from service.cli import main
from service.demo.data_set import DATA
from service.settings import Settings
from tests.integration.conftest import Client
from tests.integration.stocks import Prepare, Stock, make_catalog, open_client
from tests.pictures import archive

PHOTO = (DATA / "queries" / "din-319-24-b.jpg").read_bytes()
"""A ball knob of 24 mm beside the card."""
JPEG = {"Content-Type": "image/jpeg"}
pytestmark = pytest.mark.usefixtures("unhurried_keeper", "unhurried_stages")


CATALOGS = {
    "twins": {"K24": "24 x 24 x 22 mm", "K48": "4.8 x 4.8 x 4.4 cm"},
    "larger": {"K40": "40 x 40 x 37", "K48": "48 x 48 x 44"},
    "close": {f"K{edge}": f"{edge} x {edge} x {edge - 2}" for edge in (24, 25, 48, 60, 70, 90)},
    "unsized": {"K24": "24 x 24 x 22", "K?": ""},
}
"""Sizes of products by number, which all look like the photo."""


@pytest.fixture(scope="module")
def initial_stock(prepare: Prepare) -> Stock:
    def fill(settings: Settings) -> None:
        with open_client(settings) as client:
            for catalog, sizes in CATALOGS.items():
                make_catalog(client, catalog, knobs_upload(sizes))

    return prepare(fill)


def knobs_upload(sizes: Mapping[str, str]) -> bytes:
    rows = "".join(f"{number},ball knob,{size},{number[1:].replace('?', '0')}.jpg\n" for number, size in sizes.items())
    files = {f"{number[1:].replace('?', '0')}.jpg": PHOTO for number in sizes}
    return archive(f"part_number,name,size_mm,pictures\n{rows}", files)


@pytest.fixture
def knobs(client: Client) -> Client:
    return client


def ask(client: Client, catalog: str, query: str = "", photo: bytes = PHOTO) -> dict[str, Any]:
    return answered(client.post(f"/v1/catalogs/{catalog}/lookups{query}", content=photo, headers=JPEG))


def answered(response: Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_the_part_is_measured(knobs: Client) -> None:
    answer = ask(knobs, "twins")
    scale = answer["photo"]["scale"]
    assert (scale["card"], scale["markers"], len(scale["outline"])) == ("card", 4, 4)
    assert 0.05 < scale["millimetresPerPixel"] < 0.5
    part = scale["measured"]
    # It stands 22 mm high, nearer to the camera than the card: so it looks larger than it is.
    assert 22 < part["breadth"] <= part["length"] < 32
    assert 0 < part["error"] < 0.3
    assert len(part["outline"]) > 3
    assert knobs.get(f"/v1/lookups/{answer['id']}").json() == answer


def test_size_decides_between_twins_and_says_so(knobs: Client) -> None:
    answer = ask(knobs, "twins")
    first, other = answer["candidates"]
    assert (answer["verdict"], first["partNumber"], other["partNumber"]) == ("match", "K24", "K48")
    assert first["matchedBy"] == ["image", "size"]
    assert first["evidence"]["size"]["distance"] <= 1.5
    assert other["evidence"]["size"]["distance"] >= 2.5
    assert other["evidence"]["size"]["expected"] > other["evidence"]["size"]["measured"]
    assert "size" not in other["matchedBy"]
    assert "size decides" in answer["verdictBasis"]["thresholds"]
    assert answer["verdictBasis"]["probability"] >= 0.8


@pytest.mark.parametrize("catalog", ["larger", "unsized"])
def test_size_leaves_open_what_it_cannot_tell(knobs: Client, catalog: str) -> None:
    answer = ask(knobs, catalog)
    assert all("size" not in one["matchedBy"] for one in answer["candidates"])
    assert "size decides" not in answer["verdictBasis"]["thresholds"]
    assert "measured" in answer["photo"]["scale"]


def test_where_size_decides_nothing_what_is_of_it_comes_first(knobs: Client) -> None:
    answer = ask(knobs, "close", "?limit=6")
    numbers = [one["partNumber"] for one in answer["candidates"]]
    assert set(numbers[:2]) == {"K24", "K25"}
    assert len(numbers) == 6
    scores = [one["score"] for one in answer["candidates"]]
    assert scores == sorted(scores, reverse=True)
    assert answer["verdict"] == "ambiguous"


def test_who_does_not_ask_for_sizes_gets_none(knobs: Client) -> None:
    form = {"photo": ("a.jpg", PHOTO, "image/jpeg"), "request": (None, b'{"channels": ["image"]}', "application/json")}
    answer = answered(knobs.post("/v1/catalogs/twins/lookups", files=form))
    assert answer["verdict"] == "ambiguous"
    assert "scale" not in answer["photo"]
    assert "scale" not in answer["timings"]


def test_without_a_card_nothing_is_claimed(knobs: Client) -> None:
    photo = (DATA / "queries" / "ab-30x33x12-1g-a.jpg").read_bytes()
    answer = ask(knobs, "twins", photo=photo)
    assert "scale" not in answer["photo"]
    assert "scale" in answer["timings"]
    assert all("size" not in one["evidence"] for one in answer["candidates"])


def test_in_a_region_places_are_of_the_whole_photo(knobs: Client) -> None:
    whole = ask(knobs, "twins")["photo"]["scale"]
    cut = ask(knobs, "twins", "?region=0.02,0.02,0.96,0.96")["photo"]["scale"]
    assert cut["millimetresPerPixel"] == pytest.approx(whole["millimetresPerPixel"], rel=0.03)
    for one, other in zip(whole["outline"], cut["outline"], strict=True):
        assert (other["x"], other["y"]) == pytest.approx((one["x"], one["y"]), abs=0.01)


def test_an_unknown_paper_is_refused() -> None:
    assert CliRunner().invoke(main, ["scale-card", "--paper", "letter", "--out", "x.pdf"]).exit_code == 2
