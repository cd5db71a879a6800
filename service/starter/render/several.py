"""Field photos of several products side by side, with where each of them lies: what detection is measured on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.starter.render.cameras import Glass, breadth, lowest_elevation, overscanned, random_glass, straight_mask
from service.starter.render.field import Shown, worn
from service.starter.render.grounds import ground
from service.starter.render.hardships import LEAST_BREADTH, lost
from service.starter.render.lens import develop, random_shot
from service.starter.render.poses import distance_for, orbit, placed, resting
from service.starter.render.scenes import Shade, picture
from service.starter.render.stage import Camera, Item, Stage
from service.starter.render.tabletop import random_sheets, table_picture

Rng = np.random.Generator
Box = tuple[float, float, float, float]

SCALES: Final = (0.55, 1.0)
"""Radii of parts, the largest being 1."""
APART: Final = 1.1
"""Least distance of two parts in units of their radii's sum: boxes may overlap, parts hardly."""
MOST_UNSEEN: Final = 0.2
TRIES: Final = 40


@dataclass(frozen=True)
class SeveralPhoto:
    """Pixels uint8[h, w, 3]; for each part its box: left, top, width and height in fractions of the photo."""

    pixels: NDArray[np.uint8]
    boxes: list[Box]


def several_photo(stage: Stage, shown: Sequence[Shown], rng: Rng, *, sheets: int = 2) -> SeveralPhoto:
    """These parts on a table, none of them more than a little covered or cut; with up to so many papers about.

    Raises:
        RuntimeError: no fair scene came about.

    """
    for _ in range(TRIES):
        items, extent = _scattered(shown, rng)
        # Straight, because what a wide lens bends would not lie where its silhouette says.
        glass = replace(random_glass(rng), field=float(rng.uniform(24, 56)), radial=0.0)
        camera = _camera(stage, glass, extent, rng)
        if any(breadth(item, camera) < LEAST_BREADTH for item in items):
            continue
        boxes = [_box(stage, item, items, camera) for item in items]
        fair = [box for box in boxes if box is not None]
        if len(fair) == len(items):
            return SeveralPhoto(_taken(stage, items, camera, glass, rng, sheets), fair)
    raise RuntimeError("no fair scene came about")


def _scattered(shown: Sequence[Shown], rng: Rng) -> tuple[list[Item], float]:
    """The parts on the ground about the middle, and the radius that holds them all."""
    places: list[tuple[NDArray[np.float64], float]] = []
    reach = 0.6
    for _ in shown:
        scale = float(rng.uniform(*SCALES))
        while True:
            reach *= 1.005
            place = rng.uniform(-reach, reach, 2)
            if all(np.linalg.norm(place - other) >= APART * (scale + radius) for other, radius in places):
                places.append((place, scale))
                break
    middle = np.mean([place for place, _ in places], axis=0)
    around = [(place - middle, scale) for place, scale in places]
    items = [
        Item(part.shape_key, mesh, worn(part.looks, rng), placed(mesh, resting(mesh, rng), float(x), float(y), scale))
        for (part, mesh), ((x, y), scale) in zip(shown, around, strict=True)
    ]
    return items, max(float(np.linalg.norm(place - middle)) + scale for place, scale in places)


def _camera(stage: Stage, glass: Glass, extent: float, rng: Rng) -> Camera:
    least = max(30.0, lowest_elevation(glass.field, max(stage.size) / min(stage.size)))
    elevation = min(float(rng.uniform(least, max(least + 4, 86))), 88.0)
    distance = distance_for(glass.field, float(rng.uniform(1.0, 1.45)), extent)
    turn, roll = float(rng.uniform(0, 360)), float(rng.uniform(-180, 180))
    return orbit(np.array([0.0, 0.0, 0.2]), elevation, turn, distance, overscanned(glass.field), roll)


def _box(stage: Stage, item: Item, items: Sequence[Item], camera: Camera) -> Box | None:
    """Where a part is seen; None where too much of it is not."""
    alone = stage.visible(item, [], camera)
    seen = straight_mask(stage.visible(item, [other for other in items if other is not item], camera))
    shrunk = straight_mask(alone)
    if lost(shrunk, seen) > MOST_UNSEEN or not seen.any():
        return None
    rows, columns = np.flatnonzero((seen > 127).any(1)), np.flatnonzero((seen > 127).any(0))
    height, width = seen.shape
    if rows[0] == 0 or columns[0] == 0 or rows[-1] == height - 1 or columns[-1] == width - 1:
        return None
    left, top = float(columns[0]) / width, float(rows[0]) / height
    return left, top, float(columns[-1] + 1) / width - left, float(rows[-1] + 1) / height - top


def _taken(
    stage: Stage, items: Sequence[Item], camera: Camera, glass: Glass, rng: Rng, sheets: int
) -> NDArray[np.uint8]:
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1.1)
    key = (float(slope * np.cos(angle)), float(slope * np.sin(angle)), 1.0)
    stage.turn_light(float(rng.uniform(0, 360)))
    stage.lamp(key, float(rng.uniform(0.2, 0.8)) if rng.random() < 0.4 else 0.0)
    below = table_picture(stage, ground(rng, 1024), float(rng.uniform(2.5, 7)), random_sheets(rng, sheets), camera)
    size = max(stage.size)
    shades = [
        Shade(key, float(rng.uniform(0.2, 0.6)), float(size * rng.uniform(0.002, 0.02))),
        Shade((0.0, 0.0, 1.0), float(rng.uniform(0.3, 0.6)), size * 0.008),
    ]
    pixels = picture(stage, items, camera, below, shades)
    return develop(pixels, random_shot(rng, size / 768, dark=False, blurred=False), glass, rng)
