"""More like this: products that look like one, or like one of its pictures."""

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.conftest import Client
from tests.pictures import archive, picture

SIMILAR = "/v1/catalogs/shades/similar"
SHADES = {"navy": "navy", "blue": "blue", "mediumblue": "mediumblue", "red": "red", "two": "red"}


@pytest.fixture
def shades(client: Client, run_import: Any) -> Client:
    """One product a colour; ``two`` has a red and a blue picture."""
    table = "part_number,name,category,pictures\n"
    for number in SHADES:
        pictures = "red.jpg;blue.jpg" if number == "two" else f"{number}.jpg"
        table += f"{number},{number} part,{'warm' if number == 'red' else 'cold'},{pictures}\n"
    files = {f"{colour}.jpg": picture(colour) for colour in ("navy", "blue", "mediumblue", "red")}
    assert client.post("/v1/catalogs", json={"name": "shades"}).status_code == 201
    assert run_import("shades", archive(table, files))["state"] == "completed"
    return client


def found(client: Client, **asked: Any) -> list[str]:
    answer = client.get(SIMILAR, params=asked)
    assert answer.status_code == 200, answer.text
    return [product["partNumber"] for product in answer.json()["products"]]


def test_products_that_look_like_one_without_itself(shades: Client) -> None:
    near = found(shades, partNumber="blue", limit=2)
    assert sorted(near) == ["mediumblue", "two"]
    first = shades.get(SIMILAR, params={"partNumber": "blue"}).json()["products"][0]
    assert first["score"] == pytest.approx(1, abs=0.01)
    assert shades.get(first["referenceImage"]["imageUrl"]).status_code == 200


def test_any_picture_of_the_product_counts_and_one_alone_where_it_is_named(shades: Client) -> None:
    pictures = shades.get("/v1/catalogs/shades/products/two").json()["referenceImages"]
    assert {"red", "blue", "mediumblue"} <= set(found(shades, partNumber="two", limit=3))
    by_one = [found(shades, referenceId=one["id"], limit=1)[0] for one in pictures]
    assert "red" in by_one
    assert set(by_one) & {"blue", "mediumblue"}


def test_a_category_narrows(shades: Client) -> None:
    assert found(shades, partNumber="two", category="warm") == ["red"]
    assert found(shades, partNumber="blue", category="none") == []


def test_what_is_not_there_is_said(shades: Client) -> None:
    def problem(path: str, **asked: Any) -> tuple[int, str]:
        answer = shades.get(path, params=asked)
        return answer.status_code, answer.json()["code"]

    assert shades.post("/v1/catalogs", json={"name": "others"}).status_code == 201
    picture_id = shades.get("/v1/catalogs/shades/products/red").json()["referenceImages"][0]["id"]
    assert problem(SIMILAR, partNumber="green") == (404, "product_not_found")
    assert problem(SIMILAR, referenceId=str(uuid4())) == (404, "reference_not_found")
    assert problem("/v1/catalogs/others/similar", referenceId=picture_id) == (404, "reference_not_found")
    assert problem("/v1/catalogs/none/similar", partNumber="red") == (404, "catalog_not_found")
    assert problem(SIMILAR) == (400, "validation_failed")
    assert problem(SIMILAR, partNumber="red", referenceId=picture_id) == (400, "validation_failed")
    assert problem(SIMILAR, partNumber="red", limit=51) == (400, "validation_failed")
