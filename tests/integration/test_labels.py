"""Labels with probabilities, coarse answers and what tells candidates apart, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import Client
from tests.pictures import archive, picture

LOOKUPS = "/v1/catalogs/colours/lookups"
PNG = {"Content-Type": "image/png"}
pytestmark = pytest.mark.usefixtures("unhurried_keeper")


def look_up(client: Client, photo: bytes, query: str = "") -> dict[str, Any]:
    answer = client.post(f"{LOOKUPS}{query}", content=photo, headers=PNG)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(answer: dict[str, Any]) -> list[str]:
    return [one["label"] for one in answer["labels"]["nearest"]]


def test_products_are_labels(colours: Client) -> None:
    labels = look_up(colours, picture("red", mark=30), "?labels=product&limit=50")["labels"]
    assert labels["by"] == "product"
    assert labels["nearest"][0]["label"] == "P-red"
    probabilities = [one["probability"] for one in labels["nearest"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 < sum(probabilities) + labels["somethingElse"] <= 1 + 1e-9
    assert labels["basis"].startswith("photocode starter fusion")


def test_only_as_many_labels_as_candidates_are_shown_but_all_count(colours: Client) -> None:
    photo = picture("red", mark=31)
    few, all_of = (look_up(colours, photo, f"?labels=product&limit={limit}")["labels"] for limit in (1, 50))
    assert few["nearest"] == all_of["nearest"][:1]
    assert few["somethingElse"] == all_of["somethingElse"]


@pytest.mark.parametrize(("by", "first"), [("category", "even"), ("metadata:finish", "red"), ("metadata:none", None)])
def test_a_fields_values_are_labels(colours: Client, by: str, first: str | None) -> None:
    answer = look_up(colours, picture("red", mark=32), f"?labels={by}")
    assert next(iter(listed(answer)), None) == first


def test_labels_are_asked_for_in_json_too(colours: Client) -> None:
    photo = picture("blue", mark=33)
    form = [("photo", ("a.png", photo, "image/png")), ("request", (None, b'{"labels": "product"}', "application/json"))]
    posted = colours.post(LOOKUPS, files=form).json()
    again = colours.post(LOOKUPS, json={"photoOf": posted["id"], "labels": "product"}).json()
    assert listed(posted)[0] == "P-blue"
    assert posted["labels"] == again["labels"]
    assert colours.get(f"/v1/lookups/{posted['id']}").json() == posted


def test_who_does_not_ask_for_labels_gets_none(colours: Client) -> None:
    assert "labels" not in look_up(colours, picture("red", mark=34))


def test_labels_rest_on_the_photo_and_not_on_a_hint(colours: Client) -> None:
    photo = picture("red", mark=35)
    plain = look_up(colours, photo, "?labels=product&limit=50")
    hinted = look_up(colours, photo, "?labels=product&limit=50&text=P-blue")
    assert hinted["labels"] == plain["labels"]


@pytest.mark.parametrize("by", ["colour", "metadata:", "", "product,category", "metadata:" + "x" * 200])
def test_what_cannot_be_a_label_is_refused(colours: Client, by: str) -> None:
    photo = picture("red")
    assert colours.post(LOOKUPS, params={"labels": by}, content=photo, headers=PNG).status_code == 400
    answer = colours.post(LOOKUPS, json={"labels": by, "text": "red"})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_a_text_has_no_labels(colours: Client) -> None:
    answer = colours.post(LOOKUPS, json={"labels": "product", "text": "red"})
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (400, ["labels"])


def test_where_nothing_was_ranked_everything_is_something_else(colours: Client) -> None:
    answer = look_up(colours, picture("red", mark=36), "?labels=product&category=nothing")
    assert (answer["labels"]["nearest"], answer["labels"]["somethingElse"]) == ([], 1)
    assert "coarse" not in answer


SIZES = [("red", size) for size in ("M6x20", "M6x30", "M8x20")] + [("blue", "M6x20"), ("lime", "M8x20")]


@pytest.fixture
def sizes(client: Client, run_import: Callable[..., dict[str, Any]]) -> Client:
    """Screws of three sizes that look the same, and others."""
    table = "part_number,name,category,thread,colour,pictures\n"
    pictures = {}
    for number, (colour, size) in enumerate(SIZES):
        standard = {"red": "ISO 4762", "blue": "ISO 4017", "lime": "ISO 7380-1"}[colour]
        table += f"{standard} - {size},Screw,Screws/{standard},{size[:2]},{colour},{number}.png\n"
        pictures[f"{number}.png"] = picture(colour, form="PNG")
    assert client.post("/v1/catalogs", json={"name": "colours"}).status_code == 201
    assert run_import("colours", archive(table, pictures))["state"] == "completed"
    return client


def test_a_coarse_answer_says_what_the_probable_ones_have_in_common(sizes: Client) -> None:
    answer = look_up(sizes, picture("red", form="PNG"))
    assert answer["verdict"] == "ambiguous"
    certain = {one["field"]: one["value"] for one in answer["coarse"]["certain"]}
    assert certain["category"].startswith("Screws")
    assert answer["coarse"]["probability"] >= 0.9
    assert "metadata:thread" in answer["coarse"]["uncertain"]
    (thread,) = (one for one in answer["differences"] if one["field"] == "metadata:thread")
    sizes_of = {one["value"]: set(one["partNumbers"]) for one in thread["values"]}
    assert sizes_of["M6"] >= {"ISO 4762 - M6x20", "ISO 4762 - M6x30"}
    assert "ISO 4762 - M8x20" in sizes_of["M8"]
    assert sizes.get(f"/v1/lookups/{answer['id']}").json() == answer


def test_a_match_has_no_coarse_answer(colours: Client) -> None:
    answer = look_up(colours, picture("red", mark=37))
    assert answer["verdict"] == "match"
    assert not {"coarse", "differences"} & set(answer)


def test_an_uncertain_answer_may_have_nothing_in_common(colours: Client) -> None:
    answer = look_up(colours, picture("purple", mark=38))
    assert answer["verdict"] == "no_match"
    assert "coarse" not in answer
