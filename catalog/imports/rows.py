"""From a line of a product table to a product, or to what is wrong with it."""

from dataclasses import dataclass, field

import msgspec

from catalog.imports.formulas import restore
from catalog.notices import Notice, read_notices

PART_NUMBER, NAME, PICTURES = "part_number", "name", "pictures"
NOTICES = "notices"
OPTIONAL = ("description", "category", "superseded_by")
REQUIRED = (PART_NUMBER, NAME)
KNOWN = frozenset({*REQUIRED, *OPTIONAL, NOTICES, PICTURES})

LONGEST = {PART_NUMBER: 200, NAME: 500, "description": 10_000, "category": 200, "superseded_by": 200}
LONGEST_METADATA = 2_000
MOST_PICTURES = 50


class RowProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something wrong with a row: a stable code, the column where there is one, and a sentence."""

    code: str
    message: str
    column: str | None = None


class RowFields(msgspec.Struct, frozen=True, kw_only=True):
    """A row that can be imported. ``pictures`` are paths in the archive. They and ``notices`` are None where the table
    has no such column.
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
    """A row at its line of the file (the header is line 1): its fields, or what is wrong with it."""

    line: int
    fields: RowFields | None = None
    problems: list[RowProblem] = field(default_factory=list)


def parse_row(line: int, header: list[str], cells: list[str], picture_separator: str) -> TableRow:
    """Check a row's cells and give its fields. Every problem of the row is told at once."""
    if len(cells) != len(header):
        message = f"the row has {len(cells)} cells, the header has {len(header)}"
        return TableRow(line=line, problems=[RowProblem(code="cells_miscounted", message=message)])
    values = {name: restore(cell).strip() for name, cell in zip(header, cells, strict=True)}
    problems = [problem for name, value in values.items() for problem in _cell_problems(name, value)]
    pictures = None
    if PICTURES in values:
        pictures = [path.strip() for path in values[PICTURES].split(picture_separator) if path.strip()]
        if len(pictures) > MOST_PICTURES:
            message = f"{len(pictures)} pictures, at most {MOST_PICTURES} are taken"
            problems.append(RowProblem(code="pictures_too_many", column=PICTURES, message=message))
    notices = None
    if NOTICES in values:
        try:
            notices = read_notices(values[NOTICES])
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
        metadata={name: value for name, value in values.items() if name not in KNOWN and value},
        pictures=pictures,
        notices=notices,
    )
    return TableRow(line=line, fields=fields)


def _cell_problems(column: str, value: str) -> list[RowProblem]:
    problems = []
    if not value and column in REQUIRED:
        problems.append(RowProblem(code=f"{column}_missing", column=column, message=f"{column} is empty"))
    if "\x00" in value:
        problems.append(RowProblem(code="character_invalid", column=column, message="the cell holds a NUL character"))
    longest = LONGEST.get(column, LONGEST_METADATA)
    if column not in (PICTURES, NOTICES) and len(value) > longest:
        message = f"{len(value)} characters, at most {longest} are taken"
        problems.append(RowProblem(code="cell_too_long", column=column, message=message))
    return problems
