"""Photos as the contract asks phones for them, 768 px on the long edge, in the form that evaluations read."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageOps

from loadtests.photos import BUILD, EDGE
from service.demo.data_set import DATA, field_photos
from service.evaluation.manifest import MANIFEST, NEEDED, QUERY, REFERENCE, read_photo_set

PHOTOS = Path(__file__).parents[2] / "shared" / "photos"
"""Real photos, where there are some; never part of the project."""

QUALITY = 85
DEMO, GROCERIES = BUILD / "accuracy" / "photos-demo", BUILD / "accuracy" / "photos-groceries"
PLAIN = (".jpg", ".webp")

Row = tuple[Path, str, str]
"""Picture, label, role."""


def demo_photos() -> Path:
    """The demo catalog and its field photos as a folder with a manifest. Unknown parts are left out."""
    with (DATA / "products.csv").open(newline="", encoding="utf-8") as table:
        products = list(csv.DictReader(table))
    references = [
        (DATA / path, product["part_number"], REFERENCE)
        for product in products
        for path in product["pictures"].split(";")
    ]
    photos = [photo for photo in field_photos() if photo.part_number and photo.path.suffix in PLAIN]
    return _made(DEMO, references, [(photo.path, photo.part_number or "", QUERY) for photo in photos])


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
    unfinished = folder / f"{MANIFEST}.unfinished"
    with unfinished.open("w", newline="", encoding="utf-8") as table:
        csv.writer(table).writerows([NEEDED, *rows])
    # Last, so that a folder with a manifest is whole.
    unfinished.replace(folder / MANIFEST)
    return folder


def _at_edge(path: Path) -> bytes:
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    content = io.BytesIO()
    ImageOps.contain(upright, (EDGE, EDGE), Image.Resampling.BICUBIC).save(content, "JPEG", quality=QUALITY)
    return content.getvalue()
