"""The demo catalog's folder: ``products.csv``, ``references/``, ``queries/``, ``queries.csv``, ``provenance.json``."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from service.starter.parts.families import demo_parts, stranger_parts
from service.starter.parts.part import Part
from service.starter.render.environments import studio, workshop
from service.starter.render.field import Shown, field_photo
from service.starter.render.files import phone_file, studio_file
from service.starter.render.stage import Stage
from service.starter.render.studio import SIZE, studio_views
from service.starter.solids.mesh import mesh_of

PHOTO_SIZE = (768, 576)
PHOTOS_PER_PRODUCT = 2
STRANGER_PHOTOS = 42
PHOTOS_PER_ROOM = 11
COLUMNS = (
    "part_number", "name", "description", "category", "pictures",
    "material", "colour", "standard", "thread", "length_mm", "diameter_mm",
)  # fmt: skip
LICENCE = "CC0-1.0"


def render_demo(out: Path, cache: Path, seed: int) -> None:
    """Draw the whole demo folder anew; the same seed gives the same scenes."""
    for folder in ("references", "queries"):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for stale in (out / folder).iterdir():
            stale.unlink()
    products = [(part, mesh_of(part, cache)) for part in demo_parts()]
    strangers = [(part, mesh_of(part, cache)) for part in stranger_parts()]
    _write_csv(out / "products.csv", COLUMNS, _references(out, products))
    _write_csv(out / "queries.csv", ("path", "part_number", "note"), _queries(out, products, strangers, seed))
    (out / "provenance.json").write_text(json.dumps(_provenance(seed, len(products)), indent=1) + "\n")


def slug(text: str) -> str:
    """A part number as a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _references(out: Path, products: Sequence[Shown]) -> Iterable[Sequence[str]]:
    stage = Stage(SIZE, SIZE, studio())
    for part, mesh in products:
        paths = []
        for number, view in enumerate(studio_views(stage, part, mesh), 1):
            suffix, data = studio_file(view)
            paths.append(f"references/{slug(part.part_number)}-{number}.{suffix}")
            (out / paths[-1]).write_bytes(data)
        yield (*_row(part, paths),)
    stage.close()


def _row(part: Part, paths: Sequence[str]) -> Sequence[str]:
    looks = part.looks
    length, diameter = part.measure("length", "height", "width"), part.measure("diameter", "span", "bore")
    return (
        part.part_number, part.name, part.description, part.category, ";".join(paths),
        looks.material, looks.colour, part.standard, part.thread, length, diameter,
    )  # fmt: skip


def _queries(out: Path, products: Sequence[Shown], strangers: Sequence[Shown], seed: int) -> list[tuple[str, str, str]]:
    """Photos in an order that mixes rooms and products; parts of no catalog lie beside the target at times."""
    wanted = [(shown, i) for i in range(PHOTOS_PER_PRODUCT) for shown in products]
    wanted += [(strangers[i % len(strangers)], i // len(strangers)) for i in range(STRANGER_PHOTOS)]
    order = np.random.default_rng(seed).permutation(len(wanted))
    stage: Stage | None = None
    rows: list[tuple[str, str, str]] = []
    for place, index in enumerate(order):
        if place % PHOTOS_PER_ROOM == 0:
            if stage:
                stage.close()
            stage = Stage(*PHOTO_SIZE, workshop(seed * 1000 + place))
        target, number = wanted[index]
        rng = np.random.default_rng([seed, int(index)])
        if stage:
            rows.append(_query(out, stage, target, number, strangers, rng))
    return sorted(rows)


def _query(
    out: Path,
    stage: Stage,
    target: Shown,
    number: int,
    strangers: Sequence[Shown],
    rng: np.random.Generator,
) -> tuple[str, str, str]:
    part = target[0]
    beside = [s for s in strangers if s[0].category != part.category]
    others = [
        beside[i] for i in rng.choice(len(beside), int(rng.choice([0, 1, 2, 3], p=[0.3, 0.3, 0.2, 0.2])), replace=False)
    ]
    photo = field_photo(stage, target, others, rng)
    pixels = np.rot90(photo.pixels) if rng.random() < 0.5 else photo.pixels
    suffix, data, stored = phone_file(pixels, rng)
    path = f"queries/{slug(part.part_number)}-{'abcdef'[number]}.{suffix}"
    (out / path).write_bytes(data)
    unknown = target in strangers
    note = "; ".join(filter(None, (f"in no catalog: {part.part_number}" if unknown else "", photo.note, stored)))
    return path, "" if unknown else part.part_number, note


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _provenance(seed: int, products: int) -> dict[str, str | int]:
    return {
        "what": "Pictures rendered from CAD solids; no photograph of anything real is among them.",
        "command": f"photocode starter render --out service/demo/data --seed {seed}",
        "licence": LICENCE,
        "products": products,
        "seed": seed,
        "twins": "No two products are equal but for scale: those of one recipe differ in a type, count or proportion.",
        "solids": f"bd_warehouse {version('bd_warehouse')} (Apache-2.0), build123d {version('build123d')} (Apache-2.0)",
        "renderer": f"VTK {version('vtk')} (BSD-3-Clause)",
    }
