"""The demo catalog as it lies on disk: pictures, part numbers, photos with their answers."""

import csv
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

register_heif_opener()
DEMO_FOLDER = Path(__file__).parents[1] / "demo" / "data"


@dataclass(frozen=True)
class Reference:
    """A catalog picture of a product."""

    part_number: str
    path: Path


@dataclass(frozen=True)
class Query:
    """A field photo; ``part_number`` is None where the part is in no catalog.

    ``kind``: ``catalog``, or of no catalog a product's ``sibling`` or an ``other`` part. ``twin``: a product, another
    one, differs from this part in scale alone.
    """

    path: Path
    part_number: str | None
    note: str
    kind: str = "catalog"
    twin: bool = False


def products(folder: Path) -> list[dict[str, str]]:
    """The rows of ``products.csv``."""
    with (folder / "products.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def references(folder: Path) -> list[Reference]:
    """All catalog pictures."""
    return [
        Reference(row["part_number"], folder / path) for row in products(folder) for path in row["pictures"].split(";")
    ]


def queries(folder: Path) -> list[Query]:
    """All field photos."""
    with (folder / "queries.csv").open(newline="", encoding="utf-8") as stream:
        return [
            Query(folder / row["path"], row["part_number"] or None, row["note"], row["kind"], row["twin"] == "yes")
            for row in csv.DictReader(stream)
        ]


def upright(path: Path) -> Image.Image:
    """Decode a picture: RGB, turned as its EXIF orientation says."""
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")
