"""``python -m loadtests.near_duplicates FOLDER...``: how surely copies of pictures are found, and others are not.

Each picture is altered as shops and phones alter pictures; recall is the share of these copies that are found near
their original. Precision is of a catalog in which every picture has one copy of a kind: right pairs among all pairs
found. Pictures with one label (``manifest.csv``, or ``products.csv`` and ``twins.csv`` of the demo) may well look the
same, and pairs of them count as neither. Bounds are 95 % (Clopper and Pearson).
"""

import csv
import io
import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from catalog.search.looks import LOOK_TYPE, Looks, near, pairs, unpacked
from service.evaluation.bounds import exact_bounds
from service.recognition.look import look_at

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
TARGET = 224
LARGE = 100_000

Alteration = Callable[[Image.Image, random.Random], Image.Image]


def _coded(form: str, quality: int) -> Alteration:
    def alter(image: Image.Image, _rng: random.Random) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, form, quality=quality)
        return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")

    return alter


def _scaled(factor: float) -> Alteration:
    return lambda image, _rng: image.resize((round(image.width * factor), round(image.height * factor)))


def _trimmed(share: float) -> Alteration:
    """Of width and height, at chance from either side."""

    def alter(image: Image.Image, rng: random.Random) -> Image.Image:
        across, down = round(image.width * share), round(image.height * share)
        left, top = rng.randint(0, across), rng.randint(0, down)
        return image.crop((left, top, image.width - across + left, image.height - down + top))

    return alter


def _bordered(image: Image.Image, _rng: random.Random) -> Image.Image:
    wide, high = round(image.width * 1.2), round(image.height * 1.2)
    wider = Image.new("RGB", (wide, high), image.getpixel((1, 1)))
    wider.paste(image, ((wide - image.width) // 2, (high - image.height) // 3))
    return wider


def _marked(image: Image.Image, _rng: random.Random) -> Image.Image:
    marked = image.copy()
    ImageDraw.Draw(marked).text((image.width * 0.6, image.height * 0.9), "(c) a shop", fill=(120, 120, 120))
    return marked


ALTERATIONS: Mapping[str, Alteration] = {
    "JPEG at 30": _coded("JPEG", 30),
    "WebP at 50": _coded("WEBP", 50),
    "half as large": _scaled(0.5),
    "a quarter as large": _scaled(0.25),
    "trimmed by 2 %": _trimmed(0.02),
    "trimmed by 5 %": _trimmed(0.05),
    "trimmed by 10 %": _trimmed(0.10),
    "border of 20 %": _bordered,
    "lighter by 15 %": lambda image, _rng: ImageEnhance.Brightness(image).enhance(1.15),
    "less contrast by 15 %": lambda image, _rng: ImageEnhance.Contrast(image).enhance(0.85),
    "a mark in a corner": _marked,
}


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--most", default=800, show_default=True, help="Pictures of a folder, drawn by chance.")
@click.option("--altered", default=150, show_default=True, help="Of these, so many are altered.")
def main(folders: tuple[Path, ...], most: int, altered: int) -> None:
    """Print recall and precision for the pictures of each of FOLDERS, and what a comparison costs."""
    for folder in folders:
        measure(folder, most, altered)
    _time()


def measure(folder: Path, most: int, altered: int) -> None:
    """One folder's figures."""
    rng = random.Random(7)
    labels = _labels(folder)
    paths = sorted(one for one in folder.rglob("*") if one.suffix.lower() in SUFFIXES)
    paths = sorted(rng.sample(paths, min(most, len(paths))))
    looked = [(one, look_at(_opened(one), TARGET).packed) for one in paths]
    told = [(one, packed) for one, packed in looked if packed is not None]
    known = unpacked([packed for _, packed in told])
    names = [labels.get(str(one.relative_to(folder)), str(one)) for one, _ in told]
    wrong = sum(names[one] != names[other] for one, other, _ in pairs(known, 0, len(known)))
    among = len(known) * (len(known) - 1) // 2
    print(f"{folder}: {len(paths)} pictures, {len(paths) - len(known)} with nothing on them")
    print(f"  pairs of different things called near: {wrong} of {among:,} ({wrong / max(among, 1):.5%})")
    chosen = rng.sample(range(len(told)), min(altered, len(told)))
    print(f"  {'copy':24} {'recall':>8} {'bounds':>16} {'precision':>10}")
    for name, alter in ALTERATIONS.items():
        found = sum(_finds(_opened(told[place][0]), place, alter, rng, known) for place in chosen)
        low, high = exact_bounds(found, len(chosen))
        recall = found / len(chosen)
        right = recall * len(known)
        precision = f"{right / (right + wrong):.1%}" if right else "none found"
        print(f"  {name:24} {recall:>8.1%} {low:>7.1%} to {high:>6.1%} {precision:>10}")


def _finds(image: Image.Image, place: int, alter: Alteration, rng: random.Random, known: Looks) -> bool:
    packed = look_at(alter(image, rng), TARGET).packed
    return packed is not None and len(near(unpacked([packed]).rows[0], known[place : place + 1])[0]) == 1


def _opened(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


def _labels(folder: Path) -> dict[str, str]:
    """Path in the folder -> label; none where nobody has said."""
    return dict(_said(folder))


def _said(folder: Path) -> Iterator[tuple[str, str]]:
    if (manifest := folder / "manifest.csv").exists():
        yield from ((row["path"], row["label"]) for row in _rows(manifest))
    if (products := folder / "products.csv").exists() and (twins := folder / "twins.csv").exists():
        group = {row["part_number"]: row["group"] for row in _rows(twins)}
        for row in _rows(products):
            label = group.get(row["part_number"], row["part_number"])
            yield from ((path, label) for path in row["pictures"].split(";"))
    queries = folder / "queries.csv"
    if queries.exists():
        yield from ((row["path"], row["part_number"]) for row in _rows(queries))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="") as table:
        yield from csv.DictReader(table)


def _time() -> None:
    rng = np.random.default_rng(0)
    large = np.zeros(LARGE, LOOK_TYPE)
    for name in ("whole", "content", "middle"):
        large[name] = rng.integers(0, 2**64, (LARGE, 4), dtype=np.uint64)
    looks = unpacked([large.tobytes()])
    start = time.perf_counter()
    for one in looks.rows[:50]:
        near(one, looks)
    spent = (time.perf_counter() - start) / 50 * 1000
    print(f"one look compared with {LARGE:,}: {spent:.1f} ms, {LOOK_TYPE.itemsize * LARGE / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
