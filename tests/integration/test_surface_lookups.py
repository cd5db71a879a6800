"""Photos of printed things over HTTP: found by their surface, checked by geometry, told apart by colour."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest

from service.recognition import stages
from service.settings import Settings
from tests.databases import fresh_database
from tests.integration.printed_shop import (
    BACK,
    BANDS,
    FRONT,
    LABELS,
    SIBLINGS,
    TABLE,
    Shop,
    numbers,
    open_shop,
    stock,
    unhurried,
)
from tests.integration.stocks import Prepare, Stock
from tests.pictures import PNG, TakenPhoto, encoded, mirrored, photo_of, printed

IMAGE_STAGES = {"decode", "embed", "search", "fusion", "total"}
ALL_STAGES = IMAGE_STAGES | {"codes", "scale", "index", "features", "recall", "describe", "geometry"}
LEAST_INLIERS = 12
"""Of a thing that is there. What is not there may have some by chance, but fewer."""

OFF = 0.04
"""How far an outline's corners may lie from the thing's, in fractions of the photo."""

VIEWS: dict[str, dict[str, Any]] = {
    "upright": {},
    "quarter": {"angle": 90},
    "half": {"angle": 180},
    "three quarters": {"angle": 270},
    "turned": {"angle": 30, "scale": 0.7},
    "tilted": {"angle": -15, "tilt": 3e-4},
    "dark": {"angle": 200, "light": 0.35},
    "small": {"angle": 75, "scale": 0.55, "tilt": -2e-4},
    "portrait by EXIF": {"size": (768, 1024), "angle": 20, "scale": 0.7, "orientation": 6},
    "upside down by EXIF": {"angle": 10, "orientation": 3},
    "other portrait by EXIF": {"size": (768, 1024), "angle": 100, "orientation": 8},
}


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())


@pytest.fixture(scope="module")
def shop(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The stock, which no test here changes."""
    with fresh_database(postgres) as url:
        settings = Settings(
            database_url=url,
            data=tmp_path_factory.mktemp("shop"),
            connections=4,
            text="off",
            calibrate="off",
            self_test="off",
        )
        with pytest.MonkeyPatch.context() as patched, open_shop(settings, stock()) as opened:
            patched.setattr(stages, "BUDGETS", unhurried())
            opened.wait_for_index()
            yield opened


@pytest.fixture(scope="module")
def initial_stock(prepare: Prepare) -> Stock:
    """One label."""

    def fill(settings: Settings) -> None:
        with open_shop(settings, {"LABEL-1": [printed(1)]}):
            pass

    return prepare(fill)


@pytest.fixture
def own(settings: Settings) -> Iterator[Shop]:
    """A shop of the test's own, with one label."""
    with open_shop(settings) as opened:
        opened.wait_for_index()
        yield opened


def assert_not_seen(answer: dict[str, Any]) -> None:
    """That nothing in the photo was taken for a thing of the catalog."""
    assert max((c["evidence"].get("inliers", 0) for c in answer["candidates"]), default=0) < LEAST_INLIERS
    assert answer["verdict"] != "match"


def assert_seen(best: dict[str, Any], photo: TakenPhoto) -> None:
    """That a candidate was found and confirmed by its surface, where it lies."""
    assert {"surface", "geometry"} <= set(best["matchedBy"])
    assert best["evidence"]["inliers"] >= LEAST_INLIERS
    assert best["evidence"]["surfaceScore"] > 0
    outline = [(corner["x"], corner["y"]) for corner in best["outline"]]
    assert np.abs(np.array(outline) - photo.corners).max() < OFF, (outline, photo.corners)


@pytest.mark.parametrize("view", VIEWS)
def test_a_label_is_found_however_it_lies(shop: Shop, view: str) -> None:
    """Two labels a view, in turns: each is seen from five sides at least."""
    turn = list(VIEWS).index(view)
    for seed in (LABELS[turn % len(LABELS)], LABELS[(turn + 1) % len(LABELS)]):
        photo = photo_of(printed(seed), **VIEWS[view])
        answer = shop.look_up(photo.content)
        best, *others = answer["candidates"]
        assert best["partNumber"] == f"LABEL-{seed}"
        assert_seen(best, photo)
        assert all(other["evidence"].get("inliers", 0) < best["evidence"]["inliers"] / 2 for other in others)
        assert (answer["dropped"], set(answer["timings"])) == ({}, ALL_STAGES)
        assert 0.5 < answer["verdictBasis"]["probability"] <= 1


def test_colours_alone_would_have_said_the_table(shop: Shop) -> None:
    photo = photo_of(printed(1), scale=0.4).content
    assert numbers(shop.look_up(photo, "?channel=image"))[0] == TABLE
    assert numbers(shop.look_up(photo))[0] == "LABEL-1"


