"""From a line of a product table to a product, or to what is wrong with it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from catalog.notices import Notice, read_notices

PART_NUMBER, NAME, PICTURES, NOTICES = "part_number", "name", "pictures", "notices"
OPTIONAL = ("description", "category", "superseded_by")
REQUIRED = (PART_NUMBER, NAME)
KNOWN = frozenset({*REQUIRED, *OPTIONAL, NOTICES, PICTURES})

LONGEST = {PART_NUMBER: 200, NAME: 500, "description": 10_000, "category": 200, "superseded_by": 200}
LONGEST_METADATA = 2_000
LONGEST_PICTURE = 2_000
MOST_PICTURES = 50

# No name in a ZIP made by Windows holds them, and no written address but for the first.
_BETWEEN_PICTURES = re.compile(r"[;|\r\n]")


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
    """A row at its line of the file (the first line is 1): its fields, or what is wrong with it."""

    line: int
    fields: RowFields | None = None
    problems: list[RowProblem] = field(default_factory=list)


def failed(line: int, code: str, message: str, column: str | None = None) -> TableRow:
    """A row with one problem."""
    return TableRow(line=line, problems=[RowProblem(code=code, message=message, column=column)])


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
