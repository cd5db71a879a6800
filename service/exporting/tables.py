"""A catalog's products as a table: CSV for spreadsheets, JSON lines that say everything exactly."""

import csv
import io
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import IO

import msgspec

from catalog.export import ExportedFile, ExportedProduct
from catalog.imports.formulas import neutralise
from catalog.imports.rows import KNOWN

COLUMNS = ("part_number", "name", "description", "category", "superseded_by", "notices", "pictures")
SEPARATOR = ";"
METADATA = "metadata:"
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


class Form(StrEnum):
    """Of a table."""

    CSV = "csv"
    JSONL = "jsonl"


def file_name(picture: ExportedFile) -> str:
    """Where a picture lies in an archive: by its content, so that the same one lies there once."""
    digest = picture.object_key.rsplit("/", 1)[-1]
    return f"pictures/{digest}{_ENDINGS.get(picture.media_type, '')}"


def table_writer(form: Form, keys: Sequence[str], file: IO[bytes]) -> Callable[[ExportedProduct], None]:
    """What writes products into a file, one by one. ``keys``: of metadata, a column each in CSV; it has a header then.

    CSV is as RFC 4180 has it, in UTF-8. Cells that a spreadsheet would run as formulas get an apostrophe in front,
    which an import takes off. JSON lines need none of that.
    """
    return _csv_writer(keys, file) if form is Form.CSV else _jsonl_writer(file)


def _csv_writer(keys: Sequence[str], file: IO[bytes]) -> Callable[[ExportedProduct], None]:
    line = io.StringIO()
    writer = csv.writer(line)

    def put(cells: Sequence[str]) -> None:
        writer.writerow([neutralise(cell) for cell in cells])
        file.write(line.getvalue().encode())
        line.seek(0)
        line.truncate()

    put([*COLUMNS, *map(_header, keys)])

    def write(product: ExportedProduct) -> None:
        said = (product.name, product.description, product.category, product.superseded_by)
        notices = msgspec.json.encode(product.notices).decode() if product.notices else ""
        pictures = SEPARATOR.join(map(file_name, product.pictures))
        metadata = [product.metadata.get(key, "") for key in keys]
        put([product.part_number, *(text or "" for text in said), notices, pictures, *metadata])

    return write


def _header(key: str) -> str:
    # A column of a field's name would be taken for the field.
    return f"{METADATA}{key}" if key.lower().replace(" ", "_") in KNOWN else key


def _jsonl_writer(file: IO[bytes]) -> Callable[[ExportedProduct], None]:
    def write(product: ExportedProduct) -> None:
        optional = {
            "description": product.description,
            "category": product.category,
            "superseded_by": product.superseded_by,
        }
        said = {
            "part_number": product.part_number,
            "name": product.name,
            **{name: text for name, text in optional.items() if text},
            "metadata": dict(sorted(product.metadata.items())),
            "notices": product.notices,
            "pictures": list(map(file_name, product.pictures)),
        }
        file.write(msgspec.json.encode(said) + b"\n")

    return write
