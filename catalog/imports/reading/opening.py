"""Opens an upload into what it is and its rows: the one door to reading."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import IO

import msgspec

from catalog.errors import ArchiveInvalid, TableInvalid
from catalog.imports.archive import Archive
from catalog.imports.reading.columns import check_targets
from catalog.imports.reading.encodings import Opener, detect_encoding, named_encoding
from catalog.imports.reading.jsonlines import JsonLines
from catalog.imports.reading.kinds import ZIPS, Kind, kind_of, read_head
from catalog.imports.reading.lines import decoded, physical_lines
from catalog.imports.reading.options import Detected, ReadOptions
from catalog.imports.reading.tables import DelimitedTable
from catalog.imports.reading.unpacking import UNPACKING, why
from catalog.imports.rows import PART_NUMBER, TableRow, cells_of, failed

MOST_ROWS = 1_000_000
TABLE_BYTES = 2 * 1024 * 1024 * 1024
_CHUNK = 256 * 1024
_DELIMITER_NAMES = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "\\t": "\t"}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """How an upload is read, and its rows: once, in order, never all in memory.

    ``mark`` gives what tells the content of a picture in it from another's without reading it, by what a row calls the
    picture; None where the upload has none of this name.
    """

    detected: Detected
    rows: Iterator[TableRow]
    mark: Callable[[str], str | None]


def checked_options(options: ReadOptions) -> ReadOptions:
    """Options with the encoding's and the delimiter's own names.

    Raises:
        TableInvalid: one is unknown or cannot be.

    """
    delimiter = options.delimiter
    if delimiter is not None:
        delimiter = _DELIMITER_NAMES.get(delimiter.lower(), delimiter)
        if (
            len(delimiter) != 1
            or delimiter.isalnum()
            or delimiter in '"\r\n\x00'
            or not delimiter.isprintable() ^ (delimiter == "\t")
        ):
            raise TableInvalid(f"{options.delimiter!r:.40} cannot be a delimiter: it is one character, or tab")
    check_targets(options.columns)
    encoding = None if options.encoding is None else named_encoding(options.encoding)
    return msgspec.structs.replace(options, delimiter=delimiter, encoding=encoding)


def is_zip(stream: IO[bytes]) -> bool:
    """Whether an upload begins as a ZIP does."""
    stream.seek(0)
    return read_head(stream).startswith(ZIPS)


@contextmanager
def open_upload(stream: IO[bytes], options: ReadOptions | None = None) -> Iterator[Upload]:
    """What an upload is, and its rows while the block runs: a CSV table, JSON lines, or a ZIP of either and pictures.

    ``stream`` is seekable and stays the caller's; nobody else moves it meanwhile. All of the table is looked at once
    before the first row is given (its encoding, and in a ZIP its checksum), so what is refused as a whole is refused
    here. A part number that came before is a problem of the later row.

    Raises:
        FormatUnsupported: neither a table nor a ZIP.
        ArchiveInvalid: a ZIP that is broken or would not be safe to unpack.
        TableInvalid: no table, none that can be read, or not one row; or options that cannot be.

    """
    asked = checked_options(options or ReadOptions())
    stream.seek(0)
    kind = kind_of(read_head(stream))
    if kind != "zip":
        with _opened(_rewinding(stream), kind, None, asked) as (detected, rows):
            yield Upload(detected=detected, rows=rows, mark=_no_mark)
        return
    archive = Archive(stream)
    try:
        name = archive.table_name()
        with _opened(lambda: archive.open_table(name, TABLE_BYTES), None, name, asked) as (detected, rows):
            yield Upload(detected=detected, rows=rows, mark=partial(archive.mark, name))
    finally:
        archive.close()


@contextmanager
def _opened(
    again: Opener, kind: Kind | None, table: str | None, options: ReadOptions
) -> Iterator[tuple[Detected, Iterator[TableRow]]]:
    try:
        with again() as stream:
            encoding = detect_encoding(stream)
            while stream.read(_CHUNK):  # to the end, where an archive's checksum is compared
                pass
        if kind is None:
            with again() as stream:
                kind = kind_of(read_head(stream))
        opened = again()
    except UNPACKING as error:
        raise ArchiveInvalid(f"the archive's table cannot be unpacked: {why(error)}") from error
    encoding = options.encoding or encoding
    with opened as stream, decoded(stream, encoding) as text:
        lines = physical_lines(text)
        reader: DelimitedTable | JsonLines
        if (options.format or kind) == "jsonl":
            reader, delimiter = JsonLines(lines, encoding, options), None
        else:
            reader = DelimitedTable(lines, encoding, options)
            delimiter = reader.delimiter
        detected = Detected(
            format="csv" if delimiter else "jsonl",
            table=table,
            encoding=encoding,
            delimiter=delimiter,
            columns=reader.columns.by_header,
        )
        rows = _bounded(_first_of_each(reader.rows(), detected.columns), detected.columns)
        first = next(rows, None)
        if first is None:
            raise TableInvalid("the table has a header and no row")
        yield detected, chain([first], rows)


def _no_mark(_name: str) -> None:
    """An upload that is a table alone holds no pictures."""


def _rewinding(stream: IO[bytes]) -> Opener:
    def again() -> AbstractContextManager[IO[bytes]]:
        stream.seek(0)
        return nullcontext(stream)

    return again


def _first_of_each(rows: Iterator[TableRow], columns: Mapping[str, str]) -> Iterator[TableRow]:
    """The rows, with those failed whose part number came before."""
    first_line: dict[str, int] = {}
    for row in rows:
        if row.fields is None:
            yield row
            continue
        number = row.fields.part_number
        earlier = first_line.setdefault(number, row.line)
        if earlier == row.line:
            yield row
        else:
            message = f"{number!r} stands in line {earlier} too; that row is taken"
            yield failed(row.line, "part_number_repeated", message, PART_NUMBER, cells_of(row.fields, columns))


def _bounded(rows: Iterator[TableRow], columns: Mapping[str, str]) -> Iterator[TableRow]:
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            message = f"an import takes {MOST_ROWS} rows; this one and the rest are left"
            cells = cells_of(row.fields, columns) if row.fields else row.cells
            yield failed(row.line, "rows_too_many", message, cells=cells)
            return
        yield row