def test_the_photo_that_shows_a_thing_gives_its_outline_and_the_other_one_weighs_it_too(shop: Shop) -> None:
    """One photo shows the label, the other the plain table."""
    seen, table = photo_of(printed(1), angle=30, scale=0.7), encoded(stock()[TABLE][0], PNG)
    parts = [("photo", ("a.png", table, "image/png")), ("photo", ("b.jpg", seen.content, "image/jpeg"))]
    answer = shop.client.post("/v1/catalogs/shop/lookups", files=parts).json()
    (label,) = [one for one in answer["candidates"] if one["partNumber"] == "LABEL-1"]
    assert label["evidencePhoto"] == 1
    assert_seen(label, seen)
    advised = set() if answer["verdict"] == "match" else {"next"}
    assert (answer["dropped"], set(answer["timings"])) == ({}, ALL_STAGES | advised)
    both = shop.client.post("/v1/catalogs/shop/lookups", files=[parts[1], parts[1]]).json()
    alone = shop.look_up(seen.content)
    assert numbers(both) == numbers(alone)
    assert both["verdictBasis"]["probability"] == alone["verdictBasis"]["probability"]
    assert both["verdictBasis"]["probability"] >= answer["verdictBasis"]["probability"]


def test_a_hint_does_not_overrule_what_geometry_confirms(shop: Shop) -> None:
    photo = photo_of(printed(1), angle=20)
    plain, hinted = (shop.look_up(photo.content, query) for query in ("", "?text=LABEL-2&limit=20"))
    assert numbers(hinted)[0] == numbers(plain)[0] == "LABEL-1"
    assert hinted["verdictBasis"]["probability"] == pytest.approx(plain["verdictBasis"]["probability"], abs=0.1)
    (named,) = [one for one in hinted["candidates"] if one["partNumber"] == "LABEL-2"]
    assert named["evidence"]["wordScore"] == 1
    assert "text" in named["matchedBy"]
    assert (hinted["dropped"], set(hinted["timings"])) == ({}, ALL_STAGES | {"text", "hint"})


@pytest.mark.parametrize("view", ["upright", "tilted", "dark", "three quarters"])
def test_siblings_that_share_their_print_are_told_apart_by_the_colour_of_a_band(shop: Shop, view: str) -> None:
    for band in BANDS:
        photo = photo_of(printed(SIBLINGS, band=band), **VIEWS[view])
        answer = shop.look_up(photo.content)
        assert numbers(answer)[0] == f"BAND-{band}"
        assert_seen(answer["candidates"][0], photo)


def test_a_mirrored_photo_is_not_verified(shop: Shop) -> None:
    for seed in LABELS[:2]:
        assert_not_seen(shop.look_up(mirrored(photo_of(printed(seed), angle=20))))


def test_a_photo_of_what_is_not_in_the_catalog_is_not_verified(shop: Shop) -> None:
    for seed in (997, 998, 999):
        assert_not_seen(shop.look_up(photo_of(printed(seed), angle=20).content))


def test_a_photo_without_any_texture_is_answered_by_the_image_alone(shop: Shop) -> None:
    answer = shop.look_up(encoded(stock()[TABLE][0]))
    assert numbers(answer)[0] == TABLE
    assert answer["candidates"][0]["matchedBy"] == ["image"]
    assert answer["dropped"] == {}


@pytest.mark.parametrize("side", [FRONT, BACK])
def test_a_product_is_one_candidate_and_shows_the_reference_that_was_seen(shop: Shop, side: int) -> None:
    photo = photo_of(printed(side), angle=90)
    answer = shop.look_up(photo.content)
    assert numbers(answer)[0] == "TWO-SIDED"
    assert len(set(numbers(answer))) == len(numbers(answer))
    best = answer["candidates"][0]
    assert_seen(best, photo)
    assert shop.client.get(best["referenceImage"]["imageUrl"]).content == encoded(printed(side), "PNG")


def test_no_more_candidates_are_given_than_were_asked_for(shop: Shop) -> None:
    photo = photo_of(printed(SIBLINGS, band="red")).content
    assert numbers(shop.look_up(photo, "?limit=2"))[0] == "BAND-red"
    assert len(numbers(shop.look_up(photo, "?limit=2"))) == 2


def test_filters_hold_for_what_the_surface_finds(shop: Shop) -> None:
    photo = photo_of(printed(1), angle=45, scale=0.7).content
    narrowed = shop.look_up(photo, "?category=BAND&category=TABLE")
    assert set(numbers(narrowed)) == {TABLE, *(f"BAND-{band}" for band in BANDS)}
    assert_not_seen(narrowed)
    assert numbers(shop.look_up(photo, "?category=LABEL"))[0] == "LABEL-1"
    assert shop.look_up(photo, "?category=NONE")["candidates"] == []


def ask(shop: Shop, photo: bytes, channels: list[str], form: bool) -> httpx.Response:
    if form:
        files = {"photo": ("p.jpg", photo, "image/jpeg")}
        options = {"request": json.dumps({"channels": channels})}
        return shop.client.post("/v1/catalogs/shop/lookups", files=files, data=options)
    return shop.post(photo, "?" + "&".join(f"channel={name}" for name in channels))


