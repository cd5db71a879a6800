"""Typed words: alone in place of a photo, and as a hint beside one."""

from typing import Any

import pytest
from PIL import Image

from service.recognition import finding, stages
from tests.integration.conftest import Client
from tests.pictures import PNG, encoded, picture

LOOKUPS = "/v1/catalogs/colours/lookups"
pytestmark = pytest.mark.usefixtures("unhurried_keeper", "unhurried_stages")


def ask(client: Client, **options: Any) -> dict[str, Any]:
    answer = client.post(LOOKUPS, json=options)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(answer: dict[str, Any]) -> list[str]:
    return [candidate["partNumber"] for candidate in answer["candidates"]]


def test_a_text_alone_finds_what_looks_as_it_says(colours: Client) -> None:
    """No product is called so: it is in the pictures."""
    answer = ask(colours, text="mediumblue")
    assert numbers(answer)[0] == "P-blue"
    assert answer["verdict"] == "ambiguous"
    assert answer["text"] == "mediumblue"
    assert not {"photo", "furtherPhotos"} & answer.keys()
    assert answer["candidates"][0]["matchedBy"] == ["text"]
    assert "imageScore" not in answer["candidates"][0]["evidence"]


@pytest.mark.parametrize("text", ["P-lime", "p lime", "plime", "P.LIME"])
def test_a_part_number_that_is_typed_is_a_match(colours: Client, text: str) -> None:
    answer = ask(colours, text=text)
    assert numbers(answer)[0] == "P-lime"
    assert answer["candidates"][0]["evidence"]["wordScore"] == 1
    assert answer["verdict"] == "match"


def test_words_narrow_with_filters_and_limits(colours: Client) -> None:
    assert len(numbers(ask(colours, text="red", limit=2))) == 2
    assert numbers(ask(colours, text="red part"))[0] == "P-red"
    assert sorted(numbers(ask(colours, text="red part", categories=["odd"]))) == ["P-cyan", "P-lime", "P-yellow"]


def test_what_nobody_bears_or_looks_like_is_an_answer_too(colours: Client) -> None:
    answer = ask(colours, text="☃ zzz '& | ! :* \\")
    assert answer["verdict"] in ("ambiguous", "no_match")
    assert all(one["evidence"]["wordScore"] == 0 for one in answer["candidates"])


def test_an_answer_to_a_text_is_given_again_and_can_be_confirmed(colours: Client) -> None:
    answer = ask(colours, text="P-red")
    assert colours.get(f"/v1/lookups/{answer['id']}").json() == answer
    said = colours.post(
        f"/v1/lookups/{answer['id']}/confirmation", json={"outcome": "confirmed", "partNumber": "P-red"}
    )
    assert said.status_code in (200, 201), said.text
    again = colours.post(LOOKUPS, json={"photoOf": answer["id"]})
    assert (again.status_code, again.json()["code"]) == (410, "photo_not_kept")


def test_a_hint_decides_where_the_photo_does_not(colours: Client) -> None:
    photo = picture("purple", mark=60)
    headers = {"Content-Type": "image/png"}
    plain = colours.post(LOOKUPS, content=photo, headers=headers).json()
    for hint in ("red", "blue"):
        hinted = colours.post(f"{LOOKUPS}?text=P-{hint}", content=photo, headers=headers).json()
        assert numbers(hinted)[0] == f"P-{hint}"
        assert "text" in hinted["candidates"][0]["matchedBy"]
        assert hinted["verdict"] != "match"
    assert "textScore" not in plain["candidates"][0]["evidence"]


def test_a_word_that_all_bear_counts_for_all(colours: Client) -> None:
    """However many are proposed for it."""
    headers = {"Content-Type": "image/png"}
    hinted = colours.post(f"{LOOKUPS}?text=part&limit=50", content=picture("red", mark=64), headers=headers).json()
    assert {one["evidence"]["wordScore"] for one in hinted["candidates"]} == {0.98}
    assert numbers(hinted)[0] == "P-red"


