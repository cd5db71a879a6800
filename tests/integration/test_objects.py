"""Several things in one photo, and the one thing that a photo is of, over HTTP."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from service.cli import calling, main
from service.demo.phone import Phone
from service.recognition import stages
from service.recognition.embedding.fake import FakeEngine
from service.recognition.objects.boxes import Detected, overlap
from service.recognition.objects.fake import FakeDetector
from service.recognition.region import Region
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.integration.printed_shop import open_shop, unhurried
from tests.pictures import PNG, encoded, photo_of, printed

LOOKUPS = "/v1/catalogs/colours/lookups"
Box = tuple[float, float, float, float]
RED, BLUE = (0.1, 0.2, 0.3, 0.4), (0.6, 0.5, 0.25, 0.3)


class Failing(FakeDetector):
    """Finds nothing out, whatever it is shown."""

    async def detect(self, image: Image.Image, most: int) -> Sequence[Detected]:
        raise ValueError("no eyes")


@pytest.fixture(autouse=True)
def _unhurried(unhurried_stages: None, unhurried_keeper: None) -> None:
    """However busy the machine is."""


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """The application with a detector that sees colours only."""
    app = create_app(settings, FakeEngine(), FakeSurface(), detector=FakeDetector())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def table(*things: tuple[str, Box]) -> bytes:
    """Plain colours on a grey table."""
    image = Image.new("RGB", (800, 600), (110, 110, 110))
    for colour, (x, y, width, height) in things:
        place = (round(x * 800), round(y * 600), round((x + width) * 800), round((y + height) * 600))
        image.paste(colour, place)
    return encoded(image, PNG)


def ask(client: Client, photo: bytes, query: str) -> dict[str, Any]:
    answer = client.post(f"{LOOKUPS}?{query}", content=photo, headers={"Content-Type": "image/png"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def lies(region: dict[str, float], box: Box) -> bool:
    x, y, width, height = box
    return overlap(Region(**region), Region(x=x, y=y, width=width, height=height)) > 0.5


def test_each_object_has_an_answer_of_its_own(colours: Client) -> None:
    found = ask(colours, table(("red", RED), ("blue", BLUE)), "objects=true&limit=2")
    red, blue = found["objects"]
    assert lies(red["region"], RED)
    assert lies(blue["region"], BLUE)
    assert red["confidence"] > blue["confidence"]
    for one, number in ((red, "P-red"), (blue, "P-blue")):
        assert [candidate["rank"] for candidate in one["candidates"]] == [1, 2]
        assert one["candidates"][0]["partNumber"] == number
        assert one["verdict"] in ("match", "ambiguous", "no_match")
        assert one["verdictBasis"]["thresholds"]
        assert "dropped" not in one
    assert {"detect", "objects"} <= set(found["timings"])
    assert found["dropped"] == {}


def test_the_rest_of_the_answer_is_of_the_whole_photo(colours: Client) -> None:
    photo = table(("red", RED), ("blue", BLUE))
    with_objects, without = ask(colours, photo, "objects=true"), ask(colours, photo, "")
    same = ("candidates", "verdict", "verdictBasis", "photo", "ranked")
    assert {name: with_objects[name] for name in same} == {name: without[name] for name in same}
    assert "objects" not in without


def test_an_empty_table_has_no_objects(colours: Client) -> None:
    assert ask(colours, table(), "objects=true")["objects"] == []


def test_the_answer_is_kept_with_its_objects(colours: Client) -> None:
    found = ask(colours, table(("red", RED), ("blue", BLUE)), "objects=true")
    assert colours.get(f"/v1/lookups/{found['id']}").json() == found


def test_an_object_can_be_asked_for_and_confirmed(colours: Client) -> None:
    found = ask(colours, table(("red", RED), ("blue", BLUE)), "objects=true&limit=1")
    for one in found["objects"]:
        again = colours.post(LOOKUPS, json={"photoOf": found["id"], "region": one["region"]})
        assert again.status_code == 200, again.text
        best = again.json()["candidates"][0]
        assert best["partNumber"] == one["candidates"][0]["partNumber"]
        said = {"outcome": "confirmed", "partNumber": best["partNumber"]}
        assert colours.post(f"/v1/lookups/{again.json()['id']}/confirmation", json=said).status_code == 200


def test_objects_of_a_region_are_told_in_the_whole_photo(colours: Client) -> None:
    found = ask(colours, table(("red", RED), ("blue", BLUE)), "objects=true&region=0.5,0.4,0.5,0.6")
    (only,) = found["objects"]
    assert lies(only["region"], BLUE)
    assert only["candidates"][0]["partNumber"] == "P-blue"


def test_a_form_takes_the_options(colours: Client) -> None:
    photo = table(("red", RED), ("blue", BLUE))
    answer = colours.post(
        LOOKUPS, files={"photo": ("p.png", photo, "image/png")}, data={"request": json.dumps({"objects": True})}
    )
    assert len(answer.json()["objects"]) == 2


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"text": "red", "objects": True}, "objects"),
        ({"text": "red", "focus": "auto"}, "focus"),
        ({"photoUrl": "https://example.com/p.jpg", "objects": True, "focus": "auto"}, "focus"),
        (
            {
                "photoUrl": "https://example.com/p.jpg",
                "focus": "auto",
                "region": {"x": 0, "y": 0, "width": 0.5, "height": 0.5},
            },
            "focus",
        ),
    ],
)
def test_what_cannot_be_asked_together_is_refused(colours: Client, options: dict[str, Any], field: str) -> None:
    refused = colours.post(LOOKUPS, json=options)
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")
    assert [one["field"] for one in refused.json()["errors"]] == [field]


@pytest.mark.parametrize("wrong", ["objects=2", "focus=here", "focus=true"])
def test_other_values_are_refused(colours: Client, wrong: str) -> None:
    refused = colours.post(f"{LOOKUPS}?{wrong}", content=table(), headers={"Content-Type": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")


def test_several_photos_are_of_one_object(colours: Client) -> None:
    files = [("photo", ("p.png", table(("red", RED)), "image/png"))] * 2
    refused = colours.post(LOOKUPS, files=files, data={"request": '{"objects": true}'})
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_failed")
    assert [one["field"] for one in refused.json()["errors"]] == ["objects"]
    both = colours.post(LOOKUPS, files=files).json()
    again = colours.post(LOOKUPS, json={"photoOf": both["id"], "objects": True})
    assert (again.status_code, again.json()["code"]) == (400, "validation_failed")


def test_the_one_object_of_a_photo_is_looked_at_where_asked(colours: Client) -> None:
    photo = table(("blue", (0.7, 0.6, 0.1, 0.1)))
    focused, whole = ask(colours, photo, "focus=auto"), ask(colours, photo, "focus=off")
    assert focused["photo"]["focused"] is True
    region = focused["photo"]["region"]
    assert region["x"] < 0.7
    assert region["x"] + region["width"] > 0.8
    assert region["width"] < 0.3
    assert focused["candidates"][0]["partNumber"] == "P-blue"
    assert focused["candidates"][0]["score"] > whole["candidates"][0]["score"]
    assert not {"focused", "region"} & set(whole["photo"])
    undone = colours.post(LOOKUPS, json={"photoOf": focused["id"]}).json()
    assert "region" not in undone["photo"]


def test_a_photo_of_equals_and_a_photo_that_is_filled_are_looked_at_whole(colours: Client) -> None:
    equals = table(("red", (0.1, 0.4, 0.2, 0.2)), ("blue", (0.7, 0.4, 0.2, 0.2)))
    for photo in (equals, table(("red", (0.05, 0.05, 0.9, 0.9))), table()):
        assert "region" not in ask(colours, photo, "focus=auto")["photo"]


def test_of_several_photos_each_is_focused(colours: Client) -> None:
    places = ((0.7, 0.6, 0.1, 0.1), (0.1, 0.1, 0.15, 0.15))
    files = [("photo", ("p.png", table(("blue", place)), "image/png")) for place in places]
    found = colours.post(LOOKUPS, files=files, data={"request": '{"focus": "auto"}'}).json()
    first, second = found["photo"], found["furtherPhotos"][0]
    assert first["region"]["x"] > 0.5 > second["region"]["x"]
    assert (first["focused"], second["focused"]) == (True, True)
    assert found["candidates"][0]["partNumber"] == "P-blue"


@pytest.mark.parametrize("stage", ["detect", "objects"])
def test_a_late_stage_leaves_the_answer_for_the_whole(
    colours: Client, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(stages.BUDGETS, stage, 0.0)
    found = ask(colours, table(("red", RED), ("blue", BLUE)), "objects=true")
    assert found["dropped"] == {stage: "late"}
    assert found["candidates"]
    assert found.get("objects", []) == []


def test_a_detector_that_fails_leaves_the_answer_for_the_whole(
    colours: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(create_app(settings, FakeEngine(), FakeSurface(), detector=Failing())) as client:
        for query in ("objects=true", "focus=auto"):
            found = ask(client, table(("red", RED)), query)
            assert found["dropped"] == {"detect": "failed"}
            assert found["candidates"]
            assert not {"objects", "focused"} & {*found, *found["photo"]}


@pytest.fixture
def shown(colours: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What ``photocode lookup`` shows of a photo."""
    monkeypatch.setattr(calling, "connect", lambda _url: nullcontext(Phone(colours)))

    def show(photo: bytes, *options: str) -> str:
        path = tmp_path / "photo.png"
        path.write_bytes(photo)
        done = CliRunner().invoke(main, ["lookup", str(path), "--catalog", "colours", *options], env={"COLUMNS": "160"})
        assert done.exit_code == 0, done.output
        return done.output

    return show


