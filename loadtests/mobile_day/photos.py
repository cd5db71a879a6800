"""What workers photograph: the demo's field photos, taken anew for every worker by phones of several kinds."""

import io
import os
import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from loadtests.mobile_day.popularity import zipf
from service.demo.data_set import field_photos

SKEW: Final = 0.8
STRANGERS: Final = 0.08
TWO_PHOTOS: Final = 0.1
MOST_SUBJECTS: Final = 1_500
"""Distinct ones of a day: some 150 MB. Later workers of a long day take them again, in other bytes."""

SUFFIXES: Final = (".jpg", ".webp")
JPEG_START: Final = b"\xff\xd8"
JPEG_COMMENT: Final = b"\xff\xfe"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of phone: px of the long edge of what it sends, and how it compresses."""

    edge: int
    quality: int
    share: float


DEVICES: Final = (
    Device(edge=768, quality=80, share=0.6),
    Device(edge=1024, quality=85, share=0.3),
    Device(edge=1600, quality=90, share=0.1),
)
"""The contract asks for 768 to 1,024 px; a few apps do not heed it."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A part in a worker's hand, and JPEGs of it, one or two. ``part_number``: None where it is in no catalog."""

    part_number: str | None
    photos: list[bytes]


class _Taking(msgspec.Struct, frozen=True, kw_only=True):
    """A subject to be photographed: files, and by what chance and phone."""

    part_number: str | None
    paths: list[Path]
    device: Device
    seed: int


def subjects(count: int, seed: int) -> list[Subject]:
    """What ``count`` workers photograph, at most ``MOST_SUBJECTS``; made on all cores, before any clock runs."""
    takings = _takings(min(count, MOST_SUBJECTS), seed)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(_take, takings))


def save(made: list[Subject], path: Path) -> None:
    """For the load generator."""
    path.write_bytes(msgspec.msgpack.encode(made))


def load(path: Path) -> list[Subject]:
    """What was saved."""
    return msgspec.msgpack.decode(path.read_bytes(), type=list[Subject])


def in_other_bytes(jpeg: bytes, note: bytes) -> bytes:
    """The same picture in other bytes: a JPEG comment (ITU-T T.81, B.2.4.5), up to 65,533 bytes, is put in."""
    if not jpeg.startswith(JPEG_START):
        raise ValueError("not a JPEG")
    return JPEG_START + JPEG_COMMENT + (len(note) + 2).to_bytes(2, "big") + note + jpeg[2:]


def retaken(photo: Image.Image, edge: int, rng: random.Random) -> Image.Image:
    """A photo cropped, turned and lit otherwise, ``edge`` px on the long edge."""
    share = rng.uniform(0.8, 1.0)
    width, height = round(photo.width * share), round(photo.height * share)
    left, top = rng.randint(0, photo.width - width), rng.randint(0, photo.height - height)
    image = photo.crop((left, top, left + width, top + height))
    image = image.rotate(rng.uniform(-10, 10), Image.Resampling.BILINEAR, fillcolor=(128, 128, 128))
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.75, 1.2))
    return ImageOps.contain(image, (edge, edge))


def jpeg_of(image: Image.Image, quality: int) -> bytes:
    """Encoded."""
    content = io.BytesIO()
    image.save(content, "JPEG", quality=quality)
    return content.getvalue()


def _takings(count: int, seed: int) -> list[_Taking]:
    rng = np.random.default_rng(seed)
    usable = [photo for photo in field_photos() if photo.path.suffix in SUFFIXES]
    known: dict[str, list[Path]] = defaultdict(list)
    for photo in usable:
        if photo.part_number is not None:
            known[photo.part_number].append(photo.path)
    strangers = [photo.path for photo in usable if photo.part_number is None]
    ranked = [str(name) for name in rng.permutation(sorted(known))]
    draw = partial(_taking, known, strangers, ranked, zipf(len(ranked), SKEW), rng)
    return [draw() for _ in range(count)]


def _taking(
    known: dict[str, list[Path]],
    strangers: list[Path],
    ranked: list[str],
    popularity: np.ndarray[tuple[int], np.dtype[np.float64]],
    rng: np.random.Generator,
) -> _Taking:
    part_number = None if rng.random() < STRANGERS else ranked[rng.choice(len(ranked), p=popularity)]
    paths = strangers if part_number is None else known[part_number]
    # Two photos of one part: a stranger's other photos are of other parts.
    count = 2 if part_number is not None and rng.random() < TWO_PHOTOS else 1
    chosen = rng.choice(len(paths), count, replace=count > len(paths))
    device = DEVICES[rng.choice(len(DEVICES), p=[one.share for one in DEVICES])]
    return _Taking(
        part_number=part_number, paths=[paths[i] for i in chosen], device=device, seed=int(rng.integers(2**32))
    )


def _take(taking: _Taking) -> Subject:
    rng = random.Random(taking.seed)
    photos = []
    for path in taking.paths:
        with Image.open(path) as opened:
            image = retaken(opened.convert("RGB"), taking.device.edge, rng)
        photos.append(jpeg_of(image, taking.device.quality))
    return Subject(part_number=taking.part_number, photos=photos)
