"""Cells that a spreadsheet would run as formulas: kept as text here, made harmless in tables that leave, and back.

Spreadsheets take a leading apostrophe as the mark of a text. One is put before what looks like a formula when a table
is written (CSV injection, as OWASP describes it), and taken off when one is read: what is exported imports back as it
was, through any number of rounds.
"""

import re

# The wide forms of the signs, of East Asian keyboards, are the same to some spreadsheets.
_SIGN = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_RISKY = re.compile("'*" + _SIGN)
_GUARDED = re.compile("'+" + _SIGN)
# A plain number with its sign runs nothing.
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?", re.ASCII)


def neutralise(cell: str) -> str:
    """The cell for a table that somebody may open in a spreadsheet."""
    if _RISKY.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def restore(cell: str) -> str:
    """The text that a cell of a table stands for: what :func:`neutralise` was given."""
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell
