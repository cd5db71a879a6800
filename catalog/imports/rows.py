"""From a line of a product table to a product, or to what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

PART_NUMBER, NAME, PICTURES = "part_number", "name", "pictures"
OPTIONAL = ("description", "category", "superseded_by")
REQUIRED = (PART_NUMBER, NAME)
KNOWN = frozenset({*REQUIRED, *OPTIONAL, PICTURES})

TOLD: Final = ("error_line", "error_column", "error_code", "error_message")
"""Columns of the failed rows that an import gives back. They say nothing of a product."""

LONGEST = {PART_NUMBER: 200, NAME: 500, "description": 10_000, "category": 200, "superseded_by": 200}
LONGEST_METADATA = 2_000
MOST_PICTURES = 50


class RowProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something wrong with a row: a stable code, the column where there is one, and a sentence."""

    code: str
    message: str
    column: str | None = None


class RowFields(msgspec.Struct, frozen=True, kw_only=True):
    """A row that can be imported. ``pictures`` are paths in the archive; None where the table has no such column."""

    part_number: str
    name: str
    description: str | None
    category: str | None
    superseded_by: str | None
    metadata: dict[str, str]
    pictures: list[str] | None


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row at its line of the file (the header is line 1): its fields, or what is wrong with it.

    ``cells``: what was read, by column; of rows with problems, so that they can be given back to be mended.
    """

    line: int
    fields: RowFields | None = None
    problems: list[RowProblem] = field(default_factory=list)
    cells: Mapping[str, str] = field(default_factory=dict)


def parse_row(line: int, header: list[str], cells: list[str], picture_separator: str) -> TableRow:
    """Check a row's cells and give its fields. Every problem of the row is told at once."""
    if len(cells) != len(header):
        message = f"the row has {len(cells)} cells, the header has {len(header)}"
        cut = dict(zip(header, cells, strict=False))
        return TableRow(line=line, problems=[RowProblem(code="cells_miscounted", message=message)], cells=cut)
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    problems = [problem for name, value in values.items() for problem in _cell_problems(name, value)]
    pictures = None
    if PICTURES in values:
        pictures = [path.strip() for path in values[PICTURES].split(picture_separator) if path.strip()]
        if len(pictures) > MOST_PICTURES:
            message = f"{len(pictures)} pictures, at most {MOST_PICTURES} are taken"
            problems.append(RowProblem(code="pictures_too_many", column=PICTURES, message=message))
    if problems:
        return TableRow(line=line, problems=problems, cells=values)
    fields = RowFields(
        part_number=values[PART_NUMBER],
        name=values[NAME],
        description=values.get("description") or None,
        category=values.get("category") or None,
        superseded_by=values.get("superseded_by") or None,
        metadata={name: value for name, value in values.items() if name not in KNOWN and name not in TOLD and value},
        pictures=pictures,
    )
    return TableRow(line=line, fields=fields)


def cells_of(fields: RowFields) -> dict[str, str]:
    """A row as a table says it, by column."""
    said = {PART_NUMBER: fields.part_number, NAME: fields.name}
    said |= {name: value for name in OPTIONAL if (value := getattr(fields, name)) is not None}
    if fields.pictures is not None:
        said[PICTURES] = ";".join(fields.pictures)
    return said | fields.metadata


def _cell_problems(column: str, value: str) -> list[RowProblem]:
    problems = []
    if not value and column in REQUIRED:
        problems.append(RowProblem(code=f"{column}_missing", column=column, message=f"{column} is empty"))
    if "\x00" in value:
        problems.append(RowProblem(code="character_invalid", column=column, message="the cell holds a NUL character"))
    longest = LONGEST.get(column, LONGEST_METADATA)
    if column != PICTURES and len(value) > longest:
        message = f"{len(value)} characters, at most {longest} are taken"
        problems.append(RowProblem(code="cell_too_long", column=column, message=message))
    return problems
