"""The demo catalog's files: products, reference pictures, and the field photos to look up."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
CATALOG = "standard-parts"
TITLE = "Standard parts (rendered)"
MEDIA_TYPES = {".jpg": "image/jpeg", ".webp": "image/webp", ".heic": "image/heic", ".png": "image/png"}


@dataclass(frozen=True, kw_only=True)
class FieldPhoto:
    """A photo with the part that it shows; None for a part that is in no catalog.

    ``kind``: ``catalog``, or of no catalog a product's ``sibling`` or an ``other`` part. ``twin``: a product, another
    one, differs from this part in scale alone.
    """

    path: Path
    part_number: str | None
    kind: str
    twin: bool


def media_type_of(photo: Path) -> str:
    """By the file's name."""
    return MEDIA_TYPES.get(photo.suffix.lower(), "image/jpeg")


def field_photos(data: Path = DATA) -> list[FieldPhoto]:
    """All field photos, in the order of the table."""
    with (data / "queries.csv").open(newline="", encoding="utf-8") as table:
        return [
            FieldPhoto(
                path=data / row["path"],
                part_number=row["part_number"] or None,
                kind=row["kind"],
                twin=row["twin"] == "yes",
            )
            for row in csv.DictReader(table)
        ]


def import_archive(data: Path = DATA) -> bytes:
    """The catalog as an administrator would upload it. Pictures are stored, not squeezed: they are compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.write(data / "products.csv", "products.csv")
        for picture in sorted((data / "references").iterdir()):
            archive.write(picture, f"references/{picture.name}")
    return buffer.getvalue()
