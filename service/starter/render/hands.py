"""Fingers that reach into a picture, in skin or in a glove.

A hand is built in millimetres: the tip that touches is at the origin, the arm runs along +x, nails face +z.
"""

from collections.abc import Sequence

import numpy as np

from service.starter.parts.finishes import Finish
from service.starter.render.bodies import Point, Surface, ellipsoid, joined, limb

Rng = np.random.Generator
Piece = tuple[Surface, Finish]

# linear RGB, chosen by eye
SKINS = ((0.46, 0.25, 0.18), (0.38, 0.19, 0.12), (0.24, 0.115, 0.065), (0.09, 0.045, 0.028))
GLOVES = (
    ("nitrile", (0.03, 0.14, 0.42), 0.35), ("nitrile", (0.02, 0.02, 0.022), 0.35), ("knitted", (0.42, 0.42, 0.43), 0.9),
    ("leather", (0.52, 0.34, 0.15), 0.75), ("knitted", (0.55, 0.09, 0.02), 0.85),
)  # fmt: skip
SLEEVES = ((0.02, 0.05, 0.18), (0.05, 0.05, 0.055), (0.22, 0.23, 0.22), (0.6, 0.14, 0.02))
FINGER = 8.0


def hand(rng: Rng) -> tuple[str, list[Piece]]:
    """One to three fingers of a hand, its back and its sleeve: what to call it, and its pieces."""
    gloved = rng.random() < 0.4
    if gloved:
        kind, rgb, roughness = GLOVES[rng.integers(len(GLOVES))]
        flesh, thickness = Finish(f"{kind} glove", "", rgb, 0.0, roughness), 1.12
    else:
        tone = np.array(SKINS[rng.integers(len(SKINS))]) * rng.uniform(0.85, 1.15)
        flesh, thickness = Finish("skin", "", _rgb(tone), 0.0, 0.48), 1.0
    tips = _tips(rng)
    pieces: list[Piece] = [(joined([*(_finger(tip, thickness, rng) for tip in tips), _back(thickness)]), flesh)]
    if not gloved:
        pale = Finish("nail", "", _rgb(np.array(flesh.rgb) * 0.85 + 0.07), 0.0, 0.25)
        pieces.append((joined([_nail(tip) for tip in tips]), pale))
    sleeve = Finish("cloth", "", SLEEVES[rng.integers(len(SLEEVES))], 0.0, 0.9)
    pieces.append((limb([(225, 0, 6), (300, 0, 10), (700, 10, 40)], (39, 42, 52)), sleeve))
    words = "a finger" if len(tips) == 1 else "fingers"
    return f"{words} in a glove" if gloved else words, pieces


def _tips(rng: Rng) -> Sequence[Point]:
    """Where fingers end, the first at the origin: pointing, two beside each other, a grip with the thumb."""
    posture = rng.choice(("one", "two", "three", "pinch"), p=(0.4, 0.2, 0.15, 0.25))
    if posture == "one":
        return ((0.0, 0.0, 0.0),)
    if posture == "pinch":
        return (0.0, 0.0, 0.0), (18.0, -38.0, -4.0)
    tips = [(0.0, 0.0, 0.0), (rng.uniform(-4, 6), 18.0, 0.0), (rng.uniform(4, 14), 36.0, -1.0)]
    return tips[: 2 if posture == "two" else 3]


def _finger(tip: Point, thickness: float, rng: Rng) -> Surface:
    """From a tip to the knuckles, swelling at the joints."""
    x, y, z = tip
    knuckle = (96.0, 0.55 * y, 16.0)
    bend = rng.uniform(3, 10)
    points = [
        tip,
        (x + 0.25 * (knuckle[0] - x), y + 0.08 * (knuckle[1] - y), z + 2.5),
        (x + 0.52 * (knuckle[0] - x), y + 0.35 * (knuckle[1] - y), z + 6 + bend),
        (x + 0.80 * (knuckle[0] - x), y + 0.70 * (knuckle[1] - y), z + 9 + bend),
        (knuckle[0] + 14, knuckle[1], knuckle[2]),
    ]
    radii = [FINGER * thickness * share for share in (0.76, 0.94, 1.06, 1.04, 1.25)]
    return limb(points, radii, flatness=0.9)


def _nail(tip: Point) -> Surface:
    x, y, z = tip
    return ellipsoid((x - 0.5, y, z + 0.62 * FINGER), (6.2, 4.6, 1.5))


def _back(thickness: float) -> Surface:
    palm = ellipsoid((142, 0, 12), (56 * thickness, 42 * thickness, 19 * thickness))
    wrist = limb([(165, 0, 10), (200, 0, 6), (260, 0, 8)], (34, 29, 31), flatness=0.75)
    return joined([palm, wrist])


def _rgb(colour: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float, float]:
    red, green, blue = (float(v) for v in np.clip(colour, 0, 1))
    return red, green, blue
