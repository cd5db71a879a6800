"""How parts lie and where cameras stand."""

import numpy as np
from numpy.typing import NDArray

from service.starter.render.stage import Camera, Matrix
from service.starter.solids.mesh import Mesh

Rng = np.random.Generator


def rotation(axis: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    """Rotation matrix 3x3 about a unit axis (Rodrigues); radians."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turned: NDArray[np.float64] = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return turned


def from_to(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shortest rotation that takes one unit vector to another."""
    axis = np.cross(start, end)
    length = float(np.linalg.norm(axis))
    if length < 1e-6:
        return np.eye(3) if start @ end > 0 else rotation(_any_normal(start), np.pi)
    return rotation(axis / length, float(np.arctan2(length, start @ end)))


def _any_normal(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    other = np.cross(vector, [1.0, 0, 0] if abs(vector[0]) < 0.9 else [0, 1.0, 0])
    normal: NDArray[np.float64] = other / np.linalg.norm(other)
    return normal


def placed(mesh: Mesh, turned: NDArray[np.float64], x: float = 0.0, y: float = 0.0, scale: float = 1.0) -> Matrix:
    """Rotate, scale and set on the ground at (x, y)."""
    lowest = min(float((vertices @ turned[2]).min()) for vertices, _ in mesh.surfaces.values())
    pose = np.eye(4)
    pose[:3, :3] = turned * scale
    pose[:3, 3] = (x, y, -lowest * scale)
    return pose


def resting(mesh: Mesh, rng: Rng) -> NDArray[np.float64]:
    """A rotation in which the part lies on one of its faces, turned at random about the vertical."""
    weights = mesh.rest_weights.astype(np.float64) ** 0.7
    face = rng.choice(len(weights), p=weights / weights.sum())
    down = from_to(mesh.rests[face].astype(np.float64), np.array([0.0, 0.0, -1.0]))
    turn: NDArray[np.float64] = rotation(np.array([0.0, 0.0, 1.0]), rng.uniform(0, 2 * np.pi)) @ down
    return turn


def orbit(
    target: NDArray[np.float64], elevation: float, azimuth: float, distance: float, field: float, roll: float
) -> Camera:
    """A camera that looks at a point; all angles in degrees."""
    e, a = np.radians(elevation), np.radians(azimuth)
    ray = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    up = np.array([-np.sin(e) * np.cos(a), -np.sin(e) * np.sin(a), np.cos(e)])
    up = rotation(ray, float(np.radians(roll))) @ up
    position = target + ray * distance
    return Camera(_triple(position), _triple(target), _triple(up), field)


def distance_for(field: float, share: float, radius: float = 1.0) -> float:
    """How far a camera stands so that a sphere takes up ``share`` of its field's height."""
    return radius / (float(np.sin(np.radians(field / 2))) * share)


def _triple(vector: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(vector[0]), float(vector[1]), float(vector[2])
