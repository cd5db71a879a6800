"""Uploads as tests write and read them."""

import io
from typing import Any

from catalog.imports.reading.opening import open_upload
from catalog.imports.reading.options import Detected, ReadOptions
from catalog.imports.rows import TableRow

Told = tuple[int, str | None, str]
"""A problem's line, column and code."""


def read(content: bytes | str, **options: Any) -> tuple[Detected, list[TableRow]]:
    """How an upload is read, and its rows."""
    data = content.encode() if isinstance(content, str) else content
    with open_upload(io.BytesIO(data), ReadOptions(**options)) as opened:
        return opened.detected, list(opened.rows)


def numbers(rows: list[TableRow]) -> dict[int, str]:
    """The part numbers that were read, by line."""
    return {row.line: row.fields.part_number for row in rows if row.fields}


def told(rows: list[TableRow]) -> list[Told]:
    """What is wrong with rows."""
    return [(row.line, problem.column, problem.code) for row in rows for problem in row.problems]
