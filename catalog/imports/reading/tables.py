"""Rows of a table with delimiters."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from catalog.errors import TableInvalid
from catalog.imports.formulas import restore
from catalog.imports.reading.columns import PREFIX, SYNONYMS, Columns, assign, demand, folded
from catalog.imports.reading.delimited import Record, Records, detect_delimiter, last_cell, separator_line
from catalog.imports.reading.encodings import bad_byte, first_mark
from catalog.imports.reading.options import IGNORE, ReadOptions
from catalog.imports.rows import PICTURES, TableRow, checked_row, failed, readable, split_pictures

HEAD_LINES = 60
"""Lines that are looked at to find the delimiter."""
_WORDS = frozenset(word for field, words in SYNONYMS.items() for word in [folded(field), *words.split()])


class DelimitedTable:
    """A table's columns, and its rows once."""

    def __init__(self, lines: Iterator[str], encoding: str, options: ReadOptions) -> None:
        """Reads the header.

        Raises:
            TableInvalid: it is empty, or its header lacks what is needed.

        """
        head = list(islice(lines, HEAD_LINES))
        first = next((place for place, line in enumerate(head) if line.strip()), None)
        if first is None:
            raise TableInvalid("the table is empty")
        self.delimiter, skipped = self._delimiter(head, first, options)
        self._encoding = encoding
        self._records = Records(chain(head[skipped:], lines), self.delimiter, first_line=skipped + 1)
        self.columns = self._header(options)

    def rows(self) -> Iterator[TableRow]:
        """The rows in order; blank ones are passed over."""
        make = _maker(self.columns)
        for record in self._records:
            row = self._row(record, make)
            if row is not None:
                yield row

    def _row(self, record: Record, make: Callable[[int, list[str]], TableRow]) -> TableRow | None:
        plain = record.cells is not None and all(map(str.isascii, record.text))
        if not plain and (bad := self._unusable(record)) is not None:
            return bad
        width, cells = len(self.columns.headers), record.cells or []
        if not any(cell.strip() for cell in cells):
            return None
        # Spreadsheets write a delimiter for each column that was ever used.
        while len(cells) > width and not cells[-1].strip():
            del cells[-1]
        row = make(record.line, cells)
        if len(record.text) > 1 and _suspicious(row):
            unclosed = self._records.reread(width)
            return self._with_cells(row, cells) if unclosed is None else self._told(unclosed)
        return self._with_cells(row, cells)

    def _delimiter(self, head: list[str], first: int, options: ReadOptions) -> tuple[str, int]:
        """The delimiter, and how many lines are before the header."""
        said = separator_line(head[first])
        skipped = first + 1 if said else first
        words = _WORDS | {folded(header) for header in options.columns}
        return options.delimiter or said or detect_delimiter(head[skipped:], words), skipped

    def _header(self, options: ReadOptions) -> Columns:
        record = next(self._records, None)
        while record is not None and record.cells is not None and not any(cell.strip() for cell in record.cells):
            record = next(self._records, None)
        if record is None:
            raise TableInvalid("the table is empty")
        if record.cells is None:
            raise TableInvalid(f"the table's header cannot be read (line {record.line}): {record.message}")
        headers = [restore(cell.strip()) for cell in record.cells]
        while len(headers) > 1 and not headers[-1]:
            del headers[-1]
        columns = assign(headers, options.columns)
        demand(columns, options.columns)
        return columns

    def _unusable(self, record: Record) -> TableRow | None:
        """What is wrong with a record as a whole, if anything."""
        if record.cells is None:
            return self._told(record)
        text = "".join(record.text)
        place = first_mark(text)
        if place is None:
            return None
        before, byte, value = bad_byte(text, place, self._encoding)
        marked = next((i for i, cell in enumerate(record.cells) if first_mark(cell) is not None), None)
        message = f"byte {byte} of line {record.line + before} is 0x{value:02X}, which is not {self._encoding}"
        return self._with_cells(failed(record.line, "encoding_invalid", message, self._column(marked)), record.cells)

    def _told(self, record: Record) -> TableRow:
        at = last_cell(record, self.delimiter) if record.code == "quotes_unbalanced" else None
        return failed(record.line, record.code, record.message, self._column(at))

    def _with_cells(self, row: TableRow, cells: Sequence[str]) -> TableRow:
        """The row with its cells, if it is one to be mended."""
        if row.fields is not None:
            return row
        texts = (restore(cell.strip()) for cell in cells)
        return replace(row, cells=readable(dict(zip(self.columns.headers, texts, strict=False))))

    def _column(self, place: int | None) -> str | None:
        headers = self.columns.headers
        return headers[place] if place is not None and place < len(headers) else None


def _suspicious(row: TableRow) -> bool:
    if row.fields is not None:
        return "\n" in row.fields.part_number or "\r" in row.fields.part_number
    return any(problem.code in ("cells_miscounted", "cell_too_long") for problem in row.problems)


def _maker(columns: Columns) -> Callable[[int, list[str]], TableRow]:
    """From a line's number and cells to a row; what does not change from row to row is worked out once."""
    targets = list(enumerate(columns.targets))
    fields = [
        (i, target) for i, target in targets if not target.startswith(PREFIX) and target not in (IGNORE, PICTURES)
    ]
    metadata = [(i, target[len(PREFIX) :]) for i, target in targets if target.startswith(PREFIX)]
    pictures = [i for i, target in targets if target == PICTURES]
    width = len(columns.headers)

    def make(line: int, cells: list[str]) -> TableRow:
        if len(cells) != width:
            return failed(line, "cells_miscounted", f"the row has {len(cells)} cells, the header has {width}")
        texts = [restore(cell.strip()) for cell in cells]
        named = [name for i in pictures for name in split_pictures(texts[i])] if pictures else None
        return checked_row(
            line, {name: texts[i] for i, name in fields}, {name: texts[i] for i, name in metadata}, named
        )

    return make
