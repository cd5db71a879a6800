"""Pictures that the check sends: flat things that are told apart by colour and form, and their like."""

import io
import os

from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base

SIZE = (640, 480)
THINGS = {"red": ("ellipse", "red"), "blue": ("rectangle", "blue"), "green": ("polygon", "green")}
SECRET = b"N52.5200 E13.4050 of somebody"
_CORNER = 24


def thing(name: str, *, size: tuple[int, int] = SIZE, form: str = "JPEG", **options: object) -> bytes:
    """A photo of one of THINGS, on paper of a like colour; never twice the same bytes."""
    shape, ink = THINGS[name]
    image = Image.new("RGB", size, ink)
    draw = ImageDraw.Draw(image)
    across, down = size
    box = (across // 4, down // 4, across * 3 // 4, down * 3 // 4)
    if shape == "polygon":
        draw.polygon([(box[0], box[3]), (box[2], box[3]), (across // 2, box[1])], outline="white", width=6)
    else:
        getattr(draw, shape)(box, outline="white", width=6)
    image.paste(_noise((_CORNER, _CORNER)), (0, 0))
    return _file(image, form, **options)


def noise() -> bytes:
    """A picture of nothing."""
    return _file(_noise((320, 240)).resize(SIZE), "JPEG")


def phone_photo(name: str) -> bytes:
    """A thing's photo as phones write it, with place, owner, XMP and a comment: each holds SECRET."""
    exif = Image.Exif()
    exif[Base.Make] = SECRET.decode()
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSAreaInformation] = SECRET
    return thing(name, exif=exif, xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>", comment=SECRET)


def metadata_of(picture: bytes) -> list[str]:
    """What is in a picture beside it, in words; empty where nothing is, or it cannot be read."""
    found = ["the secret"] if SECRET in picture else []
    with Image.open(io.BytesIO(picture)) as image:
        tags = [tag for tag in image.getexif() if tag != Base.Orientation]
        found += [f"EXIF tag {tag}" for tag in tags]
        found += [name for name in ("xmp", "comment") if image.info.get(name)]
    return found


def half(picture: bytes) -> bytes:
    """A picture that breaks off."""
    return picture[: len(picture) // 2]


def _noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))


def _file(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
