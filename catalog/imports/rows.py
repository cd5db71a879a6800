"""From a line of a product table to a product, or to what is wrong with it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from catalog.imports.reading.options import METADATA
from catalog.notices import Notice, read_notices

PART_NUMBER, NAME, PICTURES, NOTICES = "part_number", "name", "pictures", "notices"
OPTIONAL = ("description", "category", "superseded_by")
REQUIRED = (PART_NUMBER, NAME)
KNOWN = frozenset({*REQUIRED, *OPTIONAL, NOTICES, PICTURES})

TOLD: Final = ("error_line", "error_column", "error_code", "error_message")
"""Columns of the failed rows that an import gives back. They say nothing of a product."""

LONGEST = {PART_NUMBER: 200, NAME: 500, "description": 10_000, "category": 200, "superseded_by": 200}
LONGEST_METADATA = 2_000
LONGEST_PICTURE = 2_000
MOST_PICTURES = 50

# No name in a ZIP made by Windows holds them, and no written address but for the first.
_BETWEEN_PICTURES = re.compile(r"[;|\r\n]")
# What no database keeps as text: NUL, and halves of characters, by which bytes that cannot be read are carried along.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


class RowProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something wrong with a row: a stable code, the column where there is one, and a sentence."""

    code: str
    message: str
    column: str | None = None


class RowFields(msgspec.Struct, frozen=True, kw_only=True):
    """A row that can be imported.

    ``pictures``: paths in the archive, https addresses, or ``picture:ID`` of ones uploaded before. They and ``notices``
    are None where the table has no such column.
    """

    part_number: str
    name: str
    description: str | None
    category: str | None
    superseded_by: str | None
    metadata: dict[str, str]
    pictures: list[str] | None
    notices: list[Notice] | None = None


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row at its line of the file (the first line is 1): its fields, or what is wrong with it.

    ``cells``: what was read, by the file's own columns; of rows with problems, so that they can be given back to be
    mended. Empty where the row could not be read at all.
    """

    line: int
    fields: RowFields | None = None
    problems: list[RowProblem] = field(default_factory=list)
    cells: Mapping[str, str] = field(default_factory=dict)


def failed(
    line: int, code: str, message: str, column: str | None = None, cells: Mapping[str, str] | None = None
) -> TableRow:
    """A row with one problem."""
    problem = RowProblem(code=code, message=message, column=column)
    return TableRow(line=line, problems=[problem], cells=cells or {})


def readable(cells: Mapping[str, str]) -> dict[str, str]:
    """Cells as text that can be kept: what is none becomes the sign for that."""
    return {_NO_TEXT.sub("\ufffd", name): _NO_TEXT.sub("\ufffd", value) for name, value in cells.items()}


def cells_of(fields: RowFields, columns: Mapping[str, str]) -> dict[str, str]:
    """A row as its file says it, by its columns; ``columns``: what each holds. What none of them holds stands under
    its own name.
    """
    said = {PART_NUMBER: fields.part_number, NAME: fields.name}
    said |= {name: value for name in OPTIONAL if (value := getattr(fields, name)) is not None}
    if fields.notices is not None:
        said[NOTICES] = msgspec.json.encode(fields.notices).decode() if fields.notices else ""
    if fields.pictures is not None:
        said[PICTURES] = ";".join(fields.pictures)
    said |= {f"{METADATA}:{name}": value for name, value in fields.metadata.items()}
    cells = {header: said.pop(target) for header, target in columns.items() if target in said}
    return {target.removeprefix(f"{METADATA}:"): value for target, value in said.items()} | cells


def checked_row(
    line: int, values: Mapping[str, str], metadata: Mapping[str, str], pictures: Iterable[str] | None
) -> TableRow:
    """Check what a row says and give its fields. Every problem of the row is told at once.

    ``values``: texts by field, ``metadata`` by key; their blanks are cut off. ``pictures``: None where the table has no
    such column.
    """
    problems = [
        problem for name in REQUIRED if not values.get(name) for problem in _missing(name)
    ]  # absent or empty, the row lacks it
    for name, value in values.items():
        if name != NOTICES:
            problems += _cell_problems(name, value, LONGEST[name])
    for name, value in metadata.items():
        problems += _cell_problems(name, value, LONGEST_METADATA)
    listed = None if pictures is None else list(dict.fromkeys(pictures))
    problems += _picture_problems(listed or [])
    notices = None
    try:
        notices = read_notices(values[NOTICES]) if NOTICES in values else None
    except ValueError as error:
        problems.append(RowProblem(code="notices_invalid", column=NOTICES, message=str(error)))
    if problems:
        return TableRow(line=line, problems=problems)
    fields = RowFields(
        part_number=values[PART_NUMBER],
        name=values[NAME],
        description=values.get("description") or None,
        category=values.get("category") or None,
        superseded_by=values.get("superseded_by") or None,
        metadata={name: value for name, value in metadata.items() if value},
        pictures=listed,
        notices=notices,
    )
    return TableRow(line=line, fields=fields)


def split_pictures(cell: str) -> list[str]:
    """The pictures that a cell names, between ``;``, ``|`` or line breaks."""
    return [name for part in _BETWEEN_PICTURES.split(cell) if (name := part.strip())]


def _missing(column: str) -> list[RowProblem]:
    return [RowProblem(code=f"{column}_missing", column=column, message=f"{column} is empty")]


def _cell_problems(column: str, value: str, longest: int) -> list[RowProblem]:
    problems = []
    if "\x00" in value:
        problems.append(RowProblem(code="character_invalid", column=column, message="the cell holds a NUL character"))
    if len(value) > longest:
        message = f"{len(value)} characters, at most {longest} are taken"
        problems.append(RowProblem(code="cell_too_long", column=column, message=message))
    return problems


def _picture_problems(pictures: list[str]) -> list[RowProblem]:
    if len(pictures) > MOST_PICTURES:
        message = f"{len(pictures)} pictures, at most {MOST_PICTURES} are taken"
        return [RowProblem(code="pictures_too_many", column=PICTURES, message=message)]
    return [problem for name in pictures for problem in _cell_problems(PICTURES, name, LONGEST_PICTURE)]
