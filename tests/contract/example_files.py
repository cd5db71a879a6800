"""Bodies that examples send: drawn here, and kept in ``mobile_contract/examples/files`` where they are not large."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping

import zxingcpp
from PIL import Image, ImageDraw

from mobile_contract.examples import FILES
from mobile_contract.limits import JSON_BYTES
from tests.pictures import PNG, archive, coded, encoded, photo_of, picture, printed

KEPT_BYTES = 64 * 1024
VALVE, PUMP = 1, 50
GTIN = "4006381333931"


def content_of(name: str) -> bytes:
    """A file's content: as it is kept, or as it is drawn.

    Raises:
        KeyError: there is no such file, and nothing that draws it.

    """
    kept = FILES / name
    return kept.read_bytes() if kept.is_file() else MADE[name]()


def keep(name: str) -> None:
    """Put a file among the kept ones, if it is small and not there yet."""
    if not (FILES / name).is_file() and len(content := MADE[name]()) <= KEPT_BYTES:
        FILES.mkdir(exist_ok=True)
        (FILES / name).write_bytes(content)


def _taken(seed: int, angle: float) -> bytes:
    photo = photo_of(printed(seed), angle=angle, scale=0.7, size=(720, 540)).content
    return _jpeg(Image.open(io.BytesIO(photo)), quality=60)


def _stranger() -> bytes:
    image = Image.new("RGB", (480, 360), "skyblue")
    ImageDraw.Draw(image).ellipse((120, 60, 360, 300), fill="white")
    return _jpeg(image, quality=80)


def _jpeg(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def _many_scans() -> bytes:
    """12 megapixels whose last refinement comes a thousand times: each one walks over all the blocks."""
    plain = _jpeg(Image.new("RGB", (4000, 3000), "green"), progressive=True)
    start = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[start:-2] * 1000 + plain[-2:]


def _gigapixels() -> bytes:
    """A header of 1,200 megapixels, and next to nothing behind it."""
    small = encoded(Image.new("1", (8, 8)), PNG)
    header = b"IHDR" + struct.pack(">II", 40_000, 30_000) + small[24:29]
    return small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]


def _spares() -> bytes:
    table = (
        "part_number,name,category,material,pictures\n"
        "SE-7,Shaft seal 7 mm,Seals/Shaft seals,NBR,seal.jpg\n"
        ",A row without a number,,,\n"
        "SE-9,Shaft seal 9 mm,Seals/Shaft seals,FKM,missing.jpg\n"
    )
    return archive(table, {"seal.jpg": picture("olive", size=(320, 240))})


MADE: Mapping[str, Callable[[], bytes]] = {
    "valve.jpg": lambda: _taken(VALVE, angle=12),
    "pump.jpg": lambda: _taken(PUMP, angle=-8),
    "stranger.jpg": _stranger,
    "code.png": lambda: encoded(coded(GTIN, zxingcpp.BarcodeFormat.EAN13), PNG),
    "broken.jpg": lambda: picture("red")[:300],
    "empty.jpg": lambda: b"",
    "drawing.gif": lambda: encoded(Image.new("P", (32, 32)), "GIF"),
    "gigapixels.png": _gigapixels,
    "scans.jpg": _many_scans,
    "spares.zip": _spares,
    "spares.csv": lambda: "Artikel-Nr.;Bezeichnung;Werkstoff\nSE-7;Wellendichtung für 7 mm;NBR\n".encode("cp1252"),
    "sheet.xlsx": lambda: archive("", {"[Content_Types].xml": b"", "xl/workbook.xml": b""}, table_name="xl/x.xml"),
    "no-archive.zip": lambda: b"this is no archive",
    "no-table.zip": lambda: archive("", table_name="readme.txt"),
    "blanks.json": lambda: b" " * (JSON_BYTES + 1),
}
"""By name. A file that is in the folder of kept ones already needs no entry."""
