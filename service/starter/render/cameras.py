"""Cameras that people carry: angle of view, what the glass does to a picture, where they are held."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from service.starter.render.poses import distance_for, orbit
from service.starter.render.stage import Camera, Item

Rng = np.random.Generator
Light = NDArray[np.float32]
OVERSCAN = 1.12
"""A scene is drawn this much wider than the photo, so that a lens that bends outward finds something there."""
SIZES = (
    ((640, 480), 0.26), ((768, 576), 0.2), ((720, 480), 0.1), ((768, 512), 0.08), ((640, 640), 0.09),
    ((854, 480), 0.1), ((800, 600), 0.08), ((960, 540), 0.05), ((1024, 768), 0.04),
)  # fmt: skip
"""Width and height in pixels, held upright as often as not; how frequent."""

CARD_SIZES = ((1024, 768), (960, 720))
"""Sizes of photos that have to show a card and a small part together."""


@dataclass(frozen=True)
class Glass:
    """A lens. ``field``: angle of view of the short edge in degrees; ``radial``: radii grow by 1 + radial r², r = 1 in
    the corners; ``fringe``: by how much red is drawn larger than blue; ``vignette``: share of light lost in corners.
    """

    field: float
    radial: float
    fringe: float
    vignette: float

    @property
    def words(self) -> str:
        """What is unusual about it."""
        reach = "wide lens" if self.field > 58 else "tele lens" if self.field < 22 else ""
        return " ".join(filter(None, (reach, "fringes" if self.fringe > 0.0022 else "")))


def frame_size(rng: Rng) -> tuple[int, int]:
    """Width and height of a landscape photo in pixels."""
    return SIZES[rng.choice(len(SIZES), p=[share for _, share in SIZES])][0]


def random_glass(rng: Rng) -> Glass:
    """Mostly a telephone's main camera; some wide ones, some long ones."""
    kind = rng.choice(("wide", "main", "tele"), p=(0.22, 0.56, 0.22))
    field = {"wide": rng.uniform(58, 70), "main": rng.uniform(28, 56), "tele": rng.uniform(14, 26)}[kind]
    radial = rng.uniform(0.02, 0.10) if kind == "wide" else rng.uniform(-0.03, 0.05)
    fringe = abs(rng.normal(0, 0.0016))
    return Glass(float(field), float(radial), float(min(fringe, 0.004)), float(rng.uniform(0, 0.45)))


def overscanned(field: float) -> float:
    """The angle of view to draw with, for a photo of ``field``; degrees."""
    return float(np.degrees(2 * np.arctan(OVERSCAN * np.tan(np.radians(field / 2)))))


def bend(light: Light, glass: Glass) -> Light:
    """What the lens makes of an overscanned picture; float32[h, w, 3] in and out, of the same size."""
    height, width = light.shape[:2]
    y, x = np.indices((height, width), np.float32)
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    grown = (1 + glass.radial * (x * x + y * y) / (width * width + height * height) * 4) / OVERSCAN
    channels = []
    for channel, share in enumerate((-0.5, 0.0, 0.5)):
        scale = grown * (1 + share * glass.fringe)
        across, down = x * scale + (width - 1) / 2, y * scale + (height - 1) / 2
        plane = np.ascontiguousarray(light[..., channel])
        channels.append(
            cv2.remap(
                plane,
                across.astype(np.float32),
                down.astype(np.float32),
                cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REFLECT,
            )
        )
    return np.clip(np.stack(channels, axis=-1), 0, 1).astype(np.float32)


def in_frame(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle of an overscanned mask that the photo keeps (a straight lens assumed)."""
    height, width = mask.shape
    down, across = (round(edge * (1 - 1 / OVERSCAN) / 2) for edge in (height, width))
    return mask[down : height - down, across : width - across]


def straight_mask(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The kept middle of an overscanned mask in the photo's size."""
    height, width = mask.shape
    return np.asarray(cv2.resize(in_frame(mask), (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def breadth(item: Item, camera: Camera) -> float:
    """How much of its outline a part shows: what the camera sees of the box around it over the most that can be seen
    of that box (0..1); a rod seen end-on and a disc seen on its rim show little.
    """
    vertices = np.concatenate([points for points, _ in item.mesh.surfaces.values()])
    wide, deep, high = (float(edge) for edge in np.ptp(vertices, axis=0))
    faces = np.array([deep * high, wide * high, wide * deep])
    ray = item.pose[:3, :3].T @ (np.array(camera.position) - item.pose[:3, 3])
    return float(np.abs(ray) @ faces / np.linalg.norm(ray) / np.linalg.norm(faces))


def lowest_elevation(field: float, aspect: float) -> float:
    """Degrees above the ground from which no horizon shows, however the camera is rolled."""
    corner = np.tan(np.radians(overscanned(field) / 2)) * np.hypot(1, aspect)
    return float(np.degrees(np.arctan(corner)) + 6)


def hand_held(centre: NDArray[np.float64], glass: Glass, aspect: float, share: float, aside: float, rng: Rng) -> Camera:
    """A camera about a part. ``share``: of the short edge that the bounding sphere fills; ``aside``: how far from the
    middle the part may lie, in sphere radii; gives the overscanned view.
    """
    angle = rng.uniform(0, 2 * np.pi)
    looked_at = centre + aside * rng.uniform(0, 1) * np.array([np.cos(angle), np.sin(angle), 0.0])
    least = max(24.0, lowest_elevation(glass.field, aspect))
    elevation = float(rng.uniform(least, max(least + 4, 86)))
    distance = distance_for(glass.field, share)
    roll = float(rng.uniform(-180, 180))
    return orbit(looked_at, min(elevation, 88), float(rng.uniform(0, 360)), distance, overscanned(glass.field), roll)
