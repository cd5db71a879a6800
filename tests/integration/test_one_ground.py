"""Things that lie on one desk, over HTTP: each is found by itself, and what is not there is not found by the desk."""

from collections.abc import Iterator

import numpy as np
import pytest

from loadtests.desks import Picture, Thing, drawn_desk, shot
from service.recognition import stages
from service.recognition.fusion import TRUSTED_FROM
from service.recognition.proposals import CONFIRMED_INLIERS
from service.settings import Settings
from tests.databases import fresh_database
from tests.integration.printed_shop import Shop, open_shop, unhurried
from tests.pictures import decoded, printed

TAUGHT = range(1, 5)
SIDES = 2


class Desk:
    """The service with what was taught on a desk, and the desk."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(5)
        self._wood: Picture = drawn_desk(self._rng)

    def photo(self, number: int) -> bytes:
        picture = np.asarray(printed(number))
        return shot(Thing(picture, np.ones(picture.shape[:2], np.float32)), self._wood, self._rng)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def shop(postgres: str, tmp_path_factory: pytest.TempPathFactory, desk: Desk) -> Iterator[Shop]:
    things = {f"THING-{number}": [decoded(desk.photo(number)) for _ in range(SIDES)] for number in TAUGHT}
    with fresh_database(postgres) as url:
        settings = Settings(
            database_url=url, data=tmp_path_factory.mktemp("desk"), connections=4, text="off", calibrate="off"
        )
        with pytest.MonkeyPatch.context() as patched, open_shop(settings, things) as opened:
            patched.setattr(stages, "BUDGETS", unhurried())
            opened.wait_for_index()
            yield opened


def test_each_thing_is_found_by_itself(shop: Shop, desk: Desk) -> None:
    for number in TAUGHT:
        best, *others = shop.look_up(desk.photo(number))["candidates"]
        assert best["partNumber"] == f"THING-{number}"
        assert "geometry" in best["matchedBy"]
        assert best["evidence"]["inliers"] > 3 * CONFIRMED_INLIERS
        assert all(other["evidence"].get("inliers", 0) < best["evidence"]["inliers"] / 1.5 for other in others)
        across = [corner["x"] for corner in best["outline"]]
        assert -0.5 < min(across) < max(across) < 1.5


def test_what_is_not_there_is_not_found_by_the_desk(shop: Shop, desk: Desk) -> None:
    for number in (11, 12, 13):
        answer = shop.look_up(desk.photo(number))
        fitting = {one["partNumber"]: one["evidence"].get("inliers", 0) for one in answer["candidates"]}
        assert len(fitting) > 0
        assert max(fitting.values()) < TRUSTED_FROM, fitting  # by the desk alone there were 120
