"""Cells that a spreadsheet would run as formulas: kept as text here, made harmless in tables that leave, and back.

Spreadsheets take a leading apostrophe as the mark of a text. One is put before what looks like a formula when a table
is written (CSV injection, as OWASP describes it), and taken off when one is read: what is exported imports back as it
was, through any number of rounds.
"""

import re

# A plain number with its sign runs nothing. The wide forms are what some spreadsheets take for the same signs.
_RISKY = re.compile(r"'*[=+\-@\t\r\n=+-@]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n=+-@]")


def neutralise(cell: str) -> str:
    """The cell for a table that somebody may open in a spreadsheet."""
    if _RISKY.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def restore(cell: str) -> str:
    """The text that a cell of a table stands for: what :func:`neutralise` was given."""
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell
