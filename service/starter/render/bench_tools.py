"""Tools as they lie on a bench or point at a part: in millimetres, the tip at the origin, the grip along +x."""

from collections.abc import Callable

import numpy as np

from service.starter.parts.finishes import FINISHES, Finish
from service.starter.render.bodies import box, joined, limb, rod
from service.starter.render.hands import Piece

Rng = np.random.Generator
GRIPS = ("red-plastic", "blue-plastic", "yellow-plastic", "orange-plastic", "black-plastic", "green-plastic")
TAPE = Finish("tape", "yellow", (0.72, 0.48, 0.03), 0.0, 0.4)
STEEL = FINISHES["zinc"]
BLACK = FINISHES["black-plastic"]


def tool(rng: Rng) -> tuple[str, list[Piece]]:
    """Any of them: what to call it, and its pieces."""
    name, make = TOOLS[rng.integers(len(TOOLS))]
    return name, make(rng)


def _grip(rng: Rng) -> Finish:
    return FINISHES[GRIPS[rng.integers(len(GRIPS))]]


def _screwdriver(rng: Rng) -> list[Piece]:
    radius, length = rng.uniform(2.0, 4.0), rng.uniform(70, 130)
    blade = joined([box((4, 0, 0), (5, radius * 1.25, 0.8)), rod((6, 0, 0), (length, 0, 0), radius)])
    end = length + rng.uniform(85, 110)
    waist = [(length, 0, 0), (length + 14, 0, 0), (length + 30, 0, 0), (end - 20, 0, 0), (end, 0, 0)]
    collar = rod((length - 3, 0, 0), (length + 6, 0, 0), 6.5)
    return [(joined([blade, collar]), STEEL), (limb(waist, (8, 8.5, 12.5, 14, 11)), _grip(rng))]


def _pliers(rng: Rng) -> list[Piece]:
    jaws = [limb([(2, s * 2.4, 0), (20, s * 4.5, 0), (42, s * 8, 0), (55, s * 3, 0)], (2.2, 4, 7, 7)) for s in (-1, 1)]
    pivot = rod((48, 0, -7), (48, 0, 7.5), 8)
    opening = rng.uniform(0.8, 1.6)
    grips = [
        limb([(55, s * 6, 0), (80, s * 15 * opening, 0), (125, s * 21 * opening, 0), (180, s * 17, 0)], (5, 6, 7, 6))
        for s in (-1, 1)
    ]
    return [
        (joined([*jaws, pivot]), FINISHES["black-oxide" if rng.random() < 0.5 else "zinc"]),
        (joined(grips), _grip(rng)),
    ]


def _tape(rng: Rng) -> list[Piece]:
    """A pulled-out measuring tape, with a mark every 5 mm, and its hook."""
    width, length = rng.uniform(6, 11), 220.0
    marks = [
        box((x, width * (0.55 if x % 10 else 0.3), 0.32), (0.45, width * (0.45 if x % 10 else 0.7), 0.12))
        for x in np.arange(5.0, length, 5.0)
    ]
    hook = box((-0.5, 0, -1.5), (0.7, width * 0.8, 3))
    blade = box((length / 2, 0, 0), (length / 2, width, 0.3))
    case = box((length + 30, 0, 18), (32, 16, 30))
    return [(blade, TAPE), (joined(marks), BLACK), (hook, STEEL), (case, _grip(rng))]


def _pen(rng: Rng) -> list[Piece]:
    radius = rng.uniform(4, 8)
    tip = joined([rod((0, 0, 0), (6, 0, 0), 1.0, 2.0), rod((6, 0, 0), (16, 0, 0), 2.2, radius)])
    return [(tip, BLACK), (rod((16, 0, 0), (138, 0, 0), radius), _grip(rng))]


def _hex_key(rng: Rng) -> list[Piece]:
    radius = rng.uniform(1.8, 4.0)
    bent = [(0.0, 0.0, 0.0), (75.0, 0.0, 0.0), (88.0, 2.0, 0.0), (92.0, 12.0, 0.0), (92.0, 32.0, 0.0)]
    return [(limb(bent, [radius] * 5), FINISHES["black-oxide" if rng.random() < 0.6 else "zinc"])]


def _spanner(rng: Rng) -> list[Piece]:
    size = rng.uniform(6, 12)
    prongs = [
        limb([(0, s * size * 0.9, 0), (size, s * size * 1.15, 0), (size * 2.2, s * size * 0.7, 0)],
             (size * 0.35, size * 0.55, size * 0.8), flatness=0.5)
        for s in (-1, 1)
    ]  # fmt: skip
    shank = limb([(size * 2.0, 0, 0), (size * 3.5, 0, 0), (size * 17, 0, 0)], (size, size * 0.62, size * 0.7), 0.4)
    return [(joined([*prongs, shank]), STEEL)]


TOOLS: tuple[tuple[str, Callable[[Rng], list[Piece]]], ...] = (
    ("a screwdriver", _screwdriver), ("pliers", _pliers), ("a tape measure", _tape), ("a pen", _pen),
    ("a hex key", _hex_key), ("a spanner", _spanner),
)  # fmt: skip
