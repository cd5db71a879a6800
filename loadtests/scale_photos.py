"""Photos of twins with the scale card beside them, drawn anew: plain, tilted, in shadow, the card half covered."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from service.demo.data_set import DATA
from service.starter.parts.families import demo_parts
from service.starter.render.cameras import CARD_SIZES
from service.starter.render.card_photo import RADII_MM, CardScene
from service.starter.render.environments import workshop
from service.starter.render.field import Shown, field_photo
from service.starter.render.stage import Stage
from service.starter.solids.mesh import mesh_of

SCENES = {
    "plain": CardScene(),
    "tilted": CardScene(elevation=(45.0, 62.0)),
    "shadow": CardScene(crossed=True),
    "half covered": CardScene(covered=True),
}
WITHOUT = "no card"
ROOM = 10
"""Photos of one room and one frame size."""
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class ScalePhoto:
    """A photo and what it shows. ``scene``: a key of :data:`SCENES`, or :data:`WITHOUT`."""

    path: Path
    part_number: str
    scene: str


def twins_of_demo() -> dict[str, str]:
    """Part number -> group."""
    with (DATA / "twins.csv").open(encoding="utf-8", newline="") as stream:
        return {row["part_number"]: row["group"] for row in csv.DictReader(stream)}


def scale_photos(cache: Path, meshes: Path, seed: int, photos: int, without: int) -> list[ScalePhoto]:
    """So many photos with the card and so many without it, of twins in turn; those in the folder ``cache`` are kept."""
    cache.mkdir(parents=True, exist_ok=True)
    twins = twins_of_demo()
    shown = [(part, mesh_of(part, meshes)) for part in demo_parts() if part.part_number in twins]
    shown = [one for one in shown if RADII_MM[0] <= one[1].radius_mm <= RADII_MM[1]]
    order = np.random.default_rng(seed).permutation(photos)
    plan = [(shown[number % len(shown)], _scene(int(place))) for number, place in enumerate(order)]
    plan += [(shown[number * 7 % len(shown)], WITHOUT) for number in range(without)]
    return list(_drawn(plan, cache, seed))


def _scene(place: int) -> str:
    """Half of them plain, the rest of each other kind in turn; which twin gets which is by chance."""
    return "plain" if place % 2 else list(SCENES)[1 + place // 2 % (len(SCENES) - 1)]


def _drawn(plan: list[tuple[Shown, str]], cache: Path, seed: int) -> Iterator[ScalePhoto]:
    stage: Stage | None = None
    for number, ((part, mesh), scene) in enumerate(plan):
        path = cache / f"{FORMAT}-{seed}-{number:04}-{scene.replace(' ', '-')}.jpg"
        if number % ROOM == 0 and stage is not None:
            stage.close()
            stage = None
        if not path.exists():
            rng = np.random.default_rng([seed, 3, number])
            size = CARD_SIZES[number // ROOM % len(CARD_SIZES)]
            stage = stage or Stage(*size, workshop(seed * 1000 + number // ROOM))
            photo = field_photo(stage, (part, mesh), [], rng, carded=SCENES.get(scene))
            partial = path.with_suffix(".partial")
            Image.fromarray(np.ascontiguousarray(photo.pixels)).save(partial, "JPEG", quality=88)
            partial.replace(path)
        yield ScalePhoto(path=path, part_number=part.part_number, scene=scene)
    if stage is not None:
        stage.close()