def test_a_wrong_hint_does_not_make_a_match(colours: Client) -> None:
    """The photo is as red as the reference; the first is then another one, and less sure."""
    headers = {"Content-Type": "image/png"}
    photo = picture("red", mark=61)
    right = colours.post(f"{LOOKUPS}?text=red&limit=50", content=photo, headers=headers).json()
    assert numbers(right)[0] == "P-red"
    wrong = colours.post(f"{LOOKUPS}?text=P-blue&limit=50", content=photo, headers=headers).json()
    scores = [{one["partNumber"]: one["score"] for one in answer["candidates"]} for answer in (right, wrong)]
    assert scores[1]["P-blue"] > scores[0]["P-blue"]
    assert scores[1]["P-red"] < scores[0]["P-red"]
    assert wrong["verdictBasis"]["margin"] == right["verdictBasis"]["margin"]


def test_where_another_is_first_for_a_word_the_margin_says_so(colours: Client) -> None:
    """The photo is a little nearer to red, the text says blue."""
    image = Image.new("RGB", (200, 200), "red")
    image.paste("blue", (0, 0, 98, 200))
    photo, headers = encoded(image, PNG), {"Content-Type": "image/png"}
    plain = colours.post(LOOKUPS, content=photo, headers=headers).json()
    hinted = colours.post(f"{LOOKUPS}?text=P-blue", content=photo, headers=headers).json()
    assert (numbers(plain)[0], numbers(hinted)[0]) == ("P-red", "P-blue")
    assert hinted["verdictBasis"]["margin"] == -plain["verdictBasis"]["margin"] < 0
    assert hinted["verdict"] == "ambiguous"


def test_words_find_beside_a_photo_by_themselves(colours: Client) -> None:
    photo, headers = picture("red", mark=65), {"Content-Type": "image/png"}
    answer = colours.post(f"{LOOKUPS}?text=P-blue&channel=text", content=photo, headers=headers).json()
    assert numbers(answer)[0] == "P-blue"
    assert answer["candidates"][0]["matchedBy"] == ["text"]
    assert "imageScore" not in answer["candidates"][0]["evidence"]


def test_only_what_the_picture_proposed_is_matched_by_it(colours: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "SHORTLIST", 2)
    image = Image.new("RGB", (200, 200), "red")
    image.paste("blue", (0, 0, 20, 200))
    photo, headers = encoded(image, PNG), {"Content-Type": "image/png"}
    answer = colours.post(f"{LOOKUPS}?text=P-lime&limit=2", content=photo, headers=headers).json()
    ways = {one["partNumber"]: one["matchedBy"] for one in answer["candidates"]}
    assert "image" in ways["P-red"]
    assert ways["P-lime"] == ["text"]


@pytest.mark.parametrize("stage", ["text", "hint"])
def test_a_hint_that_is_late_is_left_out(colours: Client, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    monkeypatch.setattr(stages, "BUDGETS", {**stages.BUDGETS, stage: 0.0})
    photo, headers = picture("red", mark=67), {"Content-Type": "image/png"}
    answer = colours.post(f"{LOOKUPS}?text=P-blue", content=photo, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["dropped"] == {stage: "late"}
    assert numbers(answer.json())[0] == "P-red"
    assert "wordScore" not in answer.json()["candidates"][0]["evidence"]


def test_an_earlier_photo_is_refined_by_a_hint(colours: Client) -> None:
    photo = picture("purple", mark=62)
    first = colours.post(LOOKUPS, content=photo, headers={"Content-Type": "image/png"}).json()
    assert numbers(ask(colours, photoOf=first["id"], text="P-lime"))[0] == "P-lime"


def test_a_channel_that_is_not_asked_does_not_hear(colours: Client) -> None:
    first = colours.post(LOOKUPS, content=picture("red", mark=63), headers={"Content-Type": "image/png"}).json()
    answer = ask(colours, photoOf=first["id"], text="P-blue", channels=["image"])
    assert numbers(answer) == numbers(first)
    assert "textScore" not in answer["candidates"][0]["evidence"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"text": " \t"}, "text"),
        ({"text": "red\u0000"}, "text"),
        ({"text": "red", "channels": ["image"]}, "channels"),
        ({"text": "red", "region": {"x": 0, "y": 0, "width": 0.5, "height": 0.5}}, "region"),
        ({"text": "x" * 201}, "request"),
        ({"text": ""}, "request"),
    ],
)
def test_what_cannot_be_asked_is_refused(colours: Client, options: dict[str, Any], field: str) -> None:
    answer = colours.post(LOOKUPS, json=options)
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (400, [field])


def test_a_channel_for_text_without_a_text_is_refused(colours: Client) -> None:
    answer = colours.post(f"{LOOKUPS}?channel=text", content=picture("red"), headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "channels")
