"""Text on the object tells siblings apart, where the rest leaves the verdict open."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
import pytest
from PIL import Image, ImageDraw, ImageFont

from catalog.search.gallery import GallerySearch
from service.recognition import finding, stages
from service.recognition.embedding.fake import FakeEngine
from service.recognition.reading.fake import FakeReader
from service.recognition.reading.port import Line
from service.recognition.reading.rapid import RapidReader
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.integration.printed_shop import unhurried
from tests.integration.stocks import EMPTY, Prepare, Stock
from tests.integration.test_enrichment import start_import, wait_until
from tests.pictures import PNG, archive, coded, encoded

LOOKUPS = "/v1/catalogs/c/lookups"
PNG_TYPE = {"Content-Type": "image/png"}
SAYS = {"orange": "VANILJ 500 gram", "brown": "CHOKLAD", "hotpink": "ART 4711-2OO"}
NEARLY_BROWN, NEARLY_ORANGE = (130, 1, 42), (200, 185, 45)
"""The engine takes them for what they are named after, the reader does not."""
TABLE = """part_number,name,gtin,pictures
C-1,carton,,vanilla.png
C-2,carton,4006381333931,chocolate.png
4711-200,sensor,,sensor.png
"""
pytestmark = pytest.mark.usefixtures("unhurried_keeper")


class CountingReader(FakeReader):
    """Knows how often it was asked."""

    def __init__(self) -> None:
        super().__init__(SAYS)
        self.asked = 0

    def read(self, image: Image.Image) -> list[Line]:
        self.asked += 1
        return super().read(image)


def carton(
    *patches: str | tuple[int, int, int], size: tuple[int, int] = (400, 400), ground: str = "white"
) -> Image.Image:
    """Patches of 40 x 40 px, from the left."""
    image = Image.new("RGB", size, ground)
    for place, patch in enumerate(patches):
        image.paste(patch, (30 + 60 * place, 30, 70 + 60 * place, 70))
    return image


SENSOR = carton()
SENSOR.paste("navy", (0, 320, 400, 400))


def upload() -> bytes:
    pictures = {"vanilla.png": carton("orange"), "chocolate.png": carton("brown")}
    pictures["sensor.png"] = SENSOR
    return archive(TABLE, {name: encoded(image, PNG) for name, image in pictures.items()})


@pytest.fixture
def reader() -> CountingReader:
    return CountingReader()


def open_reading(settings: Settings, reader: FakeReader) -> Client:
    on = msgspec.structs.replace(settings, text="auto")
    return TestClient(create_app(on, FakeEngine(), FakeSurface(), reader=reader))


@pytest.fixture(scope="module")
def cartons(prepare: Prepare) -> Stock:
    """The cartons, whose text has been read."""

    def fill(settings: Settings) -> None:
        with open_reading(settings, FakeReader(SAYS)) as client:
            place = start_import(client, upload())
            wait_until(lambda: client.get(place).json(), lambda status: status["reading"]["read"] == 3)

    return prepare(fill)


@pytest.fixture
def initial_stock(request: pytest.FixtureRequest, cartons: Stock) -> Stock:
    return cartons if "reading" in request.fixturenames else EMPTY


@pytest.fixture
def reading(settings: Settings, reader: CountingReader, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The service with the cartons."""
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    with open_reading(settings, reader) as client:
        yield client


