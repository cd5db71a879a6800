"""Reads a folder of labelled pictures: ``manifest.csv`` and, where there is one, ``products.csv``."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from service.evaluation.errors import EvaluationError

MANIFEST, PRODUCTS = "manifest.csv", "products.csv"
REFERENCE, QUERY = "reference", "query"
NEEDED = ("path", "label", "role")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif"})
_PRODUCT_COLUMNS = frozenset({"label", "part_number", "name", "description", "category", "group"})
_OF_IMPORTS = frozenset({"pictures", "superseded_by"})
"""Columns of a catalog's own table, which are no metadata."""


@dataclass(frozen=True, kw_only=True)
class LabelledPicture:
    """A picture of the product ``label``; ``set``, ``group`` and ``text`` (what a worker would type beside it) are
    empty where the manifest has no such column.
    """

    path: Path
    label: str
    role: str
    set: str = ""
    group: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class LabelledProduct:
    """What ``products.csv`` says of a label; columns of no other meaning are its metadata."""

    label: str
    part_number: str
    name: str
    description: str = ""
    category: str = ""
    group: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PhotoSet:
    """A folder of labelled pictures. ``products`` has every label that occurs."""

    folder: Path
    pictures: tuple[LabelledPicture, ...]
    products: dict[str, LabelledProduct]

    def references(self, set_name: str | None) -> list[LabelledPicture]:
        """The references of a set, or all.

        Raises:
            EvaluationError: there is no such set.

        """
        found = [picture for picture in self.pictures if picture.role == REFERENCE]
        return _chosen(found, "set", set_name, f"references in {self.folder / MANIFEST}")

    def queries(self, group: str | None) -> list[LabelledPicture]:
        """The query photos of a group, or all.

        Raises:
            EvaluationError: there is no such group.

        """
        found = [picture for picture in self.pictures if picture.role == QUERY]
        return _chosen(found, "group", group, f"queries in {self.folder / MANIFEST}")


def read_photo_set(folder: Path) -> PhotoSet:
    """Read a folder's manifest (columns ``path,label,role``, perhaps ``set``, ``group``, ``text``) and products.

    Raises:
        EvaluationError: a file, column or cell is missing or wrong; the message names line and column.

    """
    pictures = []
    for line, row in _rows(folder / MANIFEST, NEEDED):
        where = f"{folder / MANIFEST} line {line}"
        for column in NEEDED:
            if not row[column]:
                raise EvaluationError(f"{where}, column {column}: the cell is empty")
        if row["role"] not in (REFERENCE, QUERY):
            raise EvaluationError(f"{where}, column role: {row['role']!r} is neither {REFERENCE} nor {QUERY}")
        pictures.append(
            LabelledPicture(
                path=folder / row["path"],
                label=row["label"],
                role=row["role"],
                set=row.get("set", ""),
                group=row.get("group", ""),
                text=row.get("text", ""),
            )
        )
    for role in (REFERENCE, QUERY):
        if not any(picture.role == role for picture in pictures):
            raise EvaluationError(f"{folder / MANIFEST} names no picture of role {role}")
    return PhotoSet(folder=folder, pictures=tuple(pictures), products=_products(folder, pictures))


def read_folder(folder: Path) -> list[Path]:
    """Pictures anywhere below a folder, in order of their names.

    Raises:
        EvaluationError: there are none.

    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise EvaluationError(f"there are no pictures below {folder}")
    return found


def _products(folder: Path, pictures: list[LabelledPicture]) -> dict[str, LabelledProduct]:
    groups = {picture.label: picture.group for picture in pictures}
    said = _said_products(folder / PRODUCTS, groups) if (folder / PRODUCTS).exists() else {}
    return {
        label: said.get(label, LabelledProduct(label=label, part_number=label, name=label, group=group))
        for label, group in groups.items()
    }


def _said_products(path: Path, groups: dict[str, str]) -> dict[str, LabelledProduct]:
    found: dict[str, LabelledProduct] = {}
    owners: dict[str, str] = {}
    for line, row in _rows(path, ("label",)):
        label = row["label"]
        if label in found:
            raise EvaluationError(f"{path} line {line}, column label: {label!r} stands there before")
        values = {name: value for name, value in row.items() if name in _PRODUCT_COLUMNS and value}
        metadata = {name: value for name, value in row.items() if name not in _PRODUCT_COLUMNS | _OF_IMPORTS and value}
        product = LabelledProduct(
            metadata=metadata,
            **{"part_number": label, "name": label, "group": groups.get(label, ""), **values, "label": label},
        )
        if owners.setdefault(product.part_number, label) != label:
            owner = owners[product.part_number]
            raise EvaluationError(
                f"{path} line {line}, column part_number: {product.part_number!r} belongs to {owner!r} already"
            )
        found[label] = product
    return found


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows as dictionaries with the line where each ends."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if absent := [name for name in needed if name not in header]:
                raise EvaluationError(f"{path} has no column {absent[0]}; it has {', '.join(header) or 'no header'}")
            for cells in reader:
                if len(cells) != len(header) and any(cells):
                    message = f"the row has {len(cells)} cells, the header has {len(header)}"
                    raise EvaluationError(f"{path} line {reader.line_num}: {message}")
                if any(cells):
                    yield reader.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    except FileNotFoundError as error:
        raise EvaluationError(f"{path} is not there") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error


def _chosen(pictures: list[LabelledPicture], column: str, wanted: str | None, what: str) -> list[LabelledPicture]:
    if wanted is None:
        return pictures
    chosen = [picture for picture in pictures if getattr(picture, column) == wanted]
    if not chosen:
        there = sorted({str(getattr(picture, column)) for picture in pictures} - {""})
        raise EvaluationError(f"there is no {column} {wanted!r} of {what}; there are {', '.join(there) or 'none'}")
    return chosen
