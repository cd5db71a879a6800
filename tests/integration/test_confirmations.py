"""The worker's word."""

from uuid import uuid4

import pytest

from tests.integration.conftest import Client
from tests.pictures import picture


@pytest.fixture
def lookup(colours: Client) -> str:
    answer = colours.post("/v1/catalogs/colours/lookups", files={"photo": ("p.jpg", picture("red"))})
    return f"/v1/lookups/{answer.json()['id']}"


def test_the_newest_word_counts_and_shows_in_the_lookup(colours: Client, lookup: str) -> None:
    unsure = colours.post(f"{lookup}/confirmation", json={"outcome": "unsure"})
    assert (unsure.status_code, unsure.json()["outcome"]) == (200, "unsure")
    sure = colours.post(f"{lookup}/confirmation", json={"outcome": "confirmed", "partNumber": "P-lime"})
    assert colours.get(lookup).json()["confirmation"] == sure.json()
    assert "partNumber" not in unsure.json()


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"outcome": "confirmed"}, 400, "validation_failed"),
        ({"outcome": "unsure", "partNumber": "P-red"}, 400, "validation_failed"),
        ({"outcome": "maybe"}, 400, "validation_failed"),
        ({"outcome": "unsure", "colour": "red"}, 400, "validation_failed"),
        ({"outcome": "unsure", "worker": " "}, 400, "validation_failed"),
        ({"outcome": "unsure", "worker": "An\u0007a"}, 400, "validation_failed"),
        ({"outcome": "unsure", "worker": "a" * 101}, 400, "validation_failed"),
        ({"outcome": "confirmed", "partNumber": "P-none"}, 404, "product_not_found"),
    ],
)
def test_words_that_make_no_sense_are_refused(
    colours: Client, lookup: str, said: dict[str, str], status: int, code: str
) -> None:
    answer = colours.post(f"{lookup}/confirmation", json=said)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "confirmation" not in colours.get(lookup).json()


def test_a_lookup_that_is_not_there_cannot_be_confirmed(colours: Client) -> None:
    answer = colours.post(f"/v1/lookups/{uuid4()}/confirmation", json={"outcome": "unsure"})
    assert (answer.status_code, answer.json()["code"]) == (404, "lookup_not_found")


def test_a_word_bears_the_name_of_who_gives_it(colours: Client, lookup: str) -> None:
    unsure = {"outcome": "unsure"}
    nameless = colours.post(f"{lookup}/confirmation", json=unsure).json()
    assert "worker" not in colours.get(lookup).json()["confirmation"]
    anas = colours.post(f"{lookup}/confirmation", json={**unsure, "worker": " Ana Ruiz "}).json()
    assert anas["id"] != nameless["id"]
    assert colours.get(lookup).json()["confirmation"] == {**anas, "worker": "Ana Ruiz"}
    # The same word again, also of somebody who does not say who he is, is the word that is there.
    for again in ({**unsure, "worker": "Ana Ruiz"}, unsure):
        assert colours.post(f"{lookup}/confirmation", json=again).json()["id"] == anas["id"]
    colours.post(f"{lookup}/confirmation", json={**unsure, "worker": "Bo"})
    assert colours.get(lookup).json()["confirmation"]["worker"] == "Bo"
    colours.post(f"{lookup}/confirmation", json={**unsure, "worker": ""})
    assert "worker" not in colours.get(lookup).json()["confirmation"]
