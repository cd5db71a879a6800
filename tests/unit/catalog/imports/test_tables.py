"""Tables with delimiters: a row that is wrong is told with its line and column, and costs itself."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import IO, cast

import pytest

from catalog.errors import FormatUnsupported, TableInvalid
from catalog.imports.reading.opening import open_upload
from catalog.imports.reading.options import ReadOptions, detected_from
from tests.unit.catalog.imports.uploads import numbers, read, told

HEAD = "part_number,name,size\n"


def test_an_open_quotation_mark_costs_its_line() -> None:
    rows = read(HEAD + 'A,"open,1\nB,b,2\nC,"c, d",3\nD,d,4\n')[1]
    assert told(rows) == [(2, "name", "quotes_unbalanced")]
    assert numbers(rows) == {3: "B", 4: "C", 5: "D"}


def test_an_open_quotation_mark_that_another_one_closes_swallows_no_rows() -> None:
    rows = read(HEAD + 'A,"open,1\nB,b,2\nC,c,3"\nD,d,4\n')[1]
    assert told(rows) == [(2, "name", "quotes_unbalanced")]
    assert numbers(rows) == {3: "B", 4: "C", 5: "D"}


def test_an_open_quotation_mark_in_the_last_row_or_before_very_many_is_found() -> None:
    rows = read(HEAD + "".join(f"P{i},p,{i}\n" for i in range(1_200)) + 'A,a,"open\n')[1]
    assert (told(rows), len(numbers(rows))) == ([(1_202, "size", "quotes_unbalanced")], 1_200)
    rows = read(HEAD + '"A,a,1\n' + "".join(f"P{i},p,{i}\n" for i in range(1_200)))[1]
    assert (told(rows), len(numbers(rows))) == ([(2, "part_number", "quotes_unbalanced")], 1_200)


def test_quotation_marks_within_cells_are_inches() -> None:
    rows = read(HEAD + 'A,5" pipe,1\nB,"3"" pipe",2\nC,c,3"\n')[1]
    assert [row.fields.name for row in rows if row.fields] == ['5" pipe', '3" pipe', "c"]


def test_a_mark_that_ends_no_cell_is_unreadable() -> None:
    rows = read(HEAD + 'A,a,1\n"B"x,b,2\nC,c,3\n')[1]
    assert (told(rows), numbers(rows)) == ([(3, None, "row_unreadable")], {2: "A", 4: "C"})


def test_lines_are_those_of_the_file_where_cells_hold_line_breaks() -> None:
    rows = read(HEAD + 'A,"a\nb\r\nc",1\n,x,2\nB,"one cell, and\nno more"\n')[1]
    assert (numbers(rows), told(rows)) == (
        {2: "A"},
        [(5, "part_number", "part_number_missing"), (6, None, "cells_miscounted")],
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(end: str) -> None:
    rows = read(f"part_number,name{end}A,a{end}{end},b{end}C,c")[1]
    assert (numbers(rows), told(rows)) == ({2: "A", 5: "C"}, [(4, "part_number", "part_number_missing")])


def test_ragged_rows_are_told_and_delimiters_without_end_are_not() -> None:
    rows = read("part_number,name,size,,\nA,a,1,,\nB,b\nC,c,3,more\nD,d,4,,,,\n,,,,\n")[1]
    assert told(rows) == [(3, None, "cells_miscounted"), (4, None, "cells_miscounted")]
    assert numbers(rows) == {2: "A", 5: "D"}


def test_too_long_cells_and_nul_are_told_by_column() -> None:
    rows = read(f"part_number,name,size\n{'x' * 201},a\0b,{'y' * 2001}\nB,b,{'z' * 200_000}\nC,c,1\n")[1]
    assert set(told(rows[:1])) == {
        (2, "part_number", "cell_too_long"),
        (2, "name", "character_invalid"),
        (2, "size", "cell_too_long"),
    }
    assert (told(rows[1:]), numbers(rows)) == ([(3, None, "cell_too_long")], {4: "C"})


def test_a_part_number_that_came_before_is_a_problem_of_the_later_row() -> None:
    rows = read("part_number,name\nA,a\nB,b\nA,c\n")[1]
    assert (told(rows), numbers(rows)) == ([(4, "part_number", "part_number_repeated")], {2: "A", 3: "B"})
    assert "line 2" in rows[2].problems[0].message


def test_formulas_are_kept_as_they_came() -> None:
    cells = ["=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+cmd", "-2+3"]
    (row,) = read("part_number;name;a;b;c\nA;" + ";".join(cells) + "\n")[1]
    assert row.fields
    assert [row.fields.name, *row.fields.metadata.values()] == cells


class Endless(io.RawIOBase):
    """A table of which one line has a gigabyte, that is nowhere in memory."""

    def __init__(self, before: bytes, middle: int, after: bytes) -> None:
        self._parts = (before, middle, after)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset
        return offset

    def read(self, size: int | None = -1) -> bytes:
        before, middle, after = self._parts
        size = size or 0
        if self._at < len(before):
            chunk = before[self._at : self._at + size]
        elif self._at < len(before) + middle:
            chunk = b"x" * min(size, len(before) + middle - self._at)
        else:
            begin = self._at - len(before) - middle
            chunk = after[begin : begin + size]
        self._at += len(chunk)
        return chunk


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"part_number,name\nA,a\nB,", b"\nC,c\n"),
        (b'{"part_number":"A","name":"a"}\n{"', b'\n{"sku":"C","name":"c"}\n'),
    ],
    ids=["csv", "jsonl"],
)
def test_a_line_of_a_gigabyte_costs_itself_and_little_memory(before: bytes, after: bytes) -> None:
    tracemalloc.start()
    try:
        with open_upload(cast("IO[bytes]", Endless(before, 10**9, after))) as opened:
            rows = list(opened.rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(row.fields.part_number if row.fields else row.problems[0].code) for row in rows] == [
        "A",
        "line_too_long",
        "C",
    ]
    assert rows[1].line == rows[0].line + 1
    assert peak < 50e6


def test_rows_are_given_before_the_rest_is_read() -> None:
    stream = Endless(b"part_number,name\nA,a\n" + b"B,b\n" * 100_000, 0, b"")
    with open_upload(cast("IO[bytes]", stream)) as opened:
        next(opened.rows)
        assert stream._at < 300_000


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe", "empty"),
        (b"\n\r\n  \n", "empty"),
        (b"part_number,name\n", "header and no row"),
        (b"part_number,name\n\n,\n", "header and no row"),
        (b"name,size\nx,1\n", "no column part_number"),
        (b"part_number\nx\n", "no column name"),
        (b"part_number,name,size,size\nA,a,1,2\n", "twice"),
        (b"part_number,name,Name\nA,a,b\n", "twice"),
        (b"part_number,,name\nA,a,b\n", "place 2"),
        (b'part_number,"name\nA,a\n', "header cannot be read"),
        (b"part_number,name,\0\nA,a,b\n", "no text"),
        (b"part_number,name," + b",".join(b"c%d" % i for i in range(600)) + b"\nA\n", "602 columns"),
        (b"x" * 3_000_000, "no column part_number|header cannot be read"),
        (b'[{"part_number": "A", "name": "a"}]', "JSON array"),
    ],
)
def test_a_table_that_is_wrong_as_a_whole_says_how(table: bytes, word: str) -> None:
    with pytest.raises(TableInvalid, match=word):
        read(table)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"\.xls\); save it as CSV"),
        (b"\x1f\x8b\x08" + bytes(60), "gzip"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (bytes(257) + b"ustar" + bytes(250), "tar"),
    ],
)
def test_what_is_no_table_says_what_to_send(content: bytes, word: str) -> None:
    with pytest.raises(FormatUnsupported, match=word):
        read(content)


@pytest.mark.parametrize(
    "options",
    [
        {"encoding": "rot13"},
        {"encoding": "unicode_escape"},
        {"encoding": "zip"},
        {"encoding": "no such"},
        {"encoding": "\0"},
        {"delimiter": "ab"},
        {"delimiter": '"'},
        {"delimiter": "\n"},
        {"delimiter": "a"},
        {"delimiter": ""},
        {"columns": {"name": "nothing"}},
        {"columns": {"name": "metadata:"}},
        {"columns": {"absent": "name"}},
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(TableInvalid):
        read("part_number,name\nA,a\n", **options)


def test_what_is_detected_reads_the_upload_the_same_way_again() -> None:
    content = "sep=|\r\nArt.Nr.|Titel|Größe|Bild 1|Bild 2\r\nA|Mütter|1|a.jpg|b.jpg\r\n".encode("cp1252")
    detected, rows = read(content)
    assert detected_from(json.loads(json.dumps(detected.stored))) == detected
    with open_upload(io.BytesIO(content), detected.options) as again:
        assert (again.detected, list(again.rows)) == (detected, rows)
    assert rows[0].fields
    assert rows[0].fields.pictures == ["a.jpg", "b.jpg"]


def test_an_import_takes_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.imports.reading.opening.MOST_ROWS", 2)
    rows = read("part_number,name\nA,a\nB,b\nC,c\nD,d\n")[1]
    assert (numbers(rows), told(rows)) == ({2: "A", 3: "B"}, [(4, None, "rows_too_many")])


def test_columns_and_delimiters_are_as_the_client_says() -> None:
    options = ReadOptions(delimiter="tab", columns={"Nr": "part_number", "x": "name", "y": "ignore", "z": "metadata:Z"})
    with open_upload(io.BytesIO(b"Nr\tx\ty\tz\tname\nA\ta;b\t1\t2\t3\n"), options) as opened:
        (row,) = cast("Iterator[object]", opened.rows)
    assert "'Z': '2', 'name': '3'" in str(row)
    assert "a;b" in str(row)