def test_the_command_lists_objects_with_their_places(shown: Callable[..., str]) -> None:
    output = shown(table(("red", RED), ("blue", BLUE)), "--objects", "--limit", "1")
    red, blue = (line.split() for line in output.partition("objects")[2].splitlines() if "P-" in line)
    assert ("P-red" in red, "P-blue" in blue) == (True, True)
    assert [float(number) for number in red[:4]] == pytest.approx(RED, abs=0.08)
    assert [float(number) for number in blue[:4]] == pytest.approx(BLUE, abs=0.08)
    assert "no objects are found" in shown(table(), "--objects")
    assert "objects" not in shown(table(("red", RED)))


def test_the_command_says_where_focus_looked(shown: Callable[..., str]) -> None:
    assert "focus: looked at 0." in shown(table(("blue", (0.7, 0.6, 0.1, 0.1))), "--focus")
    assert "focus:" not in shown(table(), "--focus")


def side_by_side(left: int, right: int) -> bytes:
    """Two prints on dark tables."""
    both = Image.new("RGB", (1280, 640))
    for place, seed in enumerate((left, right)):
        taken = photo_of(printed(seed), scale=0.7, size=(640, 640), angle=15 * place)
        with Image.open(io.BytesIO(taken.content)) as opened:
            both.paste(opened, (640 * place, 0))
    return encoded(both, PNG)


def test_prints_side_by_side_are_found_by_what_they_show(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    with open_shop(settings, {f"LABEL-{seed}": [printed(seed)] for seed in (1, 2)}) as shop:
        shop.wait_for_index()
        for numbers in ((1, 2), (1, 1)):
            found = shop.look_up(side_by_side(*numbers), "?objects=true")
            assert "printed" in found["timings"]
            sure = [one for one in found["objects"] if one["verdict"] == "match"]
            sure.sort(key=lambda one: one["region"]["x"])
            assert [one["candidates"][0]["partNumber"] for one in sure] == [f"LABEL-{seed}" for seed in numbers]
            for place, one in enumerate(sure):
                outline = one["candidates"][0]["outline"]
                assert (sum(corner["x"] for corner in outline) / 4 > 0.5) == bool(place)
        plain = shop.look_up(side_by_side(1, 2), "?objects=true&channel=image")
        ways = {way for one in plain["objects"] for candidate in one["candidates"] for way in candidate["matchedBy"]}
        assert (ways <= {"image"}, "printed" in plain["timings"]) == (True, False)
