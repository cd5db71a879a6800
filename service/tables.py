"""Tables that leave the service as CSV: opened in any spreadsheet without harm, and read back as they were."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from catalog.imports.formulas import neutralise

BYTES_AT_ONCE = 64 * 1024
_BOM = "\ufeff"  # without it, spreadsheets take UTF-8 for something else


def csv_chunks(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A CSV file (UTF-8 with a mark, commas, CRLF) in pieces of about 64 KB, as rows are drawn from ``rows``.

    Cells that a spreadsheet would run get an apostrophe before them, which imports take off again.
    """
    yield csv_header(header)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([neutralise(cell) for cell in row])
        if buffer.tell() >= BYTES_AT_ONCE:
            yield _taken(buffer)
    yield _taken(buffer)


def csv_header(header: Sequence[str]) -> bytes:
    """The first line of such a file, with the mark."""
    return _BOM.encode() + csv_lines([header])


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Lines of such a file."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([neutralise(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def _taken(buffer: io.StringIO) -> bytes:
    chunk = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return chunk
