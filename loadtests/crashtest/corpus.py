"""Small products, each with a small picture of its own."""

import csv
import io
import random
import zipfile
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

EDGE: Final = 96
SHAPES: Final = 5


def write_archive(path: Path, rows: int, *, seed: int, prefix: str = "K") -> None:
    """A ZIP of a table with ``rows`` products and a picture of each, no two alike."""
    rng = random.Random(seed)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["part_number", "name", "category", "size", "pictures"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number in range(rows):
            archive.writestr(f"pictures/{number}.jpg", _picture(rng, number))
            writer.writerow(
                [f"{prefix}-{number:06}", f"Part {number}", f"Family {number % 20}", number, f"pictures/{number}.jpg"]
            )
        archive.writestr("products.csv", table.getvalue())


def _picture(rng: random.Random, number: int) -> bytes:
    image = Image.new("RGB", (EDGE, EDGE), _colour(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(SHAPES):
        x, y = rng.randrange(EDGE), rng.randrange(EDGE)
        draw.ellipse((x, y, x + rng.randrange(8, 50), y + rng.randrange(8, 50)), fill=_colour(rng))
    draw.text((4, 4), str(number), fill="white")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)
