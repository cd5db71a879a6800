"""Catalogs of printed things asked about themselves, on the real surface channel."""

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from PIL import Image, ImageFilter

from service.jobs import calibration, self_tests
from service.recognition import stages
from service.rehearsal import rehearse
from service.settings import Settings
from tests.integration.conftest import Client
from tests.integration.printed_shop import Shop, Things, open_shop, unhurried
from tests.pictures import PNG, archive, encoded, printed

PATIENCE_SECONDS = 100
SELF_TEST = "/v1/catalogs/shop/self-test"


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    monkeypatch.setattr(rehearse, "VIEWS_OF_PICTURE", 1)
    monkeypatch.setattr(self_tests, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(calibration, "IDLE_SECONDS", 0.2)


@pytest.fixture
def testing(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, self_test="on")


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def wait(shop: Shop, *, after: str = "") -> dict[str, Any]:
    """The newest self-test once it is complete; asking for one wakes the worker."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        answer = shop.client.get(SELF_TEST)
        found: dict[str, Any] = answer.json()
        if answer.status_code == 200 and found["state"] == "completed" and found["id"] != after:
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def ask(shop: Shop) -> dict[str, Any]:
    answer = shop.client.post(SELF_TEST)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def things() -> Things:
    """Labels of their own, a red one, one with a red side that the red one is more like, two twins, and one that has
    the same picture twice.
    """
    twin = printed(30)
    return {
        **{f"LABEL-{seed}": [printed(seed)] for seed in (1, 2)},
        "RED": [printed(90, band="red")],
        "PAIR-A": [twin],
        "PAIR-B": [twin.resize((700, 525))],
        "SIDES": [printed(70), printed(71, band="red")],
        "TWICE": [printed(80), printed(80).crop((8, 8, 712, 532))],
    }


def test_after_an_import_it_is_told_who_finds_himself_and_who_has_a_twin(testing: Settings) -> None:
    with open_shop(testing, things()) as shop:
        found = wait(shop)
    report = found["report"]
    counts = report["counters"]
    assert (found["toAsk"], found["done"]) == (7, 7)
    assert (counts["products"], counts["asked"], counts["sampled"], counts["unusable"]) == (7, 7, 7, 0)
    assert (counts["drawn"], counts["heldOut"], counts["withSeveral"]) == (5, 2, 2)
    (pair,) = [group for group in report["twins"] if "PAIR-A" in group["partNumbers"]]
    assert "PAIR-B" in pair["partNumbers"]
    # Views are drawn by chance, and may tell even these apart.
    assert "pictures" in pair["because"]
    assert all("TWICE" not in group["partNumbers"] for group in report["twins"])
    lost = {one["partNumber"]: one for one in report["lost"]}
    assert lost["SIDES"]["askedBy"] == "held_out"
    assert lost["SIDES"]["found"] != "SIDES"
    assert "TWICE" not in lost
    first = report["findsItself"]
    assert (first["among"], first["count"]) == (7, 7 - counts["lost"])
    assert 0 <= first["low"] < first["value"] < first["high"] <= 1
    assert sum(report["ranks"].values()) == 7
    assert report["ranks"]["1"] == first["count"]
    (group,) = report["copies"]
    assert (group["count"], group["products"], group["identical"]) == (2, 2, False)
    categories = {one["category"]: one for one in report["categories"]}
    assert set(categories) == {"LABEL", "RED", "PAIR", "SIDES", "TWICE"}
    assert categories["LABEL"]["findsItself"]["among"] == 2 == categories["LABEL"]["withPictures"]
    assert categories["TWICE"]["findsItself"]["value"] == 1


def test_weak_pictures_copies_and_empty_categories_are_told(testing: Settings, connection: psycopg.Connection) -> None:
    small = printed(1).resize((24, 18))
    table = (
        "part_number,name,category,pictures\nGOOD,g,Seen,good.png\nSMALL,s,Seen,small.png\nDARK,d,Seen,dark.png\n"
        "BLURRED,b,Seen,blurred.png\nFAR,f,Seen,far.png\nPLAIN,p,Seen,plain.png\nSAME,s,Seen,good.png\n"
        "BROKEN,b,Seen,broken.png\nNONE-1,n,Unseen,\nNONE-2,n,,\n"
    )
    far = Image.new("RGB", (800, 600), "white")
    far.paste(printed(5).resize((160, 120)), (300, 200))
    pictures = {
        "good.png": printed(2),
        "small.png": small,
        "dark.png": printed(3).point(lambda level: level // 8),
        "blurred.png": printed(4).filter(ImageFilter.GaussianBlur(9)),
        "far.png": far,
        "plain.png": Image.new("RGB", (400, 300), "silver"),
        "broken.png": printed(6),
    }
    upload = archive(table, {name: encoded(image, PNG) for name, image in pictures.items()})
    with open_shop(msgspec.structs.replace(testing, self_test="off"), {"OTHER": [printed(9)]}) as shop:
        started = shop.client.post("/v1/catalogs/shop/imports", files={"archive": ("shop.zip", upload)})
        settle(shop, started.headers["Location"], connection)
        lose_picture(connection, shop, "BROKEN", testing)
    with open_shop(testing) as shop:
        report = wait(shop)["report"]
    weak = {one["partNumber"]: one["codes"] for one in report["weakPictures"]}
    assert set(weak) == {"SMALL", "DARK", "BLURRED", "FAR", "PLAIN", "BROKEN"}
    assert "too_small" in weak["SMALL"]
    assert weak["DARK"] == ["too_dark"]
    assert weak["BLURRED"] == ["blurred"]
    assert weak["FAR"] == ["fills_too_little"]
    assert "plain" in weak["PLAIN"]
    assert weak["BROKEN"] == ["unreadable"]
    assert report["weakCodes"]["too_small"] >= 1
    (same,) = report["copies"]
    assert same["identical"]
    assert {one["partNumber"] for one in same["pictures"]} == {"GOOD", "SAME"}
    assert report["counters"]["unusable"] == 1
    categories = {one.get("category"): one for one in report["categories"]}
    assert categories["Unseen"] == {
        "category": "Unseen",
        "products": 1,
        "withPictures": 0,
        "withSeveral": 0,
        "empty": True,
    }
    assert categories[None]["empty"]
    assert report["counters"]["emptyCategories"] == 2
    # The small one, of which little is to be seen, may be taken for them.
    assert any({"GOOD", "SAME"} <= set(group["partNumbers"]) for group in report["twins"])


def settle(shop: Shop, place: str, connection: psycopg.Connection) -> None:
    pending = "SELECT 1 FROM reference_image WHERE 'pending' IN (look_state, surface_state)"
    give_up = time.monotonic() + PATIENCE_SECONDS
    while shop.client.get(place).json()["state"] != "completed" or connection.execute(pending).fetchone():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def lose_picture(connection: psycopg.Connection, shop: Shop, number: str, settings: Settings) -> None:
    """As where a disk has lost a file: the reference is there, and nobody has looked at it."""
    ((key,),) = connection.execute(
        "UPDATE reference_image r SET look_state = 'pending', look = NULL FROM product p"
        " WHERE p.id = r.product_id AND p.part_number = %s RETURNING r.object_key",
        [number],
    ).fetchall()
    (settings.data_folder / "pictures" / key).write_bytes(b"no picture")


def test_what_a_calibration_has_asked_is_not_asked_again(testing: Settings, connection: psycopg.Connection) -> None:
    both = msgspec.structs.replace(testing, calibrate="on")
    with open_shop(both, {f"LABEL-{seed}": [printed(seed)] for seed in (1, 2, 3)}) as shop:
        shop.client.put("/v1/catalogs/shop/calibration", json={"wrongMatches": 0.01})
        found = wait(shop)
        assert "fitted" in shop.client.get("/v1/catalogs/shop/calibration").json()
    assert found["report"]["counters"]["asked"] == 3
    assert connection.execute("SELECT count(*) FROM rehearsal_answer").fetchall() == [(3,)]
    before = "SELECT bool_and(a.asked_at < t.created_at) FROM rehearsal_answer a, self_test t"
    assert connection.execute(before).fetchall() == [(True,)]


def test_nothing_is_tested_again_until_pictures_have_come_or_somebody_asks(
    testing: Settings, connection: psycopg.Connection
) -> None:
    count = "SELECT count(*) FROM self_test"
    with open_shop(testing, {"LABEL-1": [printed(1)], "LABEL-2": [printed(2)]}) as shop:
        first = wait(shop)
        shop.stock({"LABEL-1": [printed(1)]})
        asked = [ask(shop)["id"] for _ in range(3)]
        second = wait(shop, after=first["id"])
        assert set(asked) >= {second["id"]}
        assert connection.execute(count).fetchall()[0][0] == 1 + len(set(asked))
        # The same pictures: what was answered holds.
        assert connection.execute("SELECT count(*) FROM rehearsal_answer").fetchall() == [(2,)]
        shop.stock({"LABEL-3": [printed(3)]})
        third = wait(shop, after=second["id"])
        assert third["report"]["counters"]["products"] == 3


def test_a_test_that_was_cut_off_goes_on_where_it_was(testing: Settings, connection: psycopg.Connection) -> None:
    with open_shop(testing, {f"LABEL-{seed}": [printed(seed)] for seed in (1, 2, 3)}) as shop:
        first = wait(shop)
    # As a worker leaves it that was killed after the second product, a while ago.
    connection.execute(
        "UPDATE self_test SET state = 'running', report = NULL, finished_at = NULL, held_until = now() - interval '1 s'"
    )
    connection.execute("UPDATE self_test_item SET state = 'pending', answer_id = NULL WHERE place = 2")
    connection.execute(
        "DELETE FROM rehearsal_answer WHERE id NOT IN (SELECT answer_id FROM self_test_item"
        " WHERE answer_id IS NOT NULL)"
    )
    kept = connection.execute("SELECT max(id) FROM rehearsal_answer").fetchall()
    with open_shop(testing) as shop:
        again = wait(shop)
    assert again["id"] == first["id"]
    assert again["report"] == first["report"]
    anew = connection.execute("SELECT count(*) FROM rehearsal_answer WHERE id > %s", list(kept[0])).fetchall()
    assert anew == [(1,)]


def test_a_large_catalog_is_sampled_with_some_of_each_category(testing: Settings) -> None:
    few = msgspec.structs.replace(testing, self_test="3")
    stock = {f"MANY-{seed}": [printed(seed)] for seed in range(1, 7)} | {"RARE-1": [printed(20)]}
    with open_shop(few, stock) as shop:
        report = wait(shop)["report"]
    assert report["counters"]["sampled"] == 3 == report["findsItself"]["among"]
    assert 3 < report["counters"]["asked"] <= 7
    rare = next(one for one in report["categories"] if one["category"] == "RARE")
    assert rare["findsItself"]["among"] == 1


def test_without_surfaces_the_image_channel_is_asked(testing: Settings) -> None:
    images_only = msgspec.structs.replace(testing, surface="off")
    with open_shop(images_only, {"RED": [Image.new("RGB", (400, 300), "red")], "LABEL-1": [printed(1)]}) as shop:
        report = wait(shop)["report"]
    assert report["counters"]["asked"] == 2


def test_where_it_is_off_nobody_is_tested(client: Client) -> None:
    client.post("/v1/catalogs", json={"name": "shop"})
    refused = client.post(SELF_TEST)
    assert (refused.status_code, refused.json()["code"]) == (409, "self_test_off")
    absent = client.get(SELF_TEST)
    assert (absent.status_code, absent.json()["code"]) == (404, "self_test_not_found")
    assert client.get("/v1/catalogs/none/self-test").json()["code"] == "catalog_not_found"


def test_a_catalog_without_pictures_is_tested_too(testing: Settings) -> None:
    with open_shop(testing) as shop:
        assert shop.client.post("/v1/catalogs", json={"name": "shop"}).status_code == 201
        ask(shop)
        report = wait(shop)["report"]
    assert "findsItself" not in report
    assert report["counters"]["products"] == 0