def ask(client: Client, image: Image.Image, query: str = "") -> dict[str, Any]:
    answer = client.post(f"{LOOKUPS}{query}", content=encoded(image, PNG), headers=PNG_TYPE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(answer: dict[str, Any]) -> list[str]:
    return [one["partNumber"] for one in answer["candidates"]]


MISLEADING = carton("orange", *[NEARLY_BROWN] * 4)
"""Vanilla, that looks a little more like chocolate."""


def test_a_word_on_the_object_tells_siblings_apart(reading: Client) -> None:
    without = ask(reading, MISLEADING, "?channel=image")
    assert (numbers(without)[:2], without["verdict"]) == (["C-2", "C-1"], "ambiguous")
    assert "lines" not in without["photo"]
    answer = ask(reading, MISLEADING)
    first, second = answer["candidates"][:2]
    assert (first["partNumber"], answer["verdict"]) == ("C-1", "match")
    assert first["evidence"]["read"]["words"] == ["VANILJ", "gram", "500"]
    assert 0.6 < first["evidence"]["read"]["score"] < 1
    assert second["evidence"]["read"] == {"score": 0, "words": []}
    assert ("reading" in first["matchedBy"], "reading" in second["matchedBy"]) == (True, False)
    (line,) = answer["photo"]["lines"]
    assert (line["text"], line["confidence"]) == ("VANILJ 500 gram", 1)
    assert line["outline"][0] == pytest.approx({"x": 0.075, "y": 0.075}, abs=0.02)
    assert line["outline"][2] == pytest.approx({"x": 0.175, "y": 0.175}, abs=0.02)
    assert {"reading", "written"} <= set(answer["timings"])
    assert answer["dropped"] == {}
    assert reading.get(f"/v1/lookups/{answer['id']}").json() == answer


def test_one_short_word_changes_the_order_and_makes_nothing_sure(reading: Client) -> None:
    answer = ask(reading, carton("brown", *[NEARLY_ORANGE] * 4))
    assert (numbers(answer)[0], answer["verdict"]) == ("C-2", "ambiguous")
    assert answer["candidates"][0]["evidence"]["read"]["words"] == ["CHOKLAD"]
    assert answer["verdictBasis"]["margin"] < 0


def test_a_word_does_not_make_alike_what_is_not(reading: Client) -> None:
    """It moves the margin, and not how like the picture is."""
    answer = ask(reading, carton("orange", ground="olive"))
    assert answer["candidates"][0]["evidence"]["read"]["words"][0] == "VANILJ"
    assert answer["verdict"] == "no_match"


def test_nothing_is_read_where_the_verdict_is_certain(reading: Client, reader: CountingReader) -> None:
    answer = ask(reading, SENSOR)
    assert (numbers(answer)[0], answer["verdict"], reader.asked) == ("4711-200", "match", 0)
    assert "reading" not in answer["timings"]
    assert all("read" not in one["evidence"] for one in answer["candidates"])


def test_nothing_is_read_where_a_code_has_decided(reading: Client, reader: CountingReader) -> None:
    photo = carton("orange", size=(900, 900))
    photo.paste(coded("4006381333931").resize((400, 400)), (300, 300))
    answer = ask(reading, photo)
    assert (numbers(answer)[0], answer["verdict"], reader.asked) == ("C-2", "match", 0)


@pytest.mark.usefixtures("unhurried_stages")
@pytest.mark.parametrize(("text", "asked"), [("auto", 0), ("always", 1)])
def test_nothing_is_read_where_no_reference_bears_text_unless_told(
    settings: Settings, reader: CountingReader, text: Literal["auto", "always"], asked: int
) -> None:
    table = "part_number,name,pictures\nP-1,knob,a.png\nP-2,knob,b.png\n"
    plain = {"a.png": encoded(carton("navy"), PNG), "b.png": encoded(carton("olive"), PNG)}
    on = msgspec.structs.replace(settings, text=text)
    with TestClient(create_app(on, FakeEngine(), FakeSurface(), reader=reader)) as client:
        place = start_import(client, archive(table, plain))
        wait_until(lambda: client.get(place).json(), lambda status: status["reading"]["read"] == 2)
        reader.asked = 0
        answer = ask(client, carton("navy", "olive"))
    assert (answer["verdict"] != "match", reader.asked, answer["dropped"]) == (True, asked, {})


def test_a_part_number_on_the_object_proposes_its_product(reading: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written with letters for its noughts, on something that looks like the others."""
    monkeypatch.setattr(finding, "SHORTLIST", 2)
    photo = carton("hotpink")
    assert numbers(ask(reading, photo, "?limit=2&channel=image")) in (["C-1", "C-2"], ["C-2", "C-1"])
    answer = ask(reading, photo, "?limit=2")
    named = answer["candidates"][0]
    assert (named["partNumber"], answer["verdict"]) == ("4711-200", "match")
    assert "4711-2OO" in " ".join(named["evidence"]["read"]["words"]).upper()
    assert named["matchedBy"] == ["reading"]
    alone = ask(reading, photo, "?channel=reading")
    assert numbers(alone) == ["4711-200"]
    assert ask(reading, carton("orange"), "?channel=reading")["candidates"] == []


def test_filters_hold_for_what_is_read(reading: Client) -> None:
    answer = ask(reading, carton("hotpink"), "?channel=reading&metadata=gtin:4006381333931")
    assert answer["candidates"] == []


def test_a_region_reads_what_is_in_it_and_says_where_it_is(reading: Client) -> None:
    photo = carton("orange", "brown")
    left = ask(reading, photo, "?region=0,0,0.2,1&limit=3")
    (line,) = left["photo"]["lines"]
    assert line["text"] == "VANILJ 500 gram"
    assert line["outline"][0] == pytest.approx({"x": 0.075, "y": 0.075}, abs=0.02)


def test_the_text_of_several_photos_counts_together(reading: Client) -> None:
    files = [
        ("photo", (f"{place}.png", encoded(image, PNG), "image/png"))
        for place, image in enumerate((carton(NEARLY_BROWN), MISLEADING))
    ]
    answer = reading.post(LOOKUPS, files=files).json()
    assert numbers(answer)[0] == "C-1"
    assert "lines" not in answer["photo"]
    assert [line["text"] for line in answer["furtherPhotos"][0]["lines"]] == ["VANILJ 500 gram"]
    assert answer["candidates"][0]["evidence"]["read"]["words"][0] == "VANILJ"


@pytest.mark.parametrize("stage", ["reading", "written"])
def test_late_or_failing_reading_leaves_the_rest(
    reading: Client, monkeypatch: pytest.MonkeyPatch, stage: str, reader: CountingReader
) -> None:
    monkeypatch.setitem(stages.BUDGETS, stage, 0.0)
    late = ask(reading, MISLEADING)
    assert (late["dropped"], numbers(late)[0]) == ({stage: "late"}, "C-2")
    monkeypatch.setitem(stages.BUDGETS, stage, 30.0)

    def broken(*_: object) -> None:
        raise RuntimeError("no reader")

    if stage == "reading":
        monkeypatch.setattr(reader, "read", broken)
    else:
        monkeypatch.setattr(GallerySearch, "texts_of", broken)
    failed = ask(reading, MISLEADING)
    assert (failed["dropped"], numbers(failed)[0]) == ({stage: "failed"}, "C-2")
    assert all("read" not in one["evidence"] for one in failed["candidates"])


def test_a_reader_that_does_not_open_is_told_in_answers_and_stops_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError("no models")

    monkeypatch.setattr(RapidReader, "open", broken)
    on = msgspec.structs.replace(settings, text="auto")
    with TestClient(create_app(on, FakeEngine(), FakeSurface())) as client:
        place = start_import(client, upload())
        status = wait_until(lambda: client.get(place).json(), lambda status: status["enrichment"]["enriched"] == 3)
        assert status["reading"] == {"total": 3, "pending": 3, "read": 0, "failed": 0}
        answer = ask(client, MISLEADING)
        assert (answer["dropped"]["reading"], numbers(answer)[0]) == ("failed", "C-2")


def test_without_reading_nothing_is_said_of_it(settings: Settings) -> None:
    with TestClient(create_app(settings, FakeEngine(), FakeSurface(), reader=CountingReader())) as client:
        place = start_import(client, upload())
        wait_until(lambda: client.get(place).json(), lambda status: status["enrichment"]["enriched"] == 3)
        assert "reading" not in client.get(place).json()
        assert "reading" not in client.get("/v1/catalogs/c").json()
        assert "reading" not in ask(client, MISLEADING)["timings"]


def printed_carton(word: str) -> Image.Image:
    image = Image.new("RGB", (600, 400), (240, 238, 230))
    draw = ImageDraw.Draw(image)
    draw.text((60, 60), "MILD YOGHURT", (20, 40, 90), ImageFont.load_default(52))
    draw.text((60, 200), word, (20, 40, 90), ImageFont.load_default(72))
    return image


def test_the_reader_that_ships_reads_references_and_photos(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    on = msgspec.structs.replace(settings, text="auto")
    table = "part_number,name,pictures\nA-1,carton,a.png\nA-2,carton,b.png\n"
    pictures = {
        "a.png": encoded(printed_carton("VANILJGLASS"), PNG),
        "b.png": encoded(printed_carton("Jordgubbssylt"), PNG),
    }
    with TestClient(create_app(on, FakeEngine(), FakeSurface())) as client:
        place = start_import(client, archive(table, pictures))
        wait_until(lambda: client.get(place).json(), lambda status: status["reading"]["read"] == 2)
        for word, number in (("Vaniljglass", "A-1"), ("Jordgubbssylt", "A-2")):
            answer = ask(client, printed_carton(word).rotate(90, expand=True))
            first, second = answer["candidates"]
            assert (first["partNumber"], answer["verdict"], answer["dropped"]) == (number, "match", {})
            assert [one.lower() for one in first["evidence"]["read"]["words"]] == [word.lower()]
            assert second["evidence"]["read"]["words"] == []
