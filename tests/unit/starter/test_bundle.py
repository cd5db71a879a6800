"""The starter bundle that ships: small, whole, and better than no learning at all."""

import csv
from pathlib import Path

import pytest

import service
from service.models.check import replay_golden
from service.recognition.embedding.bundle import Bundle, open_bundle
from service.starter.baseline import describe
from service.starter.demo_set import DEMO_FOLDER
from service.starter.score import score_bundle, score_pictures

STARTER = Path(service.__path__[0]) / "bundles" / "starter"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def starter() -> Bundle:
    return open_bundle(STARTER)


def test_it_is_small_and_says_where_it_comes_from(starter: Bundle) -> None:
    assert sum(path.stat().st_size for path in STARTER.iterdir()) < 16 * MEGABYTE
    assert {path.name for path in STARTER.iterdir()} == {*starter.manifest.files, "bundle.json", "MODEL_CARD.md"}
    assert starter.manifest.licence == "Apache-2.0"
    assert {"training", "data", "seed", "minutes", "steps", "pictures"} <= starter.manifest.provenance.keys()


def test_it_gives_its_golden_vectors(starter: Bundle) -> None:
    replay = replay_golden(starter, "fp32")
    assert replay.ok, replay


def test_its_thresholds_leave_room_for_doubt(starter: Bundle) -> None:
    thresholds = starter.manifest.thresholds
    assert thresholds is not None
    assert -1 <= thresholds.no_match_score <= thresholds.match_score <= 1
    assert thresholds.match_margin > 0
    assert "neither in the demo catalog" in thresholds.source


@pytest.fixture
def some_photos(tmp_path: Path) -> Path:
    """The demo with the first picture of every product, and each fourth photo."""
    for pictures in ("references", "queries"):
        (tmp_path / pictures).symlink_to(DEMO_FOLDER / pictures)
    products = _rows("products.csv")
    _write(tmp_path / "products.csv", [{**row, "pictures": row["pictures"].split(";")[0]} for row in products])
    _write(tmp_path / "queries.csv", _rows("queries.csv")[::4])
    return tmp_path


def _rows(table: str) -> list[dict[str, str]]:
    with (DEMO_FOLDER / table).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_it_finds_more_than_colours_and_edges_do(starter: Bundle, some_photos: Path) -> None:
    plain = score_pictures("plain", describe, some_photos)
    learnt = score_bundle("starter", starter, some_photos)
    assert learnt.photos == plain.photos >= 120
    assert learnt.top1 > 10 * plain.top1
    assert learnt.top5 > 5 * plain.top5
    assert learnt.other_auc > 0.7
    assert learnt.text_top5 is not None
    assert learnt.text_top5 > 0.5
