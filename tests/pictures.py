"""Pictures that tests tell apart by colour, printed things and photos of them, and uploads made of pictures."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

JPEG, PNG = "JPEG", "PNG"


def picture(colour: str, *, size: tuple[int, int] = (160, 120), form: str = JPEG, mark: int = 0) -> bytes:
    """A picture of one colour; ``mark`` makes the bytes of two pictures of a colour differ."""
    image = Image.new("RGB", size, colour)
    ImageDraw.Draw(image).rectangle((mark, 0, mark + 3, 3), fill="white")
    buffer = io.BytesIO()
    image.save(buffer, form, quality=92)
    return buffer.getvalue()


PRINT = (720, 540)
BAND = (60, 410, 660, 500)
WORDS = ("valve", "pump", "seal", "filter", "gasket", "bearing", "sensor", "relay", "motor", "switch", "clamp", "fuse")

EXIF_ORIENTATION = 0x0112
STORED_AS = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
"""How a camera that writes this orientation stores an upright picture."""


def printed(seed: int, *, band: str = "white", word: str = "") -> Image.Image:
    """A label of 720 x 540 px with text, shapes and a border of blots, which depend on ``seed`` alone.

    Siblings have one seed, and differ in the colour of a band or the word on it.
    """
    return _label(seed, band, word).copy()


@lru_cache(maxsize=64)
def _label(seed: int, band: str, word: str) -> Image.Image:
    """To draw it takes as long as a lookup of it."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", PRINT, "white")
    draw = ImageDraw.Draw(image)
    _border(draw, rng)
    for _ in range(14):
        x, y = int(rng.integers(50, PRINT[0] - 220)), int(rng.integers(50, BAND[1] - 70))
        ink = tuple(int(value) for value in rng.integers(0, 190, 3))
        wide, high = (int(value) for value in rng.integers(20, 90, 2))
        shape = draw.ellipse if rng.random() < 0.4 else draw.rectangle
        shape((x, y, x + wide, min(y + high, BAND[1] - 10)), outline=ink, width=int(rng.integers(2, 7)))
        text = f"{WORDS[rng.integers(len(WORDS))]} {rng.integers(100, 999)}"
        place = int(rng.integers(50, PRINT[0] - 250)), int(rng.integers(50, BAND[1] - 50))
        draw.text(place, text, ink, ImageFont.load_default(float(rng.integers(18, 44))))
    draw.rectangle(BAND, fill=band)
    draw.text((BAND[0] + 20, BAND[1] + 8), word, "black", ImageFont.load_default(64))
    return image


def _border(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Blots of no regular form, so that the print reaches its edges and is nowhere like another one."""
    across, down = PRINT
    places = [(x, y) for x in range(20, across, 40) for y in (20, down - 20)]
    places += [(x, y) for x in (20, across - 20) for y in range(60, down - 40, 40)]
    for place in places:
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(5, 10))))
        rays = rng.uniform(4, 18, len(angles))[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
        middle = np.array(place) + rng.uniform(-3, 3, 2)
        ink = tuple(int(value) for value in rng.integers(0, 120, 3))
        draw.polygon([(float(x), float(y)) for x, y in middle + rays], fill=ink)


@dataclass(frozen=True, kw_only=True)
class TakenPhoto:
    """A photo of a printed thing: the file, and where the thing's corners are, in fractions of the upright photo,
    clockwise from its upper left.
    """

    content: bytes
    corners: Sequence[tuple[float, float]]


def photo_of(
    thing: Image.Image,
    *,
    angle: float = 0,
    scale: float = 0.8,
    tilt: float = 0,
    light: float = 1,
    size: tuple[int, int] = (1024, 768),
    orientation: int = 1,
) -> TakenPhoto:
    """A JPEG of ``size`` with the thing in its middle on a grey table.

    Args:
        thing: what is photographed, at ``scale`` px of the photo a px.
        angle: degrees that it is turned clockwise.
        scale: as said.
        tilt: of the camera, 1 / px of the thing; 0.0003 is a lot.
        light: below 1 is darker.
        size: of the upright photo.
        orientation: 1, 3, 6 or 8: how the camera was held, as EXIF has it.

    """
    view = _view(thing.size, angle, scale, tilt, size)
    seen = cv2.warpPerspective(
        np.asarray(thing), view, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=(110,) * 3
    )
    upright = Image.fromarray(np.clip(seen * light + _noise(seen.shape), 0, 255).astype(np.uint8))
    across, down = thing.size
    corners = cv2.perspectiveTransform(np.array([[(0, 0), (across, 0), (across, down), (0, down)]], np.float64), view)
    return TakenPhoto(
        content=_stored(upright, orientation), corners=[(x / size[0], y / size[1]) for x, y in corners[0].tolist()]
    )


@lru_cache(maxsize=2)
def _noise(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A camera's, the same for all photos: to draw it costs more than all else."""
    return np.random.default_rng(1).normal(0, 4, shape)


def mirrored(photo: TakenPhoto) -> bytes:
    """The photo as a mirror shows it."""
    return _stored(ImageOps.mirror(Image.open(io.BytesIO(photo.content))), 1)


def _view(
    thing: tuple[int, int], angle: float, scale: float, tilt: float, photo: tuple[int, int]
) -> NDArray[np.float64]:
    turn = np.radians(angle)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    to_middle = np.array([[1, 0, -thing[0] / 2], [0, 1, -thing[1] / 2], [0, 0, 1]])
    turned = np.array([[cos, -sin, 0], [sin, cos, 0], [tilt, tilt / 2, 1]])
    placed = np.array([[1, 0, photo[0] / 2], [0, 1, photo[1] / 2], [0, 0, 1]])
    view: NDArray[np.float64] = placed @ turned @ to_middle
    return view


def _stored(upright: Image.Image, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    stored = upright.transpose(STORED_AS[orientation]) if orientation in STORED_AS else upright
    return encoded(stored, exif=exif)


def encoded(image: Image.Image, form: str = JPEG, **options: object) -> bytes:
    """A picture's file."""
    buffer = io.BytesIO()
    image.save(buffer, form, quality=90, **options)
    return buffer.getvalue()


def decoded(content: bytes) -> Image.Image:
    """What a picture's bytes show."""
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB")


def archive(table: str, pictures: dict[str, bytes] | None = None, *, table_name: str = "products.csv") -> bytes:
    """An import's upload."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr(table_name, table)
        for path, content in (pictures or {}).items():
            zipped.writestr(path, content)
    return buffer.getvalue()


def coded(text: str, form: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode) -> Image.Image:
    """A code on white, on a grey table."""
    printed = zxingcpp.create_barcode(text, form).to_image(scale=4, add_quiet_zones=True)
    label = Image.fromarray(np.array(printed)).convert("RGB")
    image = Image.new("RGB", (label.width + 120, label.height + 160), (200, 200, 200))
    image.paste(label, (60, 80))
    return image


COLOURS = ("red", "lime", "blue", "yellow", "magenta", "cyan")


def colour_catalog(colours: tuple[str, ...] = COLOURS) -> bytes:
    """A catalog of one product a colour, with metadata and two categories."""
    lines = ["part_number,name,category,finish,pictures"]
    pictures = {}
    for i, colour in enumerate(colours):
        lines.append(f"P-{colour},{colour} part,{'even' if i % 2 == 0 else 'odd'},{colour},pictures/{colour}.jpg")
        pictures[f"pictures/{colour}.jpg"] = picture(colour)
    return archive("\n".join(lines) + "\n", pictures)
