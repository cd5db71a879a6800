"""Photos as the contract asks phones for them, 768 px on the long edge, in the form that evaluations read."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageOps

from loadtests.photos import BUILD, EDGE
from service.demo.data_set import DATA, field_photos
from service.evaluation.manifest import MANIFEST, NEEDED, PRODUCTS, QUERY, REFERENCE, read_photo_set
from service.starter.parts.families import demo_parts
from service.starter.parts.words import statements

PHOTOS = Path(__file__).parents[2] / "shared" / "photos"
"""Real photos, where there are some; never part of the project."""

QUALITY = 85
DEMO, GROCERIES = BUILD / "accuracy" / "photos-demo", BUILD / "accuracy" / "photos-groceries"
PLAIN = (".jpg", ".webp")

Row = tuple[Path, str, str]
"""Picture, label, role."""


def demo_photos() -> Path:
    """The demo catalog and its field photos at 768 px. Unknown parts are left out."""
    photos = [photo for photo in field_photos() if photo.part_number and photo.path.suffix in PLAIN]
    asked = [(photo.path, photo.part_number or "", QUERY) for photo in photos]
    return _made(_current(DEMO), demo_references(), asked)


def demo_as_posted() -> tuple[Path, Path]:
    """The demo with its photos as they are: a folder with a manifest, whose groups are ``single`` and ``twin`` and
    whose texts are a colour and a noun, and a folder of the photos that show parts of no catalog, named by kind.
    """
    folder, strangers = _current(DEMO.with_name("demo-said")), _current(DEMO.with_name("demo-strangers"))
    if not (folder / MANIFEST).exists():
        folder.mkdir(parents=True, exist_ok=True)
        strangers.mkdir(parents=True, exist_ok=True)
        twins = {photo.part_number for photo in field_photos() if photo.twin}
        asked = [(photo.path, photo.part_number, QUERY) for photo in field_photos() if photo.part_number]
        rows = [(str(path.resolve()), label, role) for path, label, role in [*demo_references(), *asked]]
        said = {part.part_number: colour_and_noun(statements(part)) for part in demo_parts()}
        for photo in field_photos():
            if not photo.part_number:
                (strangers / f"{photo.kind}-{photo.path.name}").write_bytes(photo.path.read_bytes())
        more = [("twin" if label in twins else "single", said[label]) for _, label, _ in rows]
        _write(folder, [*NEEDED, "group", "text"], [(*row, *extra) for row, extra in zip(rows, more, strict=True)])
    return folder, strangers


def demo_described() -> tuple[Path, Path]:
    """The same with all that the catalog says of its products, which coarse answers are made of."""
    said, strangers = demo_as_posted()
    folder = _current(DEMO.with_name("demo-described"))
    if not (folder / MANIFEST).exists():
        folder.mkdir(parents=True, exist_ok=True)
        with (DATA / PRODUCTS).open(newline="", encoding="utf-8") as table:
            products = list(csv.DictReader(table))
        with (folder / PRODUCTS).open("w", newline="", encoding="utf-8") as table:
            writer = csv.DictWriter(table, ["label", *products[0]])
            writer.writeheader()
            writer.writerows({"label": product["part_number"], **product} for product in products)
        (folder / MANIFEST).write_bytes((said / MANIFEST).read_bytes())
    return folder, strangers


def colour_and_noun(said: Mapping[str, Sequence[str]]) -> str:
    """As one would type it: "red knob"."""
    return " ".join([*said["colour"][:1], said["noun"][0]])


def demo_references() -> list[Row]:
    """The demo catalog's pictures."""
    with (DATA / "products.csv").open(newline="", encoding="utf-8") as table:
        products = list(csv.DictReader(table))
    return [
        (DATA / path, product["part_number"], REFERENCE)
        for product in products
        for path in product["pictures"].split(";")
    ]


def _current(folder: Path) -> Path:
    """Named after the demo that it is made of."""
    return folder.with_name(f"{folder.name}-{sha256((DATA / 'queries.csv').read_bytes()).hexdigest()[:8]}")


def grocery_photos(groceries: Path, references: str, most: int) -> Path:
    """A set of references with up to ``most`` of the groceries' queries, evenly chosen and enlarged."""
    photos = read_photo_set(groceries)
    asked = photos.queries(None)
    return _made(
        GROCERIES.with_name(f"{GROCERIES.name}-{references}-{most}"),
        [(picture.path, picture.label, REFERENCE) for picture in photos.references(references)],
        [(picture.path, picture.label, QUERY) for picture in asked[:: max(1, len(asked) // most)][:most]],
    )


def _made(folder: Path, references: Iterable[Row], photos: Iterable[Row]) -> Path:
    """The folder, made where it is not there; references stay where they lie."""
    if (folder / MANIFEST).exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    rows = [(str(path.resolve()), label, role) for path, label, role in references]
    for number, (path, label, role) in enumerate(photos):
        name = f"{number:04d}-{path.stem}.jpg"
        (folder / name).write_bytes(_at_edge(path))
        rows.append((name, label, role))
    _write(folder, NEEDED, rows)
    return folder


def _write(folder: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The manifest, last and at once: a folder that has one is whole."""
    unfinished = folder / f"{MANIFEST}.unfinished"
    with unfinished.open("w", newline="", encoding="utf-8") as table:
        csv.writer(table).writerows([columns, *rows])
    unfinished.replace(folder / MANIFEST)


def _at_edge(path: Path) -> bytes:
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    content = io.BytesIO()
    ImageOps.contain(upright, (EDGE, EDGE), Image.Resampling.BICUBIC).save(content, "JPEG", quality=QUALITY)
    return content.getvalue()
