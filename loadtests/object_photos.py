"""Photos whose objects are known: drawn scenes, collages of shop photos, and photos laid small on another one."""

import io
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from loadtests.accuracy_photos import demo_references
from service.demo.data_set import field_photos
from service.evaluation.manifest import LabelledPicture, PhotoSet
from service.evaluation.queries import GalleryProduct
from service.recognition.region import Region

SCENES: Final = "scenes.json"
QUALITY: Final = 88
TILE: Final = 512
SMALL: Final = (0.3, 0.45)
"""Edge of a photo that is laid small on another one, as a share of it."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A product and where it lies."""

    part_number: str
    box: Region


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A photo's bytes and what it shows."""

    name: str
    photo: bytes
    objects: tuple[Placed, ...]


def demo_products() -> list[GalleryProduct]:
    """The demo catalog's."""
    pictures: dict[str, list[Path]] = {}
    for path, number, _ in demo_references():
        pictures.setdefault(number, []).append(path)
    return [GalleryProduct(part_number=number, name=number, pictures=tuple(some)) for number, some in pictures.items()]


def drawn_scenes(folder: Path) -> list[Scene]:
    """Those of :func:`loadtests.object_scenes.render_scenes`."""
    return [
        Scene(
            name=scene["photo"],
            photo=(folder / scene["photo"]).read_bytes(),
            objects=tuple(Placed(part_number=one["part_number"], box=_region(*one["box"])) for one in scene["objects"]),
        )
        for scene in json.loads((folder / SCENES).read_text(encoding="utf-8"))
    ]


def collages(photos: PhotoSet, group: str, count: int, seed: int) -> list[Scene]:
    """Two to four shop photos of different products side by side; a box is the whole of a photo in it."""
    rng = random.Random(seed)
    queries = photos.queries(group)
    chosen = [_different(queries, rng.randint(2, 4), rng) for _ in range(count)]
    return [_collage(photos, some, f"collage {number}") for number, some in enumerate(chosen)]


def laid_small(photos: PhotoSet, group: str, grounds: Sequence[Path], count: int, seed: int) -> list[Scene]:
    """A shop photo, small, somewhere on a photo of something else."""
    rng = random.Random(seed)
    scenes = []
    for number, picture in enumerate(rng.sample(photos.queries(group), count)):
        ground = _opened(rng.choice(grounds), 1024)
        share = rng.uniform(*SMALL)
        edge = round(share * 1024)
        left, top = rng.randint(0, 1024 - edge), rng.randint(0, 1024 - edge)
        ground.paste(_opened(picture.path, edge), (left, top))
        box = _region(left / 1024, top / 1024, share, share)
        scenes.append(Scene(name=f"small {number}", photo=_coded(ground), objects=(_placed(photos, picture, box),)))
    return scenes


def demo_photos_whole(most: int) -> list[Scene]:
    """Field photos of the demo, evenly chosen."""
    photos = [photo for photo in field_photos() if photo.part_number]
    return [
        Scene(
            name=photo.path.name,
            photo=photo.path.read_bytes(),
            objects=(Placed(part_number=photo.part_number or "", box=_region(0, 0, 1, 1)),),
        )
        for photo in photos[:: max(1, len(photos) // most)][:most]
    ]


def whole(photos: PhotoSet, pictures: Sequence[LabelledPicture]) -> list[Scene]:
    """Photos as they are, of a product each."""
    box = _region(0, 0, 1, 1)
    return [
        Scene(name=one.path.name, photo=one.path.read_bytes(), objects=(_placed(photos, one, box),)) for one in pictures
    ]


def shop_products(photos: PhotoSet, references: str) -> list[GalleryProduct]:
    """All products of a photo set with one set of references."""
    pictures: dict[str, list[Path]] = {}
    for one in photos.references(references):
        pictures.setdefault(one.label, []).append(one.path)
    return [
        GalleryProduct(part_number=photos.products[label].part_number, name=label, pictures=tuple(some))
        for label, some in pictures.items()
    ]


def _collage(photos: PhotoSet, pictures: Sequence[LabelledPicture], name: str) -> Scene:
    columns = 2 if len(pictures) > 1 else 1
    rows = -(-len(pictures) // columns)
    image = Image.new("RGB", (columns * TILE, rows * TILE), (90, 90, 90))
    objects = []
    for place, one in enumerate(pictures):
        column, row = place % columns, place // columns
        image.paste(_opened(one.path, TILE), (column * TILE, row * TILE))
        box = _region(column / columns, row / rows, 1 / columns, 1 / rows)
        objects.append(_placed(photos, one, box))
    return Scene(name=name, photo=_coded(image), objects=tuple(objects))


def _different(queries: Sequence[LabelledPicture], count: int, rng: random.Random) -> list[LabelledPicture]:
    taken: dict[str, LabelledPicture] = {}
    while len(taken) < count:
        one = rng.choice(queries)
        taken.setdefault(one.label, one)
    return list(taken.values())


def _placed(photos: PhotoSet, picture: LabelledPicture, box: Region) -> Placed:
    return Placed(part_number=photos.products[picture.label].part_number, box=box)


def _opened(path: Path, edge: int) -> Image.Image:
    with Image.open(path) as image:
        return ImageOps.fit(ImageOps.exif_transpose(image).convert("RGB"), (edge, edge), Image.Resampling.BICUBIC)


def _coded(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=QUALITY)
    return content.getvalue()


def _region(x: float, y: float, width: float, height: float) -> Region:
    return Region(x=x, y=y, width=width, height=height)