@pytest.mark.parametrize("form", [True, False])
def test_the_image_channel_alone_says_nothing_of_surfaces(shop: Shop, form: bool) -> None:
    answer = ask(shop, photo_of(printed(1)).content, ["image"], form).json()
    assert set(answer["timings"]) == IMAGE_STAGES
    assert "probability" not in answer["verdictBasis"]
    assert answer["candidates"]
    for candidate in answer["candidates"]:
        assert (set(candidate["evidence"]), candidate["matchedBy"]) == ({"imageScore"}, ["image"])
        assert "outline" not in candidate


@pytest.mark.parametrize("form", [True, False])
def test_the_surface_alone_needs_no_image_score(shop: Shop, form: bool) -> None:
    photo = photo_of(printed(2), angle=120).content
    answer = ask(shop, photo, ["surface"], form).json()
    assert numbers(answer)[0] == "LABEL-2"
    assert all((c["matchedBy"], set(c["evidence"])) == (["surface"], {"surfaceScore"}) for c in answer["candidates"])
    assert not {"embed", "search", "geometry"} & set(answer["timings"])
    checked = ask(shop, photo, ["surface", "geometry"], form).json()
    assert checked["candidates"][0]["matchedBy"] == ["surface", "geometry"]
    assert "imageScore" not in checked["candidates"][0]["evidence"]
    both = ask(shop, photo, ["image", "surface"], form).json()
    assert set(both["candidates"][0]["evidence"]) == {"imageScore", "surfaceScore"}


@pytest.mark.parametrize("form", [True, False])
def test_geometry_checks_what_the_image_channel_finds(shop: Shop, form: bool) -> None:
    photo = photo_of(printed(2), angle=120)
    answer = ask(shop, photo.content, ["image", "geometry"], form).json()
    best = answer["candidates"][0]
    assert (best["partNumber"], best["matchedBy"]) == ("LABEL-2", ["image", "geometry"])
    assert set(best["evidence"]) == {"imageScore", "inliers"}
    assert "recall" not in answer["timings"]


@pytest.mark.parametrize("form", [True, False])
@pytest.mark.parametrize("channels", [["geometry"], ["taste"], ["image", "smell"]])
def test_channels_that_find_nothing_or_are_unknown_are_refused(shop: Shop, channels: list[str], form: bool) -> None:
    answer = ask(shop, photo_of(printed(1)).content, channels, form)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert "channel" in json.dumps(answer.json()["errors"])


def test_an_answer_is_stored_with_its_evidence_and_repeated_as_it_was(shop: Shop) -> None:
    photo = photo_of(printed(3), angle=33).content
    first = shop.post(photo, **{"Idempotency-Key": "once"})
    again = shop.post(photo, **{"Idempotency-Key": "once"})
    assert again.content == first.content
    stored = shop.client.get(first.headers["Location"])
    assert stored.content == first.content
    assert {"inliers", "surfaceScore"} <= set(stored.json()["candidates"][0]["evidence"])
    assert len(stored.json()["candidates"][0]["outline"]) == 4
    assert stored.json()["verdictBasis"]["probability"] > 0.5


def test_what_was_described_a_moment_ago_is_found_by_the_next_photo(own: Shop) -> None:
    photo = photo_of(printed(8), angle=90)
    assert numbers(own.look_up(photo.content)) == ["LABEL-1"]
    own.stock({"LABEL-8": [printed(8)]})
    answer = own.look_up(photo.content)
    assert (numbers(answer)[0], answer["dropped"]) == ("LABEL-8", {})
    assert_seen(answer["candidates"][0], photo)


def test_a_reference_that_was_taken_away_is_never_shown(own: Shop) -> None:
    back = photo_of(printed(BACK), angle=90)
    own.stock({"TWO-SIDED": [printed(FRONT), printed(BACK)]})
    assert_seen(own.look_up(back.content)["candidates"][0], back)
    own.stock({"TWO-SIDED": [printed(FRONT)]})
    assert_not_seen(own.look_up(back.content))
    front = photo_of(printed(FRONT), angle=90)
    assert_seen(own.look_up(front.content)["candidates"][0], front)


@pytest.mark.parametrize("told", [True, False])
def test_a_product_that_was_deleted_is_never_answered(own: Shop, settings: Settings, told: bool) -> None:
    own.stock({"LABEL-2": [printed(2)]})
    photo = photo_of(printed(2)).content
    assert numbers(own.look_up(photo))[0] == "LABEL-2"
    with psycopg.connect(settings.database_url) as connection:
        if not told:  # as if it were deleted while the photo is looked up: the index still has it
            connection.execute("ALTER TABLE surface_signature DISABLE TRIGGER ALL")
        connection.execute("DELETE FROM product WHERE part_number = 'LABEL-2'")
    answer = own.look_up(photo)
    assert (numbers(answer), answer["dropped"]) == (["LABEL-1"], {})
