"""How the score is counted, and the baseline that needs no learning."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.starter.baseline import describe
from service.starter.score import best_per_product, rank_of, score_pictures

COLOURS = {"A": (200, 30, 30), "B": (30, 200, 30), "C": (30, 30, 200)}


def _catalog(folder: Path, queries: Sequence[tuple[str, str, tuple[int, int, int]]]) -> None:
    lines = ["part_number,pictures"]
    for number, colour in COLOURS.items():
        Image.new("RGB", (32, 32), colour).save(folder / f"{number}.png")
        lines.append(f"{number},{number}.png")
    (folder / "products.csv").write_text("\n".join(lines))
    asked = ["path,part_number,note,kind,twin"]
    for name, number, colour in queries:  # the fifth, of no catalog, is red: A in another size
        Image.new("RGB", (32, 32), colour).save(folder / name)
        twin = "yes" if number == "C" or name == "5.png" else ""
        asked.append(f"{name},{number},,{'catalog' if number else 'sibling'},{twin}")
    (folder / "queries.csv").write_text("\n".join(asked))


def _mean_colours(pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
    means = np.stack([np.asarray(picture, np.float32).mean(axis=(0, 1)) for picture in pictures])
    scaled: NDArray[np.float32] = means / np.linalg.norm(means, axis=1, keepdims=True)
    return scaled


def test_right_and_wrong_photos_are_counted(tmp_path: Path) -> None:
    _catalog(
        tmp_path,
        [
            ("1.png", "A", (190, 40, 30)),
            ("2.png", "B", (40, 180, 40)),
            ("3.png", "C", (180, 20, 60)),
            ("4.png", "", (120, 120, 120)),
            ("5.png", "", (200, 30, 30)),
        ],
    )
    figures = score_pictures("means", _mean_colours, tmp_path)
    assert figures.photos == 3
    assert (figures.top1, figures.top5) == (1.0, 1.0)
    assert (figures.twins_top1, figures.twins_top5) == (0.0, 1.0)
    assert figures.sibling_auc == 1.0
    assert np.isnan(figures.other_auc)


def test_products_score_by_their_best_reference() -> None:
    scores = np.array([[0.1, 0.9, 0.5], [0.4, 0.2, 0.3]], np.float32)
    pooled = best_per_product(scores, np.array([0, 0, 1]))
    assert np.allclose(pooled, [[0.9, 0.5], [0.4, 0.3]])
    assert rank_of(pooled, np.array([1, 0])).tolist() == [1, 0]


def test_baseline_tells_colours_and_edges_apart() -> None:
    red, blue = Image.new("RGB", (80, 60), (200, 20, 20)), Image.new("RGB", (60, 80), (20, 20, 200))
    stripes = Image.fromarray(np.tile(np.array([[[0] * 3, [255] * 3]], np.uint8).repeat(8, 1), (80, 5, 1)))
    vectors = describe([red, blue, stripes, stripes.rotate(90)])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[1] < 0.6
    assert vectors[2] @ vectors[3] < 0.8
