"""Small pictures that tests tell apart by colour, and uploads made of them."""

import io
import zipfile

from PIL import Image, ImageDraw

JPEG, PNG = "JPEG", "PNG"


def picture(colour: str, *, size: tuple[int, int] = (160, 120), form: str = JPEG, mark: int = 0) -> bytes:
    """A picture of one colour; ``mark`` makes the bytes of two pictures of a colour differ."""
    image = Image.new("RGB", size, colour)
    ImageDraw.Draw(image).rectangle((mark, 0, mark + 3, 3), fill="white")
    buffer = io.BytesIO()
    image.save(buffer, form, quality=92)
    return buffer.getvalue()


def archive(table: str, pictures: dict[str, bytes] | None = None, *, table_name: str = "products.csv") -> bytes:
    """An import's upload."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr(table_name, table)
        for path, content in (pictures or {}).items():
            zipped.writestr(path, content)
    return buffer.getvalue()


COLOURS = ("red", "lime", "blue", "yellow", "magenta", "cyan")


def colour_catalog(colours: tuple[str, ...] = COLOURS) -> bytes:
    """A catalog of one product a colour, with metadata and two categories."""
    lines = ["part_number,name,category,finish,pictures"]
    pictures = {}
    for i, colour in enumerate(colours):
        lines.append(f"P-{colour},{colour} part,{'even' if i % 2 == 0 else 'odd'},{colour},pictures/{colour}.jpg")
        pictures[f"pictures/{colour}.jpg"] = picture(colour)
    return archive("\n".join(lines) + "\n", pictures)
