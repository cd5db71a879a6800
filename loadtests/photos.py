"""Field photos as phones post them: the demo's own, and variations of them, so that no load test posts one picture."""

import io
import random
from pathlib import Path

import msgspec
from PIL import Image, ImageOps

from service.demo.data_set import FieldPhoto, field_photos

EDGE = 768
"""Long edge in px that the contract asks phones for."""

PHONES_PHOTOS = 160
POPULARITY_SKEW = 0.8
BUILD = Path(__file__).parents[1] / ".build"

JPEG_START = b"\xff\xd8"
JPEG_COMMENT = b"\xff\xfe"


def jpeg_field_photos(most: int) -> list[bytes]:
    """Up to ``most`` of the demo's field photos that are JPEGs, in an order of chance that is always the same."""
    photos = [photo.path for photo in field_photos() if photo.path.suffix == ".jpg"]
    random.Random(0).shuffle(photos)
    return [path.read_bytes() for path in photos[:most]]


class Variation(msgspec.Struct, frozen=True, kw_only=True):
    """A JPEG made from a field photo, and the part that it shows (None: one that is in no catalog)."""

    content: bytes
    part_number: str | None


def variations(count: int, *, seed: int, skew: float) -> list[Variation]:
    """Field photos cropped, turned and compressed anew, ``EDGE`` px on the long edge.

    ``skew`` is the exponent of Zipf's law: how much oftener the popular parts are photographed; 0 is evenly.
    """
    rng = random.Random(seed)
    photos = [photo for photo in field_photos() if photo.path.suffix in (".jpg", ".webp")]
    rng.shuffle(photos)
    weights = [1 / (rank**skew) for rank in range(1, len(photos) + 1)]
    return [_vary(photo, rng) for photo in rng.choices(photos, weights, k=count)]


def phones_photos() -> list[Variation]:
    """What the load test's phones post: variations that are made once and kept in ``.build``."""
    kept = BUILD / f"load-photos-{PHONES_PHOTOS}-{POPULARITY_SKEW}.msgpack"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        unfinished = kept.with_suffix(".unfinished")
        unfinished.write_bytes(msgspec.msgpack.encode(variations(PHONES_PHOTOS, seed=0, skew=POPULARITY_SKEW)))
        unfinished.rename(kept)
    return msgspec.msgpack.decode(kept.read_bytes(), type=list[Variation])


def never_seen(jpeg: bytes, rng: random.Random) -> bytes:
    """The same picture in bytes that were never posted: a JPEG comment of chance (ITU-T T.81, B.2.4.5) is put in."""
    if not jpeg.startswith(JPEG_START):
        raise ValueError("not a JPEG")
    note = rng.randbytes(16)
    return JPEG_START + JPEG_COMMENT + (len(note) + 2).to_bytes(2, "big") + note + jpeg[2:]


def _vary(photo: FieldPhoto, rng: random.Random) -> Variation:
    image = Image.open(photo.path).convert("RGB")
    share = rng.uniform(0.8, 1.0)
    width, height = round(image.width * share), round(image.height * share)
    left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
    image = image.crop((left, top, left + width, top + height))
    image = image.rotate(rng.uniform(-10, 10), Image.Resampling.BILINEAR, fillcolor=(128, 128, 128))
    content = io.BytesIO()
    ImageOps.contain(image, (EDGE, EDGE)).save(content, "JPEG", quality=rng.randint(70, 92))
    return Variation(content=content.getvalue(), part_number=photo.part_number)
