"""Photos of several of the demo's products, with where each lies, drawn anew (extra ``[render]``)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from loadtests.object_photos import SCENES
from service.starter.parts.families import demo_parts
from service.starter.render.cameras import frame_size
from service.starter.render.environments import workshop
from service.starter.render.field import Shown
from service.starter.render.several import several_photo
from service.starter.render.stage import Stage
from service.starter.solids.mesh import mesh_of

PHOTOS_PER_ROOM: Final = 10
QUALITY: Final = 88


@dataclass(frozen=True)
class Plan:
    """How many photos of how many parts each, ``least`` to ``most``; another ``seed`` gives other scenes. The
    demo's own seed is 41.
    """

    photos: int
    least: int = 2
    most: int = 5
    seed: int = 60_401


def render_scenes(out: Path, meshes: Path, plan: Plan) -> None:
    """Draw ``NNN.jpg`` and ``scenes.json``: a list of ``{"photo", "objects": [{"part_number", "box"}]}``."""
    out.mkdir(parents=True, exist_ok=True)
    parts = demo_parts()
    scenes = []
    for first in range(0, plan.photos, PHOTOS_PER_ROOM):
        rng = np.random.default_rng([plan.seed, first])
        stage = Stage(*frame_size(rng), workshop(plan.seed + first))
        for number in range(first, min(first + PHOTOS_PER_ROOM, plan.photos)):
            count = int(rng.integers(plan.least, plan.most + 1))
            shown = [(parts[i], mesh_of(parts[i], meshes)) for i in rng.choice(len(parts), count, replace=False)]
            scenes.append(_scene(stage, shown, rng, out / f"{number:03}.jpg"))
        stage.close()
    (out / SCENES).write_text(json.dumps(scenes, indent=1) + "\n")


def _scene(stage: Stage, shown: Sequence[Shown], rng: np.random.Generator, path: Path) -> dict[str, object]:
    taken = several_photo(stage, shown, rng)
    Image.fromarray(taken.pixels).save(path, quality=QUALITY)
    objects = [{"part_number": part.part_number, "box": box} for (part, _), box in zip(shown, taken.boxes, strict=True)]
    return {"photo": path.name, "objects": objects}
