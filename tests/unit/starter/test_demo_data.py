"""The demo catalog that ships is whole."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.demo.data_set import field_photos
from service.starter.demo_set import DEMO_FOLDER, products, queries, references, upright
from service.starter.parts.families import demo_parts, other_strangers, sibling_strangers
from service.starter.render.cards import MARKERS_NEEDED, found_markers

MEGABYTE = 1_000_000
CARDS = 15


def _rows(name: str) -> list[dict[str, str]]:
    with (DEMO_FOLDER / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_products_are_many_and_varied() -> None:
    rows = products(DEMO_FOLDER)
    assert len(rows) >= 240
    assert len({row["part_number"] for row in rows}) == len(rows)
    assert len({row["category"] for row in rows}) >= 13
    for row in rows:
        assert all(row[column] for column in ("part_number", "name", "description", "category", "material", "colour"))


def test_every_product_has_three_references_and_two_photos_at_least() -> None:
    numbers = {row["part_number"] for row in products(DEMO_FOLDER)}
    views = Counter(reference.part_number for reference in references(DEMO_FOLDER))
    photos = Counter(query.part_number for query in queries(DEMO_FOLDER) if query.part_number)
    assert set(views) == numbers == set(photos)
    assert set(views.values()) == {3}
    assert photos.total() >= 600
    assert min(photos.values()) >= 2
    assert max(photos.values()) - min(photos.values()) <= 1


def test_photos_of_unknown_parts_say_so() -> None:
    unknown = [query for query in queries(DEMO_FOLDER) if query.part_number is None]
    assert len(unknown) >= 320
    assert all(query.note.startswith("in no catalog: ") for query in unknown)


def test_half_of_the_unknown_parts_are_siblings_of_products() -> None:
    rows = _rows("queries.csv")
    kinds = Counter(row["kind"] for row in rows)
    assert set(kinds) == {"catalog", "sibling", "other"}
    assert kinds["sibling"] == kinds["other"] >= 160
    assert {row["shown"] for row in rows if row["kind"] == "sibling"} == {p.part_number for p in sibling_strangers()}
    assert {row["shown"] for row in rows if row["kind"] == "other"} == {p.part_number for p in other_strangers()}
    assert all((row["part_number"] == row["shown"]) == (row["kind"] == "catalog") for row in rows)


def test_at_most_a_quarter_of_the_products_have_twins() -> None:
    twins = {row["part_number"]: row["group"] for row in _rows("twins.csv")}
    numbers = {row["part_number"] for row in products(DEMO_FOLDER)}
    assert 0 < len(twins) <= len(numbers) / 4
    assert set(twins) <= numbers
    assert min(Counter(twins.values()).values()) >= 2
    for row in _rows("queries.csv"):
        if row["kind"] == "catalog":
            assert (row["twin"] == "yes") == (row["part_number"] in twins)


def test_strangers_that_differ_from_a_product_in_scale_alone_are_marked() -> None:
    marked = {row["shown"] for row in _rows("queries.csv") if row["twin"] == "yes" and not row["part_number"]}
    assert "DIN 471 - 40" in marked  # a ring as DIN 471 - 50
    assert marked <= {part.part_number for part in sibling_strangers()}
    assert len(marked) < 25
    photos = json.loads((DEMO_FOLDER / "provenance.json").read_text())["twins"]["photos_of_strangers_with_a_twin"]
    assert photos == sum(row["shown"] in marked for row in _rows("queries.csv"))


@pytest.mark.filterwarnings("default")
def test_scale_cards_can_be_read() -> None:
    carded = [row for row in _rows("queries.csv") if row["card"] == "yes"]
    assert len(carded) == CARDS
    assert all(row["kind"] == "catalog" for row in carded)
    for row in carded:
        found = found_markers(np.asarray(upright(DEMO_FOLDER / row["path"])))
        assert len(found) >= MARKERS_NEEDED, row["path"]


def test_no_marker_is_seen_where_the_table_says_no_card() -> None:
    plain = [row for row in _rows("queries.csv") if row["card"] != "yes" and row["path"].endswith(".jpg")]
    for row in plain[::20]:
        assert len(found_markers(np.asarray(upright(DEMO_FOLDER / row["path"])))) < MARKERS_NEEDED, row["path"]


def test_references_decode_square() -> None:
    for reference in references(DEMO_FOLDER):
        assert upright(reference.path).size == (448, 448)


@pytest.mark.filterwarnings("default")
def test_photos_decode_at_phone_sizes_in_several_formats() -> None:
    formats: Counter[str | None] = Counter()
    orientations: set[int] = set()
    sizes: set[tuple[int, int]] = set()
    upright_ones = 0
    for query in queries(DEMO_FOLDER):
        with Image.open(query.path) as image:
            formats[image.format] += 1
            orientations.add(image.getexif().get(0x0112, 1))
        picture = upright(query.path)
        assert 640 <= max(picture.size) <= 1024
        assert np.ptp(np.asarray(picture.convert("L"))) > 20, query.path
        sizes.add((min(picture.size), max(picture.size)))
        upright_ones += picture.height > picture.width
    assert {"JPEG", "WEBP", "HEIF"} <= set(formats)
    assert formats["JPEG"] > 0.7 * formats.total()
    assert {1, 3, 6, 8} <= orientations
    assert len(sizes) >= 6
    assert {1.0, 1.33, 1.5, 1.78} <= {round(long / short, 2) for short, long in sizes}
    assert 0.25 * formats.total() < upright_ones < 0.7 * formats.total()


def test_both_readers_of_the_table_agree() -> None:
    assert [(p.path, p.part_number) for p in field_photos()] == [(q.path, q.part_number) for q in queries(DEMO_FOLDER)]


def test_nothing_lies_about_and_it_is_small() -> None:
    named = {reference.path for reference in references(DEMO_FOLDER)} | {query.path for query in queries(DEMO_FOLDER)}
    lying = {path for folder in ("references", "queries") for path in (DEMO_FOLDER / folder).iterdir()}
    assert lying == named
    assert sum(path.stat().st_size for path in named) < 60 * MEGABYTE


def test_tables_agree_with_the_parts_they_were_made_from() -> None:
    said = [(row["part_number"], row["name"], row["description"]) for row in products(DEMO_FOLDER)]
    assert said == [(part.part_number, part.name, part.description) for part in demo_parts()]


def test_provenance_names_licence_command_rules_and_counts() -> None:
    about = json.loads((DEMO_FOLDER / "provenance.json").read_text())
    assert about["licence"] == "CC0-1.0"
    assert about["products"] == len(products(DEMO_FOLDER))
    assert about["photos"] == Counter(row["kind"] for row in _rows("queries.csv"))
    assert about["photos_with_a_scale_card"] == CARDS
    assert about["twins"]["products"] == len(_rows("twins.csv"))
    assert "0.02" in about["twins"]["rule"]
    assert about["difficulty"]["largest_share_of_a_part_not_seen"] <= 0.25
    assert "CC0 1.0" in (DEMO_FOLDER / "LICENSE").read_text()
    assert Path(about["command"].split("--out ")[1].split()[0]).name == DEMO_FOLDER.name
