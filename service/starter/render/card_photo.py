"""How a photo is taken with the scale card beside the part: both in the picture, seen from well above."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.starter.render.cameras import Glass, overscanned
from service.starter.render.cards import HEIGHT, WIDTH, card_picture
from service.starter.render.poses import orbit
from service.starter.render.stage import Camera, Item
from service.starter.render.tabletop import Sheet

Rng = np.random.Generator
Picture = NDArray[np.uint8]
RADII_MM = (8.0, 120.0)
"""Smaller and larger parts have no photo with a card."""
GAP_MM = 3.0
INSIDE = 0.93


@dataclass(frozen=True)
class CardScene:
    """How a photo with the card is made hard. ``elevation``: of the camera, degrees above the ground, from and to;
    ``covered``: something lies on half of the card; ``crossed``: a shadow of something outside falls across.
    """

    elevation: tuple[float, float] = (62.0, 84.0)
    covered: bool = False
    crossed: bool = False


def card_beside(target: Item, radius_mm: float, rng: Rng) -> Sheet:
    """The card flat on the ground, true to the part's scale, beside what the part covers of the ground."""
    points = standing(target)[:, :2]
    size = (WIDTH / radius_mm, HEIGHT / radius_mm)
    side = rng.uniform(0, 2 * np.pi)
    outward = np.array([np.cos(side), np.sin(side)])
    turn = side + rng.choice([0.5, -0.5]) * np.pi + rng.uniform(-0.15, 0.15)
    card = Sheet(card_picture(), (0.0, 0.0), size, float(turn))
    away = float((points @ outward).max() - (card.corners() @ outward).min()) + GAP_MM / radius_mm
    along = np.array([-outward[1], outward[0]]) * rng.uniform(-0.3, 0.3)
    middle = outward * away + along
    return replace(card, middle=(float(middle[0]), float(middle[1])))


def covering(card: Sheet, texture: Picture, rng: Rng) -> Sheet:
    """A scrap over one end of the card, half of it."""
    along = np.array([np.cos(card.turn), np.sin(card.turn)]) * card.size[0] * float(rng.choice([-1.0, 1.0])) / 2
    middle = np.array(card.middle) + along
    size = (card.size[0] * float(rng.uniform(0.95, 1.1)), card.size[1] * float(rng.uniform(1.1, 1.5)))
    return Sheet(texture, (float(middle[0]), float(middle[1])), size, card.turn + float(rng.uniform(-0.2, 0.2)))


def framing(
    target: Item, card: Sheet, glass: Glass, aspect: float, rng: Rng, elevations: tuple[float, float]
) -> Camera:
    """The nearest camera that sees part and card whole, the line between them along the long edge."""
    corners = np.concatenate([card.corners(), np.zeros((4, 1))], axis=1)
    points = np.concatenate([standing(target), corners])
    centre = (points.min(0) + points.max(0)) / 2
    azimuth = float(np.degrees(np.arctan2(*card.middle[::-1])) + rng.choice([90.0, -90.0]))
    elevation, roll = float(rng.uniform(*elevations)), float(rng.uniform(-10, 10))
    distance = 1.5
    while True:
        camera = orbit(centre, elevation, azimuth, distance, overscanned(glass.field), roll)
        right, up = _seen(points, camera, glass.field)
        if max(np.abs(right).max() / aspect, np.abs(up).max()) < INSIDE:
            return camera
        distance *= 1.03


def standing(item: Item) -> NDArray[np.float64]:
    """All vertices in the scene: float64[n, 3]."""
    vertices = np.concatenate([points for points, _ in item.mesh.surfaces.values()])
    return np.asarray(vertices @ item.pose[:3, :3].T + item.pose[:3, 3], np.float64)


def _seen(points: NDArray[np.float64], camera: Camera, field: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Picture coordinates, the short edge from -1 to 1; far outside where a point is behind the camera."""
    position, target, up = (np.array(v) for v in (camera.position, camera.target, camera.up))
    ahead = (target - position) / np.linalg.norm(target - position)
    right = np.cross(ahead, up)
    right /= np.linalg.norm(right)
    rays = points - position
    depth = rays @ ahead
    depth = np.where(depth > 0.05, depth, 1e-6) * np.tan(np.radians(field / 2))
    return rays @ right / depth, rays @ np.cross(right, ahead) / depth
