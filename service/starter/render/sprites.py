"""Training views: parts on nothing, with their shadows apart, to be laid on any ground while training."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from service.starter.parts.families import training_parts
from service.starter.parts.part import Part
from service.starter.parts.words import statements
from service.starter.render.environments import studio, workshop
from service.starter.render.field import Shown, worn
from service.starter.render.grounds import ground
from service.starter.render.poses import distance_for, orbit, placed, resting, rotation
from service.starter.render.stage import Camera, Item, Stage
from service.starter.solids.mesh import mesh_of

SPRITE = 144
GROUND = 256
FORMAT = 1


@dataclass(frozen=True)
class Plan:
    """How much is drawn: rooms, views of each part in each of them, studio views of each part, grounds."""

    rooms: int = 18
    views: int = 3
    studio_views: int = 12
    grounds: int = 400


def render_training(out: Path, cache: Path, seed: int, plan: Plan) -> int:
    """Draw ``parts.json``, ``grounds.npy`` uint8[m, 256, 256, 3], and one ``room-NN.npy`` for each room:
    uint8[parts, views, 144, 144, 5] (colour premultiplied, alpha, shadow); room 0 is the studio. Rooms that are there
    already are kept, so that an interrupted run goes on. Gives the number of views.
    """
    out.mkdir(parents=True, exist_ok=True)
    parts = training_parts(seed)
    about = {"format": FORMAT, "seed": seed, "plan": vars(plan), "parts": [_words(part) for part in parts]}
    (out / "parts.json").write_text(json.dumps(about, indent=1))
    if not (out / "grounds.npy").exists():
        rng = np.random.default_rng([seed, 2])
        np.save(out / "grounds.npy", np.stack([ground(rng, GROUND) for _ in range(plan.grounds)]))
    shown = [(part, mesh_of(part, cache)) for part in parts]
    for room in range(plan.rooms + 1):
        path = out / f"room-{room:02}.npy"
        if not path.exists():
            views = _room(shown, seed, room, plan.views if room else plan.studio_views)
            with (partial := path.with_suffix(".partial")).open("wb") as stream:
                np.save(stream, views)
            partial.replace(path)
            print(f"room {room} of {plan.rooms}: {views.shape[0] * views.shape[1]} views", flush=True)
    return len(parts) * (plan.studio_views + plan.rooms * plan.views)


def _words(part: Part) -> dict[str, object]:
    about = {"part_number": part.part_number, "category": part.category, "shape": part.shape_key, "finish": part.finish}
    return {**about, "statements": statements(part)}


def _room(shown: Sequence[Shown], seed: int, room: int, views: int) -> NDArray[np.uint8]:
    clean = room == 0
    rng = np.random.default_rng([seed, 1, room])
    stage = Stage(SPRITE, SPRITE, studio() if clean else workshop(seed * 7919 + room))
    sprites = np.zeros((len(shown), views, SPRITE, SPRITE, 5), np.uint8)
    for label, (part, mesh) in enumerate(shown):
        for view in range(views):
            turned = _stood(rng) if clean else resting(mesh, rng)
            item = Item(part.shape_key, mesh, worn(part.looks, rng), placed(mesh, turned))
            stage.turn_light(0.0 if clean else float(rng.uniform(0, 360)))
            sprites[label, view] = _sprite(stage, item, _around(item, rng, clean=clean), rng)
    stage.close()
    return sprites


def _stood(rng: np.random.Generator) -> NDArray[np.float64]:
    """Upright as designed, or tipped by quarter turns, as a catalog shows it."""
    tilt = np.radians(rng.choice([0, 0, 0, 90, -90]))
    return rotation(np.array([0.0, 0.0, 1.0]), rng.uniform(0, 2 * np.pi)) @ rotation(
        np.array([1.0, 0.0, 0.0]), float(tilt)
    )


def _around(item: Item, rng: np.random.Generator, *, clean: bool) -> Camera:
    field = float(rng.uniform(22, 32) if clean else rng.uniform(26, 60))
    elevation = float(rng.uniform(20, 75) if clean else rng.uniform(24, 89))
    roll = 0.0 if clean else float(rng.uniform(-180, 180))
    return orbit(item.pose[:3, 3], elevation, float(rng.uniform(0, 360)), distance_for(field, 0.97), field, roll)


def _sprite(stage: Stage, item: Item, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 0.9)
    light = (float(slope * np.cos(angle)), float(slope * np.sin(angle)), 1.0)
    mask = Image.fromarray(stage.silhouette([item], camera, light))
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 5.0)))))
    return np.concatenate([stage.shoot([item], camera), soft[..., None]], axis=2)
