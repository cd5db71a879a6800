"""Records of a table with delimiters. A quotation mark that nobody closes costs its own line: the lines that it would
swallow are read again as what they are.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from catalog.imports.reading.columns import folded
from catalog.imports.reading.lines import LINE_CHARACTERS, Overlong

DELIMITERS = ",;\t|"
MOST_LINES = 500
"""Lines that one record may go over."""
LOOKED_AT = 50
SEPARATOR_LINE = "sep="


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record: where it begins, its text as it came, its cells; or why it has none (a code and a sentence)."""

    line: int
    text: Sequence[str]
    cells: list[str] | None = None
    code: str = ""
    message: str = ""


class _Runaway(Exception):
    """A record goes on over more lines, or more characters, than one may have."""


class _Feed:
    """Lines for the parser, which may be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self._characters = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._characters += len(line)
        overlong = isinstance(line, Overlong)
        if overlong or (len(self.taken) > 1 and (len(self.taken) > MOST_LINES or self._characters > LINE_CHARACTERS)):
            raise _Runaway
        return line

    def begin(self) -> None:
        self.taken, self._characters = [], 0

    def give_back(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


class Records:
    """The records of lines, one after the other, with those that cannot be read."""

    def __init__(self, lines: Iterator[str], delimiter: str, *, first_line: int = 1) -> None:
        """``first_line``: the number of the first of the lines."""
        self._feed = _Feed(lines)
        self._delimiter = delimiter
        self._reader = csv.reader(self._feed, delimiter=delimiter, strict=True)
        self._line = first_line

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        """The next record.

        Raises:
            StopIteration: there is none.

        """
        self._line += len(self._feed.taken)
        self._feed.begin()
        try:
            cells = next(self._reader)
        except (csv.Error, _Runaway) as error:
            return self._unread(error)
        return Record(line=self._line, text=self._feed.taken, cells=cells)

    def reread(self, width: int) -> Record | None:
        """Judge the last record, of several lines, again: where one of these is a whole record by itself, a quotation
        mark was not closed. Gives what is then wrong; the lines after its first come next.
        """
        rest = self._feed.taken[1:]
        if not any(_width(line, self._delimiter) == width for line in rest):
            return None
        return self._unclosed()

    def _unread(self, error: Exception) -> Record:
        taken = self._feed.taken
        if len(taken) == 1 and isinstance(taken[0], Overlong):
            message = f"the line has more than {LINE_CHARACTERS} characters"
            return Record(line=self._line, text=(), code="line_too_long", message=message)
        if len(taken) > 1 or "unexpected end" in str(error):
            return self._unclosed()
        if "field limit" in str(error):
            message = f"a cell has more than {csv.field_size_limit()} characters"
            return Record(line=self._line, text=taken, code="cell_too_long", message=message)
        message = f"after the quotation mark that ends a cell there is neither {self._delimiter!r} nor the line's end"
        return Record(line=self._line, text=taken, code="row_unreadable", message=message)

    def _unclosed(self) -> Record:
        self._feed.give_back()
        message = "a quotation mark opens a cell and none closes it; the lines after it were read by themselves"
        return Record(line=self._line, text=self._feed.taken, code="quotes_unbalanced", message=message)


def last_cell(record: Record, delimiter: str) -> int:
    """Which cell, from 0, the line of a record that cannot be read ends in."""
    try:
        return max(len(next(csv.reader(list(record.text[:1]), delimiter=delimiter))) - 1, 0)
    except (csv.Error, StopIteration):
        return 0


def separator_line(line: str) -> str:
    """The delimiter that a first line such as ``sep=;`` names, as spreadsheets write it; empty where it is no such."""
    said = line.rstrip("\r\n")
    return said[4:] if len(said) == 5 and said.lower().startswith(SEPARATOR_LINE) else ""


def detect_delimiter(lines: Sequence[str], words: frozenset[str]) -> str:
    """The delimiter by which the first line gives most of the ``words`` (headers, folded), then by which most lines
    have as many cells as the first, then by which it has most.
    """

    def rank(delimiter: str) -> tuple[int, float, int]:
        parsed = [_cells(line, delimiter) for line in islice(lines, LOOKED_AT)]
        rows = [cells for cells in parsed if any(cell.strip() for cell in cells)]
        if not rows:
            return 0, 0.0, 0
        header = rows[0]
        known = sum(folded(cell.strip()) in words for cell in header if len(cell) <= 100)
        same = sum(len(cells) == len(header) for cells in rows) / len(rows) if len(header) > 1 else 0.0
        return known, same, len(header)

    return max(DELIMITERS, key=rank)


def _width(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter, strict=True), []))
    except csv.Error:
        return 0


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
