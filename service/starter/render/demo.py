"""The demo catalog's folder: ``products.csv``, ``references/``, ``queries/``, ``queries.csv``, ``twins.csv``,
``provenance.json``.
"""

import csv
import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from service.starter.parts.families import demo_parts, other_strangers, sibling_strangers
from service.starter.parts.part import Part
from service.starter.render.card_photo import RADII_MM
from service.starter.render.environments import studio
from service.starter.render.field import Shown
from service.starter.render.files import studio_file
from service.starter.render.provenance import provenance
from service.starter.render.session import Order, Taken, take
from service.starter.render.stage import Stage
from service.starter.render.studio import SIZE, studio_views
from service.starter.solids.mesh import Mesh, mesh_of
from service.starter.twins import Shape, twin_groups

CATALOG_PHOTOS = 620
SIBLING_PHOTOS = 165
OTHER_PHOTOS = 165
CARD_PHOTOS = 15
COLUMNS = (
    "part_number", "name", "description", "category", "pictures",
    "material", "colour", "standard", "thread", "length_mm", "diameter_mm", "size_mm",
)  # fmt: skip
QUERY_COLUMNS = ("path", "part_number", "note", "kind", "shown", "twin", "card")


def render_demo(out: Path, cache: Path, seed: int) -> None:
    """Draw the whole demo folder anew; the same seed gives the same scenes."""
    for folder in ("references", "queries"):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for stale in (out / folder).iterdir():
            stale.unlink()
    products, siblings, others = (_shown(p, cache) for p in (demo_parts(), sibling_strangers(), other_strangers()))
    twins = twin_groups(_shapes(products))
    scaled = set(twins) | scaled_strangers(products, [*siblings, *others])
    print(f"{len(products)} products, {len(twins)} of them with twins", flush=True)
    _write_csv(out / "twins.csv", ("part_number", "group"), twins.items())
    _write_csv(out / "products.csv", COLUMNS, _references(out, products))
    orders = {
        "catalog": catalog_orders(products, twins),
        "sibling": spread_orders(siblings, SIBLING_PHOTOS),
        "other": spread_orders(others, OTHER_PHOTOS),
    }
    kinds = {id(order): kind for kind, those in orders.items() for order in those}
    rows, worst = [], 0.0
    for taken in take([order for those in orders.values() for order in those], [*siblings, *others], seed):
        rows.append(_query(out, taken, kinds[id(taken.order)], scaled))
        worst = max(worst, taken.unseen)
    _write_csv(out / "queries.csv", QUERY_COLUMNS, sorted(rows))
    about = provenance(seed, len(products), twins, rows, worst)
    (out / "provenance.json").write_text(json.dumps(about, indent=1) + "\n")


def scaled_strangers(products: Sequence[Shown], strangers: Sequence[Shown]) -> set[str]:
    """Strangers that differ from a product in scale alone, so that no photo tells that they are in no catalog."""
    groups = twin_groups(_shapes([*products, *strangers]))
    known = {groups.get(part.part_number) for part, _ in products}
    return {part.part_number for part, _ in strangers if groups.get(part.part_number, "") in known}


def _shapes(shown: Sequence[Shown]) -> list[Shape]:
    return [Shape(part.part_number, part.finish, mesh.surfaces) for part, mesh in shown]


def slug(text: str) -> str:
    """A part number as a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def spread_orders(shown: Sequence[Shown], photos: int, least: int = 1) -> list[Order]:
    """As many photos for each, ``least`` at the least, and the rest at even steps."""
    each, rest = divmod(max(photos, least * len(shown)), len(shown))
    orders = [Order(target, number) for target in shown for number in range(each)]
    return orders + [Order(shown[i * len(shown) // rest], each) for i in range(rest)]


def catalog_orders(products: Sequence[Shown], twins: Mapping[str, str]) -> list[Order]:
    """Two photos or more of each product; some, preferably of twins and of all sizes, with the scale card."""
    fitting = [shown for shown in products if RADII_MM[0] <= shown[1].radius_mm <= RADII_MM[1]]
    fitting.sort(key=lambda shown: shown[1].radius_mm)
    paired = [shown for shown in fitting if shown[0].part_number in twins]
    single = [shown for shown in fitting if shown[0].part_number not in twins]
    chosen = _evenly(paired, CARD_PHOTOS)
    chosen += _evenly(single, CARD_PHOTOS - len(chosen))
    carded = {part.part_number for part, _ in chosen}
    return [
        Order(order.target, order.number, order.number == 1 and order.target[0].part_number in carded)
        for order in spread_orders(products, CATALOG_PHOTOS, least=2)
    ]


def _evenly(shown: Sequence[Shown], most: int) -> list[Shown]:
    count = min(most, len(shown))
    return [shown[i * len(shown) // count] for i in range(count)]


def _shown(parts: Sequence[Part], cache: Path) -> list[Shown]:
    return [(part, mesh_of(part, cache)) for part in parts]


def _references(out: Path, products: Sequence[Shown]) -> Iterable[Sequence[str]]:
    stage = Stage(SIZE, SIZE, studio())
    for part, mesh in products:
        paths = []
        for number, view in enumerate(studio_views(stage, part, mesh), 1):
            suffix, data = studio_file(view)
            paths.append(f"references/{slug(part.part_number)}-{number}.{suffix}")
            (out / paths[-1]).write_bytes(data)
        yield (*_row(part, paths), size_text(mesh))
    stage.close()


def size_text(mesh: Mesh) -> str:
    """The edges of the box around a part as it was designed, the longest first: "88 x 13.3 x 13.3", in millimetres."""
    vertices = np.concatenate([points for points, _ in mesh.surfaces.values()]) * mesh.radius_mm
    return " x ".join(f"{edge:.3g}" for edge in sorted(np.ptp(vertices, axis=0), reverse=True))


def _row(part: Part, paths: Sequence[str]) -> Sequence[str]:
    looks = part.looks
    length, diameter = part.measure("length", "height", "width"), part.measure("diameter", "span", "bore")
    return (
        part.part_number, part.name, part.description, part.category, ";".join(paths),
        looks.material, looks.colour, part.standard, part.thread, length, diameter,
    )  # fmt: skip


def _query(out: Path, taken: Taken, kind: str, scaled: Container[str]) -> tuple[str, ...]:
    number = taken.order.target[0].part_number
    path = f"queries/{slug(number)}-{'abcdef'[taken.order.number]}.{taken.suffix}"
    with (out / path).open("xb") as stream:
        stream.write(taken.data)
    known = kind == "catalog"
    note = "; ".join(filter(None, ("" if known else f"in no catalog: {number}", taken.note)))
    twin = "yes" if number in scaled else ""
    return path, number if known else "", note, kind, number, twin, "yes" if taken.order.carded else ""


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
