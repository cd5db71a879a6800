"""The demo catalog that ships is whole."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.starter.demo_set import DEMO_FOLDER, products, queries, references, upright
from service.starter.parts.families import demo_parts

MEGABYTE = 1_000_000


def test_products_are_many_and_varied() -> None:
    rows = products(DEMO_FOLDER)
    assert len(rows) >= 60
    assert len({row["part_number"] for row in rows}) == len(rows)
    assert len({row["category"] for row in rows}) >= 8
    for row in rows:
        assert all(row[column] for column in ("part_number", "name", "description", "category", "material", "colour"))


def test_every_product_has_three_references_and_two_photos() -> None:
    numbers = {row["part_number"] for row in products(DEMO_FOLDER)}
    views = Counter(reference.part_number for reference in references(DEMO_FOLDER))
    photos = Counter(query.part_number for query in queries(DEMO_FOLDER) if query.part_number)
    assert set(views) == numbers == set(photos)
    assert set(views.values()) == {3}
    assert min(photos.values()) >= 2


def test_photos_of_unknown_parts_say_so() -> None:
    unknown = [query for query in queries(DEMO_FOLDER) if query.part_number is None]
    assert len(unknown) >= 30
    assert all(query.note.startswith("in no catalog: ") for query in unknown)


def test_references_decode_square() -> None:
    for reference in references(DEMO_FOLDER):
        assert upright(reference.path).size == (448, 448)


@pytest.mark.filterwarnings("default")
def test_photos_decode_at_phone_size_in_several_formats() -> None:
    formats: Counter[str | None] = Counter()
    orientations = set()
    for query in queries(DEMO_FOLDER):
        with Image.open(query.path) as image:
            formats[image.format] += 1
            orientations.add(image.getexif().get(0x0112, 1))
        picture = upright(query.path)
        assert max(picture.size) >= 768
        assert np.ptp(np.asarray(picture.convert("L"))) > 20, query.path
    assert {"JPEG", "WEBP", "HEIF"} <= set(formats)
    assert {1, 3, 6, 8} <= orientations


def test_nothing_lies_about_and_it_is_small() -> None:
    named = {reference.path for reference in references(DEMO_FOLDER)} | {query.path for query in queries(DEMO_FOLDER)}
    lying = {path for folder in ("references", "queries") for path in (DEMO_FOLDER / folder).iterdir()}
    assert lying == named
    assert sum(path.stat().st_size for path in named) < 14 * MEGABYTE


def test_tables_agree_with_the_parts_they_were_made_from() -> None:
    said = [(row["part_number"], row["name"], row["description"]) for row in products(DEMO_FOLDER)]
    assert said == [(part.part_number, part.name, part.description) for part in demo_parts()]


def test_provenance_names_licence_and_command() -> None:
    about = json.loads((DEMO_FOLDER / "provenance.json").read_text())
    assert about["licence"] == "CC0-1.0"
    assert about["products"] == len(products(DEMO_FOLDER))
    assert "CC0 1.0" in (DEMO_FOLDER / "LICENSE").read_text()
    assert Path(about["command"].split("--out ")[1].split()[0]).name == DEMO_FOLDER.name
