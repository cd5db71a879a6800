"""Training views: parts on nothing, with their shadows apart, to be laid on any ground while training."""

import json
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from service.starter.parts.families import demo_parts, stranger_parts, training_parts
from service.starter.parts.part import Part
from service.starter.parts.words import statements
from service.starter.render.environments import studio, workshop
from service.starter.render.field import Shown, worn
from service.starter.render.grounds import ground
from service.starter.render.poses import distance_for, orbit, placed, resting, rotation
from service.starter.render.stage import Camera, Item, Stage
from service.starter.solids.mesh import mesh_of
from service.starter.twins import Shape, twin_groups

SPRITE = 192
GROUND = 256
FORMAT = 3


@dataclass(frozen=True)
class Plan:
    """How much is drawn: how often the families are drawn from and how many parts of a kind are kept; rooms, views of
    each part in each of them, studio views of each part, grounds. ``workers`` processes draw side by side.
    """

    rounds: int = 24
    most_of_a_kind: int = 44
    rooms: int = 8
    views: int = 3
    studio_views: int = 6
    grounds: int = 500
    workers: int = 2


def render_training(out: Path, cache: Path, seed: int, plan: Plan) -> int:
    """Draw ``parts.json``, ``grounds.npy`` uint8[m, 256, 256, 3], and one ``room-NN.npy`` for each room:
    uint8[parts, views, 192, 192, 5] (colour premultiplied, alpha, shadow); room 0 is the studio. Rooms that are there
    already are kept, so that an interrupted run goes on. Gives the number of views.
    """
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(plan.workers, mp_context=get_context("spawn")) as pool:
        parts = _buildable(pool, cache, training_parts(seed, plan.rounds, plan.most_of_a_kind))
        about = {"format": FORMAT, "seed": seed, "plan": vars(plan), "parts": _described(parts, cache)}
        (out / "parts.json").write_text(json.dumps(about, indent=1))
        drawn = pool.submit(_grounds, out, seed, plan)
        rooms = pool.map(partial(_room_file, out, cache, parts, seed, plan), range(plan.rooms + 1))
        for room in rooms:
            print(f"room {room} of {plan.rooms}", flush=True)
        drawn.result()
    return len(parts) * (plan.studio_views + plan.rooms * plan.views)


def _buildable(pool: Executor, cache: Path, parts: Sequence[Part]) -> list[Part]:
    """Those whose dimensions make a solid: the CAD kernel refuses some that chance has drawn."""
    shapes = list({part.shape_key: part for part in parts}.values())
    refused = {
        part.shape_key
        for part, built in zip(shapes, pool.map(partial(_built, cache), shapes, chunksize=16), strict=True)
        if not built
    }
    print(f"{len(shapes) - len(refused)} solids; no solid of {sorted(refused) or 'none'}", flush=True)
    return [part for part in parts if part.shape_key not in refused]


def _built(cache: Path, part: Part) -> bool:
    try:
        mesh_of(part, cache)
    except Exception:  # the kernel's errors share no base class
        return False
    return True


def _grounds(out: Path, seed: int, plan: Plan) -> None:
    if not (out / "grounds.npy").exists():
        rng = np.random.default_rng([seed, 2])
        np.save(out / "grounds.npy", np.stack([ground(rng, GROUND) for _ in range(plan.grounds)]))


def _room_file(out: Path, cache: Path, parts: Sequence[Part], seed: int, plan: Plan, room: int) -> int:
    path = out / f"room-{room:02}.npy"
    if not path.exists():
        shown = [(part, mesh_of(part, cache)) for part in parts]
        views = _room(shown, seed, room, plan.views if room else plan.studio_views)
        with (unfinished := path.with_suffix(".partial")).open("wb") as stream:
            np.save(stream, views)
        unfinished.replace(path)
    return room


def _described(parts: Sequence[Part], cache: Path) -> list[dict[str, object]]:
    """What training needs to know; parts that look alike share a ``class``, and ``asked`` tells those that look like
    a part of the demo catalog or a stranger to it, from which nothing may be learnt.
    """
    asked = [*demo_parts(), *stranger_parts()]
    classes = _classes([*parts, *asked], cache)
    known = set(classes[len(parts) :])
    return [
        {"part_number": part.part_number, "category": part.category, "recipe": part.recipe, "shape": part.shape_key}
        | {"finish": part.finish, "class": number, "asked": number in known, "statements": statements(part)}
        for part, number in zip(parts, classes, strict=False)
    ]


def _classes(parts: Sequence[Part], cache: Path) -> list[int]:
    """For each part the place of the first that looks like it."""
    classes = list(range(len(parts)))
    comparable: dict[tuple[str, str], list[int]] = {}
    for at, part in enumerate(parts):
        comparable.setdefault((part.recipe, part.finish), []).append(at)
    for together in comparable.values():
        shapes = [Shape(str(at), parts[at].finish, mesh_of(parts[at], cache).surfaces) for at in together]
        first: dict[str, int] = {}
        for name, group in twin_groups(shapes).items():
            classes[int(name)] = first.setdefault(group, int(name))
    return classes


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
