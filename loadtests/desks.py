"""Photos of things on a desk, drawn: the same wooden ground in all of them, from nearly the same place above it."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

DESK: Final = (1600, 2200)
"""Height and width of a desk in px."""

PHOTO: Final = (1024, 768)
GRAIN: Final = ((200, 40.0), (60, 25.0), (20, 18.0), (6, 14.0), (2, 10.0))
"""Sizes in px and amplitudes in grey levels of the noise that is stretched along the grain."""

WOOD: Final = (140.0, 110.0, 80.0)
SCRATCHES: Final = 120
WHITE: Final = 243
"""From this grey level on the ground of a catalogue picture is white."""

QUALITY: Final = 85

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Thing:
    """What lies on a desk. ``picture``: ``uint8[h, w, 3]``; ``shown``: ``float32[h, w]``, 1 where the thing is."""

    picture: Picture
    shown: Plane


def thing_of(path: Path) -> Thing:
    """A catalogue picture without the white ground that reaches its edges."""
    with Image.open(path) as image:
        picture = np.asarray(image.convert("RGB"))
    white = (picture.min(axis=2) > WHITE).astype(np.uint8)
    _, parts = cv2.connectedComponents(white)
    edges = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    ground = np.isin(parts, np.unique(edges)) & (white > 0)
    return Thing(picture, cv2.GaussianBlur((~ground).astype(np.float32), (0, 0), 0.7).astype(np.float32, copy=False))


def drawn_desk(rng: np.random.Generator) -> Picture:
    """``uint8[h, w, 3]``: grain and scratches."""
    height, width = DESK
    grain = np.zeros(DESK, np.float32)
    for size, amplitude in GRAIN:
        noise = rng.normal(size=(height // max(1, size // 4) + 2, width // (size * 4) + 2)).astype(np.float32)
        grain += amplitude * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(SCRATCHES):
        start = rng.integers(0, (width, height))
        end = start + rng.integers(-80, 80, 2)
        shade, thickness = float(rng.normal() * 60), int(rng.integers(1, 4))
        cv2.line(grain, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), shade, thickness)
    drawn: Picture = np.clip(np.array(WOOD, np.float32) + grain[..., None] * np.array((1, 0.9, 0.7)), 0, 255).astype(
        np.uint8
    )
    return drawn


def shot(thing: Thing, desk: Picture, rng: np.random.Generator, *, wander: float = 60.0) -> bytes:
    """A JPEG of a thing in the middle of a desk, turned anyhow. ``wander``: px by which the camera is elsewhere."""
    width, height = PHOTO
    place = (DESK[1] / 2 + rng.normal() * wander, DESK[0] / 2 + rng.normal() * wander)
    camera = _similarity(rng.uniform(0.55, 0.75), rng.normal() * 8, place, (width / 2, height / 2))
    ground = cv2.warpAffine(desk, camera, PHOTO, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    rows, columns = thing.shown.shape
    aim = (width / 2 + rng.normal() * 40, height / 2 + rng.normal() * 40)
    lie = _similarity(rng.uniform(330, 430) / max(rows, columns), rng.uniform(0, 360), (columns / 2, rows / 2), aim)
    laid = cv2.warpAffine(thing.picture, lie, PHOTO, flags=cv2.INTER_LINEAR).astype(np.float32)
    shown = cv2.warpAffine(thing.shown, lie, PHOTO)[..., None]
    light = (ground.astype(np.float32) * (1 - shown) + laid * shown) * rng.uniform(0.8, 1.15)
    seen = np.clip(light + rng.normal(size=(height, width, 1)) * 4, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(seen).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _similarity(
    scale: float, degrees: float, known: tuple[float, float], seen: tuple[float, float]
) -> NDArray[np.float64]:
    """``float64[2, 3]``: takes ``known`` to ``seen``."""
    turn = np.deg2rad(degrees)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.column_stack([linear, np.array(seen) - linear @ np.array(known)])
