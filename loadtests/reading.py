"""How fast an import's upload is read, and how much memory that takes: rows a second and the peak above what was there.

    python -m loadtests.reading [--rows 100000]

Each upload is read in a process of its own: a table as CSV in UTF-8 and in Windows-1252, as JSON lines, both in a
ZIP, a table in which each tenth row is wrong, and one line of a gigabyte.
"""

import csv
import io
import json
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from typing import IO

import click

from catalog.imports.reading.opening import open_upload

HEADER = ("Artikelnummer", "Bezeichnung", "Beschreibung", "Warengruppe", "Größe", "Werkstoff", "Bild")
WRONG_EVERY = 10
GIGABYTE = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What reading an upload took, by the clock and of a core. ``peak``: bytes above what the process had before."""

    rows: int
    failed: int
    seconds: float
    cpu: float
    peak: int
    size: int


def main() -> None:
    """Read each kind and print a line for it."""
    command()


@click.command()
@click.option("--rows", default=100_000, show_default=True, help="of each table")
def command(rows: int) -> None:
    """Rows a second and memory of reading uploads."""
    print(
        f"{'upload':<24}{'MB':>8}{'rows':>10}{'failed':>9}{'seconds':>9}{'rows/s':>10}{'rows/CPU s':>12}{'peak MB':>9}"
    )
    for name in KINDS:
        with get_context("spawn").Pool(1) as pool:
            found = pool.apply(measure, (name, rows))
        rate = found.rows / found.seconds
        print(
            f"{name:<24}{found.size / 1e6:>8.1f}{found.rows:>10,}{found.failed:>9,}{found.seconds:>9.2f}"
            f"{rate:>10,.0f}{found.rows / found.cpu:>12,.0f}{found.peak / 1e6:>9.1f}"
        )


def measure(kind: str, rows: int) -> Measured:
    """Write an upload of a kind, then read it."""
    with tempfile.TemporaryFile() as upload:
        KINDS[kind](upload, rows)
        size = upload.tell()
        before, began, cpu = _peak(), time.perf_counter(), time.process_time()
        count = failed = 0
        with open_upload(upload) as opened:
            for row in opened.rows:
                count += 1
                failed += row.fields is None
        return Measured(
            rows=count,
            failed=failed,
            seconds=time.perf_counter() - began,
            cpu=time.process_time() - cpu,
            peak=_peak() - before,
            size=size,
        )


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _products(rows: int) -> Iterator[tuple[str, ...]]:
    for number in range(rows):
        yield (
            f"DIN-933-{number:06}",
            f"Sechskantschraube M{number % 30} × {number % 120}",
            f'Gewinde bis Kopf, "verzinkt", Prüfzeugnis {number}; Güte 8.8',
            "Schrauben",
            f"M{number % 30}",
            "Stahl",
            f"bilder/{number}.jpg;bilder/{number}-b.jpg",
        )


def _csv(stream: IO[bytes], rows: int, encoding: str = "utf-8") -> None:
    text = io.TextIOWrapper(stream, encoding, newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADER)
    writer.writerows(_products(rows))
    text.detach()


def _windows(stream: IO[bytes], rows: int) -> None:
    _csv(stream, rows, "cp1252")


def _jsonl(stream: IO[bytes], rows: int) -> None:
    for product in _products(rows):
        stream.write(json.dumps(dict(zip(HEADER, product, strict=True))).encode() + b"\n")


def _wrong(stream: IO[bytes], rows: int) -> None:
    stream.write((";".join(HEADER) + "\n").encode())
    for number, product in enumerate(_products(rows)):
        cells = [cell.replace(";", "|").replace('"', "") for cell in product]
        if number % WRONG_EVERY == 0:
            cells[1] = '"' + cells[1]
        stream.write((";".join(cells) + "\n").encode())


def _long(stream: IO[bytes], rows: int) -> None:
    stream.write(b"part_number,name\nA,a\nB,")
    for _ in range(GIGABYTE // 1_000_000):
        stream.write(b"x" * 1_000_000)
    stream.write(b"\nC,c\n")


def _zipped(write: Callable[[IO[bytes], int], None], name: str) -> Callable[[IO[bytes], int], None]:
    def zipped(stream: IO[bytes], rows: int) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
            write(member, rows)

    return zipped


KINDS: dict[str, Callable[[IO[bytes], int], None]] = {
    "csv": _csv,
    "csv, windows-1252": _windows,
    "json lines": _jsonl,
    "csv in a zip": _zipped(_csv, "products.csv"),
    "json lines in a zip": _zipped(_jsonl, "products.jsonl"),
    "each tenth row wrong": _wrong,
    "a line of a gigabyte": _long,
}

if __name__ == "__main__":
    main()
