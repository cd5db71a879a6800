"""Reads an import's upload: a ZIP with one CSV table and the pictures that it names, by paths relative to the table."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from catalog.errors import ArchiveInvalid, TableInvalid
from catalog.imports.rows import KNOWN, PART_NUMBER, REQUIRED, RowProblem, TableRow, cells_of, parse_row

TABLE_BYTES = 256 * 1024 * 1024
MEMBERS = 2_000_000
DELIMITERS = ",;\t|"

# RuntimeError is what zipfile raises for an encrypted member.
_UNPACKING = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError)


class PictureMissing(Exception):
    """The archive has no usable picture of this name."""


class Archive:
    """An open upload. Nothing is ever unpacked to disk; members are read by name, up to a size."""

    def __init__(self, stream: IO[bytes]) -> None:
        """``stream`` is seekable and stays the caller's.

        Raises:
            ArchiveInvalid: not a ZIP file.

        """
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ArchiveInvalid("the upload is not a readable ZIP archive") from error
        names = self._zip.namelist()
        if len(names) > MEMBERS:
            raise ArchiveInvalid(f"the archive has {len(names)} members, at most {MEMBERS} are taken")
        self._names = set(names)

    def close(self) -> None:
        """Release the archive."""
        self._zip.close()

    def table_name(self) -> str:
        """The table's path: the one CSV file nearest the top, ``products.csv`` where there are several.

        Raises:
            TableInvalid: there is none, or it is not clear which.

        """
        tables = [name for name in self._names if name.lower().endswith(".csv") and not _is_clutter(name)]
        if not tables:
            raise TableInvalid("the archive holds no CSV file")
        top = min(len(PurePosixPath(name).parts) for name in tables)
        tables = sorted(name for name in tables if len(PurePosixPath(name).parts) == top)
        preferred = [name for name in tables if PurePosixPath(name).name.lower() == "products.csv"]
        chosen = preferred or tables
        if len(chosen) > 1:
            raise TableInvalid(f"the archive holds several tables ({', '.join(chosen[:3])}); name one products.csv")
        return chosen[0]

    def rows(self) -> Iterator[TableRow]:
        """The table's rows in order; a part number that came before is a problem of the later row.

        Raises:
            TableInvalid: not UTF-8, no header, a needed column is absent or one stands twice.
            ArchiveInvalid: the table cannot be unpacked.

        """
        text = self._table_text()
        header_line = text.split("\n", 1)[0]
        delimiter = max(DELIMITERS, key=header_line.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = _header(reader)
        separator = "|" if delimiter == ";" else ";"
        first_line: dict[str, int] = {}
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield TableRow(line=line, problems=[RowProblem(code="row_unreadable", message=str(error))])
                continue
            if any(cell.strip() for cell in cells):
                yield _unrepeated(parse_row(line, header, cells, separator), first_line)

    def picture(self, table: str, path: str, most_bytes: int) -> bytes:
        """The bytes of a picture named in the table.

        Raises:
            PictureMissing: no such member, larger than ``most_bytes``, encrypted or broken.

        """
        name = str(PurePosixPath(table).parent / path.replace("\\", "/"))
        if name not in self._names:
            raise PictureMissing(f"the archive has no picture {path!r}")
        try:
            with self._zip.open(name) as member:
                content = member.read(most_bytes + 1)
        except _UNPACKING as error:
            raise PictureMissing(f"picture {path!r} cannot be unpacked") from error
        if len(content) > most_bytes:
            raise PictureMissing(f"picture {path!r} has more than {most_bytes} bytes")
        return content

    def mark(self, table: str, path: str) -> str | None:
        """What tells a picture's content from another's without reading it; None where there is none of this name."""
        name = str(PurePosixPath(table).parent / path.replace("\\", "/"))
        if name not in self._names:
            return None
        member = self._zip.getinfo(name)
        return f"{member.CRC:08x}-{member.file_size}"

    def _table_text(self) -> str:
        try:
            with self._zip.open(self.table_name()) as member:
                raw = member.read(TABLE_BYTES + 1)
        except _UNPACKING as error:
            raise ArchiveInvalid("the archive's table cannot be unpacked") from error
        if len(raw) > TABLE_BYTES:
            raise TableInvalid(f"the table has more than {TABLE_BYTES} bytes")
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise TableInvalid(f"the table is not UTF-8 (line {line}, byte {error.start})") from error


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration:
        raise TableInvalid("the table is empty") from None
    except csv.Error as error:
        raise TableInvalid(f"the table's header cannot be read: {error}") from error
    lowered = [name.lower().replace(" ", "_") for name in header]
    known = [name if name in KNOWN else header[i] for i, name in enumerate(lowered)]
    if absent := [name for name in REQUIRED if name not in known]:
        raise TableInvalid(f"the table has no column {' and no column '.join(absent)}; it has {', '.join(header)}")
    if any(not name for name in known):
        raise TableInvalid("a column of the table has no name")
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise TableInvalid(f"a column stands twice in the table: {', '.join(twice)}")
    return known


def _unrepeated(row: TableRow, first_line: dict[str, int]) -> TableRow:
    if row.fields is None:
        return row
    earlier = first_line.setdefault(row.fields.part_number, row.line)
    if earlier == row.line:
        return row
    message = f"{row.fields.part_number!r} stands in line {earlier} too; that row is taken"
    problem = RowProblem(code="part_number_repeated", column=PART_NUMBER, message=message)
    return TableRow(line=row.line, problems=[problem], cells=cells_of(row.fields))


def _is_clutter(name: str) -> bool:
    # macOS adds a shadow of every file to the archives that it makes.
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")
