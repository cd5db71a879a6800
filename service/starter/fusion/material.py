"""The labelled photos that fusion is fitted on, as folders that an evaluation reads. None is in a test set."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from service.rehearsal.field_views import field_view
from service.starter.real_photos import kept_apart, product_of

REFERENCES = 5
GROCERY_QUERIES = 8
CLOTHES = 700
CLOTHES_ASKED = 260

LINK = "photos"
"""In each folder, to where the photos lie: a manifest names files under its folder."""

Row = tuple[str, str, str]


def grocery_folder(photos: Path, out: Path, seed: int) -> Path:
    """Shop photos: of each product some are references and some are asked."""
    by_label: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((photos / "grocery").glob("*.jpg")):
        by_label[path.stem.rsplit("-", 1)[0]].append(path)
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for label, paths in sorted(by_label.items()):
        drawn = [paths[at] for at in rng.permutation(len(paths))[: REFERENCES + GROCERY_QUERIES]]
        rows += [(f"{LINK}/grocery/{path.name}", label, "reference") for path in drawn[:REFERENCES]]
        rows += [(f"{LINK}/grocery/{path.name}", label, "query") for path in drawn[REFERENCES:]]
    return _write(out, rows, photos)


def clothes_folder(photos: Path, out: Path, seed: int) -> Path:
    """One picture a product; the photos are field views of it, drawn before other pictures as ground. Asked are those
    that the network has never seen.
    """
    paths = sorted((photos / "clothing").glob("*.jpg"))
    rng = np.random.default_rng(seed)
    order = [paths[at] for at in rng.permutation(len(paths))]
    unseen_first = sorted(order, key=lambda path: not kept_apart(product_of(path)))
    products, grounds = unseen_first[:CLOTHES], unseen_first[CLOTHES:] or order
    out.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = [(f"{LINK}/clothing/{path.name}", path.stem, "reference") for path in products]
    asked = [path for path in products if kept_apart(product_of(path))]
    for number, path in enumerate(asked[:CLOTHES_ASKED]):
        view = field_view(_read(path), _read(grounds[number % len(grounds)]), rng)
        (out / f"view-{path.stem}.jpg").write_bytes(view)
        rows.append((f"view-{path.stem}.jpg", path.stem, "query"))
    return _write(out, rows, photos)


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path} is no picture")
    return np.asarray(picture, dtype=np.uint8)


def _write(folder: Path, rows: Iterable[Row], photos: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / LINK
    link.unlink(missing_ok=True)
    link.symlink_to(photos.resolve())
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("path", "label", "role"))
        writer.writerows(rows)
    return folder
