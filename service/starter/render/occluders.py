"""A hand or a tool that comes in from the border and covers a little of the part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.starter.render.bench_tools import tool
from service.starter.render.bodies import bare
from service.starter.render.cameras import in_frame
from service.starter.render.hands import FINGER, Piece, hand
from service.starter.render.hardships import MARGIN, MOST_COVERED, lost
from service.starter.render.poses import rotation
from service.starter.render.stage import Camera, Item, Matrix, Stage

Rng = np.random.Generator
TRIES = 14
LEAST = 0.05
# world units (radii of the part) for a millimetre: true to scale as long as that leaves something to see
UNITS = (0.16 / FINGER, 0.42 / FINGER)


@dataclass(frozen=True)
class Occluder:
    """What covers the part, in words, and the share of the part's pixels that it covers."""

    items: tuple[Item, ...]
    words: str
    share: float


def occluder(
    stage: Stage, target: Item, before: list[Item], camera: Camera, radius_mm: float, rng: Rng
) -> Occluder | None:
    """A hand or tool that covers 5 to 23 % of the target (of ``radius_mm``) beside what already hides it, or None
    where none fits; ``camera`` sees the overscanned picture.
    """
    name, pieces = hand(rng) if rng.random() < 0.6 else tool(rng)
    unit = float(np.clip(1 / radius_mm, *UNITS))
    key = f"{name} {rng.integers(1 << 40)}"
    alone = stage.visible(target, [], camera)
    for attempt in range(TRIES):
        pose = _pointing(target, unit, rng, reach=0.75 - 0.045 * attempt)
        items = [Item(f"{key} {i}", bare(surface), finish, pose) for i, (surface, finish) in enumerate(pieces)]
        hidden = lost(alone, stage.visible(target, items, camera))
        unseen = lost(alone, in_frame(stage.visible(target, [*before, *items], camera)))
        if hidden >= LEAST and unseen <= MOST_COVERED - MARGIN:
            return Occluder(tuple(items), f"{name} before it ({hidden:.0%})", hidden)
    return None


def lying(pieces: list[Piece], key: str, unit: float, rng: Rng) -> list[Item]:
    """A tool that lies on the ground, well off the origin, the tip towards nothing in particular."""
    deepest = min(float(vertices[:, 2].min()) for (vertices, _), _ in pieces)
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(1.7, 2.6)
    turn = angle + rng.uniform(-1.1, 1.1)
    pose = _at(turn, 0.0, unit, np.array([away * np.cos(angle), away * np.sin(angle), -deepest * unit]))
    return [Item(f"{key} {i}", bare(surface), finish, pose) for i, (surface, finish) in enumerate(pieces)]


def _pointing(target: Item, unit: float, rng: Rng, reach: float) -> Matrix:
    """The tip over the part's rim, ``reach`` radii inside it at most; the rest leads outwards and a little upwards."""
    points = np.concatenate([v @ target.pose[:3, :3].T + target.pose[:3, 3] for v, _ in target.mesh.surfaces.values()])
    angle = rng.uniform(0, 2 * np.pi)
    outward = np.array([np.cos(angle), np.sin(angle)])
    aside = np.array([-outward[1], outward[0]]) * rng.uniform(-0.3, 0.3)
    offset = points[:, :2] - aside
    lane = points[np.abs(offset @ np.array([-outward[1], outward[0]])) < max(0.12, FINGER * unit)]
    lane = lane if len(lane) else points
    rim = float((lane[:, :2] @ outward).max())
    tip = aside + outward * (rim - rng.uniform(0.1, max(0.15, reach)))
    near = points[np.linalg.norm(points[:, :2] - tip, axis=1) < max(0.3, 1.5 * FINGER * unit)]
    height = float(near[:, 2].max()) if len(near) else 0.1
    position = np.array([*tip, height + 0.9 * FINGER * unit])
    return _at(angle + rng.uniform(-0.3, 0.3), rng.uniform(4, 22), unit, position)


def _at(turn: float, rise: float, unit: float, position: NDArray[np.float64]) -> Matrix:
    upright = rotation(np.array([0.0, 0.0, 1.0]), turn)
    tilted = rotation(np.array([0.0, 1.0, 0.0]), -float(np.radians(rise)))
    pose = np.eye(4)
    pose[:3, :3] = upright @ tilted * unit
    pose[:3, 3] = position
    return pose
