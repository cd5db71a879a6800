"""What a photo is answered with when the surface channel is late, away, not there yet, or switched off."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from service.recognition import stages
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.printed_shop import TABLE, Shop, Things, numbers, open_shop, stock, unhurried
from tests.integration.stocks import Prepare, Stock
from tests.integration.test_failures import FailingEngine
from tests.integration.test_surface_lookups import IMAGE_STAGES, LEAST_INLIERS, assert_seen
from tests.pictures import photo_of, printed

PHOTO = photo_of(printed(1), angle=90)
SOME: Things = {name: stock()[name] for name in ("LABEL-1", "LABEL-2", TABLE)}


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())


@pytest.fixture(scope="module")
def initial_stock(prepare: Prepare) -> Stock:
    """Some of the shop, described."""

    def fill(settings: Settings) -> None:
        with open_shop(settings, SOME):
            pass

    return prepare(fill)


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    with open_shop(settings) as opened:
        opened.wait_for_index()
        yield opened


def features_of(settings: Settings, part_number: str) -> Path:
    query = "SELECT features_key FROM surface_signature s JOIN product p ON p.id = s.product_id WHERE part_number = %s"
    with psycopg.connect(settings.database_url) as connection:
        ((key,),) = connection.execute(query, (part_number,)).fetchall()
    return Path(settings.pictures_location, key)


def test_features_that_are_gone_cost_that_reference_its_check_only(shop: Shop, settings: Settings) -> None:
    features_of(settings, "LABEL-1").unlink()
    answer = shop.look_up(PHOTO.content)
    assert answer["dropped"] == {}
    (gone,) = (c for c in answer["candidates"] if c["partNumber"] == "LABEL-1")
    assert set(gone["evidence"]) == {"imageScore", "surfaceScore"}
    assert "surface" in gone["matchedBy"]
    (other,) = (c for c in answer["candidates"] if c["partNumber"] == "LABEL-2")
    assert other["evidence"]["inliers"] < LEAST_INLIERS


def test_a_store_that_is_away_costs_the_check_and_says_so(shop: Shop, settings: Settings) -> None:
    features = Path(settings.pictures_location, "features")
    features.rename(features.with_name("kept"))
    features.symlink_to(features)  # reading there fails, and not because something is gone
    answer = shop.look_up(PHOTO.content)
    assert answer["dropped"] == {"geometry": "failed"}
    assert len(answer["candidates"]) == len(SOME)
    assert all("inliers" not in c["evidence"] for c in answer["candidates"])
    assert shop.look_up(PHOTO.content, "?channel=surface")["candidates"][0]["partNumber"] == "LABEL-1"
    features.unlink()
    features.with_name("kept").rename(features)
    assert_seen(shop.look_up(PHOTO.content)["candidates"][0], PHOTO)


def test_features_that_are_damaged_cost_that_reference_its_check_only(shop: Shop, settings: Settings) -> None:
    features_of(settings, "LABEL-2").write_bytes(b"no features")
    answer = shop.look_up(PHOTO.content)
    assert answer["dropped"] == {}
    assert_seen(answer["candidates"][0], PHOTO)
    (damaged,) = (c for c in answer["candidates"] if c["partNumber"] == "LABEL-2")
    assert damaged["evidence"]["inliers"] == 0


@pytest.mark.parametrize("stage", ["index", "features", "recall", "describe"])
def test_without_surfaces_in_time_the_image_answers_alone(
    shop: Shop, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(stages.BUDGETS, stage, 0)
    answer = shop.look_up(PHOTO.content)
    assert answer["dropped"] == {stage: "late"}
    assert "probability" not in answer["verdictBasis"]
    assert {tuple(c["matchedBy"]) for c in answer["candidates"]} == {("image",)}
    assert len(answer["candidates"]) == len(SOME)
    assert stage in answer["timings"]
    monkeypatch.setitem(stages.BUDGETS, stage, 30)
    assert_seen(shop.look_up(PHOTO.content)["candidates"][0], PHOTO)


def test_a_check_that_is_late_leaves_what_the_other_channels_say(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stages.BUDGETS, "geometry", 0)
    answer = shop.look_up(PHOTO.content)
    assert answer["dropped"] == {"geometry": "late"}
    assert {"imageScore", "surfaceScore"} == set(answer["candidates"][0]["evidence"])
    assert 0 <= answer["verdictBasis"]["probability"] <= 1


def test_lookups_that_were_late_leave_no_connection_behind(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("index", "describe"):
        monkeypatch.setitem(stages.BUDGETS, stage, 0)
        for _ in range(12):  # more than the pool holds
            assert stage in shop.look_up(PHOTO.content)["dropped"]
        monkeypatch.setitem(stages.BUDGETS, stage, 30)
    assert shop.look_up(PHOTO.content)["dropped"] == {}


def test_the_first_lookup_after_a_start_does_not_wait_for_the_index(settings: Settings) -> None:
    with open_shop(settings) as again:
        first = again.look_up(PHOTO.content)
        assert first["dropped"] == {"recall": "loading"}
        assert set(first["timings"]) == IMAGE_STAGES | {"index", "features", "codes", "scale"}
        assert numbers(first)
        again.wait_for_index()
        assert all(again.look_up(PHOTO.content)["dropped"] == {} for _ in range(5))
        assert_seen(again.look_up(PHOTO.content)["candidates"][0], PHOTO)


def test_of_a_catalog_too_large_for_memory_surfaces_rank_what_the_image_finds(settings: Settings) -> None:
    little = msgspec.structs.replace(settings, surface_references=2)
    with open_shop(little) as shop:
        shop.wait_for_index()
        answer = shop.look_up(PHOTO.content)
        assert (numbers(answer)[0], answer["dropped"]) == ("LABEL-1", {})
        assert_seen(answer["candidates"][0], PHOTO)
        assert "image" in answer["candidates"][0]["matchedBy"]
        alone = shop.look_up(PHOTO.content, "?channel=surface&channel=geometry")
        assert (alone["candidates"], alone["verdict"]) == ([], "no_match")
        assert alone["dropped"] == {}


def test_a_model_that_is_away_is_told_also_where_surfaces_wait_for_it(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    little = msgspec.structs.replace(settings, surface_references=1)
    engine = FailingEngine(TimeoutError())
    with TestClient(create_app(little, engine), raise_server_exceptions=False) as client:
        shop = Shop(client=client)
        failed = shop.post(PHOTO.content)
        assert (failed.status_code, failed.json()["code"]) == (503, "timed_out")
        shop.wait_for_index()
        engine.failures.append(TimeoutError())
        failed = shop.post(PHOTO.content)
        assert (failed.status_code, failed.json()["code"]) == (503, "timed_out")
        assert shop.look_up(PHOTO.content)["dropped"] == {}
    forgotten = [record for record in caplog.records if record.name == asyncio.__name__]
    assert [record for record in forgotten if record.levelno >= logging.ERROR] == []


def test_switched_off_there_are_no_surfaces(settings: Settings) -> None:
    with open_shop(msgspec.structs.replace(settings, surface="off")) as shop:
        answer = shop.look_up(PHOTO.content)
        assert (set(answer["timings"]), answer["dropped"]) == (IMAGE_STAGES | {"codes", "scale"}, {})
        assert "probability" not in answer["verdictBasis"]
        assert all(set(c["evidence"]) == {"imageScore"} for c in answer["candidates"])
        surface_only = shop.look_up(PHOTO.content, "?channel=surface")
        assert (surface_only["candidates"], surface_only["verdict"]) == ([], "no_match")


def test_where_images_say_nothing_an_unchecked_surface_is_no_match_by_itself(shop: Shop) -> None:
    answer = shop.look_up(photo_of(printed(999)).content, "?channel=surface")
    assert answer["verdict"] != "match"
