"""Bar and matrix codes in photos name products."""

from typing import Any

import pytest
import zxingcpp
from PIL import Image

from service.recognition import stages
from service.recognition.evidence import coded as evidence
from tests.integration.conftest import Client
from tests.integration.printed_shop import unhurried
from tests.pictures import PNG, archive, coded, encoded, picture

LOOKUPS = "/v1/catalogs/labelled/lookups"
PNG_TYPE = {"Content-Type": "image/png"}
TABLE = """part_number,name,category,gtin,sku,pictures
P-RED 1,red part,warm,4006381333931,SHARED,red.jpg
P-LIME 2,lime part,cold,036000291452,SHARED,lime.jpg
P-BLUE 3,blue part,cold,,K-900,blue.jpg
"""
EAN13 = zxingcpp.BarcodeFormat.EAN13
pytestmark = pytest.mark.usefixtures("unhurried_keeper", "unhurried_stages")


@pytest.fixture
def labelled(client: Client, run_import: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())
    assert client.post("/v1/catalogs", json={"name": "labelled"}).status_code == 201
    files = {f"{colour}.jpg": picture(colour) for colour in ("red", "lime", "blue")}
    assert run_import("labelled", archive(TABLE, files))["state"] == "completed"
    return client


def labelled_photo(colour: str, *labels: Image.Image) -> bytes:
    image = Image.new("RGB", (1000, 800), colour)
    for place, label in enumerate(labels):
        image.paste(label.resize((320, 320 * label.height // label.width)), (40 + 340 * place, 60))
    return encoded(image, PNG)


def ask(client: Client, photo: bytes, query: str = "") -> dict[str, Any]:
    answer = client.post(f"{LOOKUPS}{query}", content=photo, headers=PNG_TYPE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("text", "form", "number", "key"),
    [
        ("P-LIME 2", zxingcpp.BarcodeFormat.Code128, "P-LIME 2", "partNumber"),
        ("p-lime2", zxingcpp.BarcodeFormat.QRCode, "P-LIME 2", "partNumber"),
        ("036000291452", zxingcpp.BarcodeFormat.UPCA, "P-LIME 2", "gtin"),
        ("4006381333931", EAN13, "P-RED 1", "gtin"),
        ("https://id.example/01/04006381333931", zxingcpp.BarcodeFormat.QRCode, "P-RED 1", "gtin"),
        ("K-900", zxingcpp.BarcodeFormat.DataMatrix, "P-BLUE 3", "sku"),
    ],
)
def test_a_code_decides_whatever_the_photo_looks_like(
    labelled: Client, text: str, form: zxingcpp.BarcodeFormat, number: str, key: str
) -> None:
    answer = ask(labelled, labelled_photo("blue" if number != "P-BLUE 3" else "red", coded(text, form)))
    first, *others = answer["candidates"]
    assert (first["partNumber"], answer["verdict"]) == (number, "match")
    assert "barcode" in first["matchedBy"]
    assert first["evidence"]["code"]["key"] == key
    assert answer["photo"]["codes"][0]["text"] == first["evidence"]["code"]["text"]
    assert answer["verdictBasis"]["thresholds"] == f"a code in the photo is the product's {key}"
    assert "probability" not in answer["verdictBasis"]
    assert all(other["score"] < first["score"] and "code" not in other["evidence"] for other in others)
    assert labelled.get(f"/v1/lookups/{answer['id']}").json() == answer


def test_what_several_bear_is_ambiguous(labelled: Client) -> None:
    answer = ask(labelled, labelled_photo("blue", coded("SHARED")))
    assert {one["partNumber"] for one in answer["candidates"][:2]} == {"P-RED 1", "P-LIME 2"}
    assert answer["verdict"] == "ambiguous"
    two = ask(labelled, labelled_photo("red", coded("4006381333931", EAN13), coded("K-900")))
    assert {one["partNumber"] for one in two["candidates"][:2]} == {"P-RED 1", "P-BLUE 3"}
    assert two["verdict"] == "ambiguous"
    assert len(two["photo"]["codes"]) == 2


def test_a_code_that_nobody_bears_is_told_and_changes_nothing(labelled: Client) -> None:
    plain = ask(labelled, labelled_photo("red", Image.new("RGB", (400, 400), "white")))
    answer = ask(labelled, labelled_photo("red", coded("5901234123457", EAN13)))
    assert [code["text"] for code in answer["photo"]["codes"]] == ["5901234123457"]
    assert answer["candidates"][0]["partNumber"] == "P-RED 1"
    assert "barcode" not in answer["candidates"][0]["matchedBy"]
    assert answer["verdictBasis"]["thresholds"] == plain["verdictBasis"]["thresholds"]
    assert "codes" not in plain["photo"]


def test_filters_and_channels_hold_for_codes_too(labelled: Client) -> None:
    photo = labelled_photo("blue", coded("4006381333931", EAN13))
    cold = ask(labelled, photo, "?category=cold")
    assert {one["partNumber"] for one in cold["candidates"]} == {"P-LIME 2", "P-BLUE 3"}
    assert all("barcode" not in one["matchedBy"] for one in cold["candidates"])
    without = ask(labelled, photo, "?channel=image")
    assert "codes" not in without["photo"]
    alone = ask(labelled, photo, "?channel=barcode")
    assert [one["partNumber"] for one in alone["candidates"]] == ["P-RED 1"]
    assert alone["verdict"] == "match"
    nothing = ask(labelled, labelled_photo("red"), "?channel=barcode")
    assert (nothing["candidates"], nothing["verdict"]) == ([], "no_match")


def test_a_code_on_any_of_several_photos_counts(labelled: Client) -> None:
    files = [
        ("photo", ("a.png", labelled_photo("blue"), "image/png")),
        ("photo", ("b.png", labelled_photo("blue", coded("P-LIME 2")), "image/png")),
    ]
    answer = labelled.post(LOOKUPS, files=files).json()
    assert (answer["candidates"][0]["partNumber"], answer["verdict"]) == ("P-LIME 2", "match")
    assert "codes" not in answer["photo"]
    assert answer["furtherPhotos"][0]["codes"][0]["text"] == "P-LIME 2"


def test_outside_the_region_there_is_no_code_and_inside_it_lies_where_it_is(labelled: Client) -> None:
    photo = labelled_photo("blue", coded("P-LIME 2"))
    (code,) = ask(labelled, photo, "?region=0,0,0.5,0.7")["photo"]["codes"]
    (whole,) = ask(labelled, photo)["photo"]["codes"]
    for one, other in zip(code["outline"], whole["outline"], strict=True):
        assert one == pytest.approx(other, abs=0.02)
    assert "codes" not in ask(labelled, photo, "?region=0.5,0,0.5,1")["photo"]


def test_late_or_failing_codes_leave_the_rest(labelled: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = labelled_photo("red", coded("P-LIME 2"))
    monkeypatch.setitem(stages.BUDGETS, "codes", 0.0)
    late = ask(labelled, photo)
    assert (late["dropped"]["codes"], late["candidates"][0]["partNumber"]) == ("late", "P-RED 1")
    monkeypatch.setitem(stages.BUDGETS, "codes", 10.0)

    def broken(image: Image.Image) -> None:
        raise RuntimeError("no reader")

    monkeypatch.setattr(evidence, "read_codes", broken)
    failed = ask(labelled, photo)
    assert (failed["dropped"]["codes"], failed["candidates"][0]["partNumber"]) == ("failed", "P-RED 1")
