"""Labelled pictures to fit thresholds on: parts that are neither in the demo catalog nor in the training set."""

import csv
from collections.abc import Sequence
from pathlib import Path

from service.starter.parts.families import training_parts
from service.starter.parts.part import Part
from service.starter.render.demo import slug
from service.starter.render.environments import studio
from service.starter.render.field import Shown
from service.starter.render.files import studio_file
from service.starter.render.session import Order, take
from service.starter.render.sprites import Plan
from service.starter.render.stage import Stage
from service.starter.render.studio import SIZE, studio_views
from service.starter.solids.mesh import mesh_of

PHOTOS = 4
PARTS = 90


def calibration_parts(seed: int, training_seed: int) -> list[Part]:
    """Some parts spread over the families, of dimensions that nothing else uses."""
    plan = Plan()
    learnt = training_parts(training_seed, plan.rounds, plan.most_of_a_kind)
    shapes, numbers = {p.shape_key for p in learnt}, {p.part_number for p in learnt}
    drawn = {p.part_number: p for p in training_parts(seed)}.values()
    fresh = [p for p in drawn if p.shape_key not in shapes and p.part_number not in numbers]
    count = min(PARTS, len(fresh))
    return [fresh[i * len(fresh) // count] for i in range(count)]


def render_calibration(out: Path, cache: Path, seed: int, training_seed: int) -> int:
    """Draw three references and four field photos of each part, and ``manifest.csv`` (path, label, role).

    Gives the number of parts.
    """
    shown = [(part, mesh_of(part, cache)) for part in calibration_parts(seed, training_seed)]
    out.mkdir(parents=True, exist_ok=True)
    rows = [*_references(out, shown), *_photos(out, shown, seed)]
    with (out / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("path", "label", "role"), *rows])
    return len(shown)


def _references(out: Path, shown: Sequence[Shown]) -> list[tuple[str, str, str]]:
    stage = Stage(SIZE, SIZE, studio())
    rows = []
    for part, mesh in shown:
        for number, view in enumerate(studio_views(stage, part, mesh), 1):
            suffix, data = studio_file(view)
            name = f"{slug(part.part_number)}-{number}.{suffix}"
            (out / name).write_bytes(data)
            rows.append((name, part.part_number, "reference"))
    stage.close()
    return rows


def _photos(out: Path, shown: Sequence[Shown], seed: int) -> list[tuple[str, str, str]]:
    rows = []
    for taken in take([Order(target, number) for target in shown for number in range(PHOTOS)], shown, seed):
        number = taken.order.target[0].part_number
        name = f"{slug(number)}-photo-{taken.order.number}.{taken.suffix}"
        (out / name).write_bytes(taken.data)
        rows.append((name, number, "query"))
    return rows
