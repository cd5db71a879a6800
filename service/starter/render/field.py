"""Photos as a worker takes them: some ground, other parts about, any light, any camera."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.starter.parts.finishes import Finish
from service.starter.parts.part import Part
from service.starter.render.grounds import ground
from service.starter.render.lens import develop, random_shot
from service.starter.render.poses import distance_for, orbit, placed, resting
from service.starter.render.scenes import Shade, picture
from service.starter.render.stage import Camera, Item, Stage
from service.starter.solids.mesh import Mesh

Rng = np.random.Generator
Shown = tuple[Part, Mesh]


@dataclass(frozen=True)
class FieldPhoto:
    """Pixels uint8[h, w, 3] and what is hard about them."""

    pixels: NDArray[np.uint8]
    note: str


def worn(finish: Finish, rng: Rng) -> Finish:
    """The same surface on another specimen: a little darker, duller, tinted."""
    shade = rng.uniform(0.82, 1.12) * (1 + rng.uniform(-0.05, 0.05, 3))
    red, green, blue = (float(v) for v in np.clip(np.array(finish.rgb) * shade, 0, 1))
    roughness = float(np.clip(finish.roughness + rng.uniform(-0.08, 0.16), 0.12, 0.85))
    return replace(finish, rgb=(red, green, blue), roughness=roughness)


def field_photo(stage: Stage, target: Shown, others: Sequence[Shown], rng: Rng) -> FieldPhoto:
    """The target near the middle of the picture, the others around it and partly cut off."""
    part, mesh = target
    items = [Item(part.shape_key, mesh, worn(part.looks, rng), placed(mesh, resting(mesh, rng)))]
    for other, its_mesh in others:
        angle, away, scale = rng.uniform(0, 2 * np.pi), rng.uniform(1.75, 2.6), rng.uniform(0.55, 1.05)
        pose = placed(its_mesh, resting(its_mesh, rng), away * np.cos(angle), away * np.sin(angle), scale)
        items.append(Item(other.shape_key, its_mesh, worn(other.looks, rng), pose))
    stage.turn_light(float(rng.uniform(0, 360)))
    camera = _hand_held(items[0], rng)
    skin = ground(rng, 1024)
    pixels = picture(stage, items, camera, skin, float(rng.uniform(3, 9)), _shades(rng, max(stage.size)))
    shot = random_shot(rng, max(stage.size) / 768)
    said = [f"{len(others)} other parts" if others else "", shot.words]
    return FieldPhoto(develop(pixels, shot, rng), " ".join(filter(None, said)))


def _hand_held(target: Item, rng: Rng) -> Camera:
    field = float(rng.uniform(28, 62))
    elevation = float(rng.uniform(max(26.0, field / 2 + 8), 86))
    centre = target.pose[:3, 3] + np.array([*rng.uniform(-0.25, 0.25, 2), 0.0])
    distance = distance_for(field, float(rng.uniform(0.55, 0.92)))
    return orbit(centre, elevation, float(rng.uniform(0, 360)), distance, field, float(rng.uniform(-180, 180)))


def _shades(rng: Rng, size: int) -> list[Shade]:
    hard = rng.random() < 0.4
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1.1)
    key = (float(slope * np.cos(angle)), float(slope * np.sin(angle)), 1.0)
    softness = size * (rng.uniform(0.001, 0.005) if hard else rng.uniform(0.008, 0.03))
    depth = rng.uniform(0.4, 0.7) if hard else rng.uniform(0.15, 0.45)
    return [
        Shade(key, float(depth), float(softness)),
        Shade((0.0, 0.0, 1.0), float(rng.uniform(0.3, 0.6)), size * 0.008),
    ]
