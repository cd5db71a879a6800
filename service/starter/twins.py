"""Products that look alike but for their size: told by geometry alone.

Two products are twins when they have the same finish and when their surfaces, each scaled to a bounding sphere of
radius 1 and standing as designed, lie within a mean symmetric distance of 0.02 radii: the mean distance from points
of one to the nearest of the other, averaged over both directions. Groups are unions of such pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

TOLERANCE = 0.02
RULE = (
    f"twins have the same finish and surfaces within a mean symmetric distance of {TOLERANCE} bounding sphere radii "
    "when scaled to the same sphere and standing as designed; groups are unions of such pairs"
)
ASKED = 1500
DENSE = 40_000
COARSE = 200
SEED = 5

Surfaces = Mapping[str, tuple[NDArray[np.float32], NDArray[np.int32]]]


@dataclass(frozen=True)
class Shape:
    """A product: its designation, its finish, slot -> (vertices float32[n, 3], triangles int32[m, 3]) of a mesh with
    a bounding sphere of radius 1 about the origin.
    """

    part_number: str
    finish: str
    surfaces: Surfaces


@dataclass(frozen=True)
class _Cloud:
    dense: cKDTree
    asked: NDArray[np.float64]


def twin_groups(shapes: Sequence[Shape]) -> dict[str, str]:
    """Part number -> group id ("T01"), in the products' order; products without a twin are left out."""
    clouds = [_cloud(shape.surfaces) for shape in shapes]
    heads = list(range(len(shapes)))
    for one in range(len(shapes)):
        for other in range(one + 1, len(shapes)):
            if shapes[one].finish == shapes[other].finish and _near(clouds[one], clouds[other]):
                _unite(heads, one, other)
    members: dict[int, list[int]] = {}
    for index in range(len(shapes)):
        members.setdefault(_head(heads, index), []).append(index)
    groups = [indices for indices in members.values() if len(indices) > 1]
    ids = {index: f"T{number:02}" for number, indices in enumerate(groups, 1) for index in indices}
    return {shapes[index].part_number: ids[index] for index in sorted(ids)}


def surface_distance(one: Surfaces, other: Surfaces) -> float:
    """The mean symmetric distance of two surfaces, in their unit."""
    return _distance(_cloud(one), _cloud(other), ASKED)


def _near(one: _Cloud, other: _Cloud) -> bool:
    return _distance(one, other, COARSE) < 2 * TOLERANCE and _distance(one, other, ASKED) <= TOLERANCE


def _distance(one: _Cloud, other: _Cloud, points: int) -> float:
    there, back = other.dense.query(one.asked[:points])[0], one.dense.query(other.asked[:points])[0]
    return float((there.mean() + back.mean()) / 2)


def _cloud(surfaces: Surfaces) -> _Cloud:
    rng = np.random.default_rng(SEED)
    corners = np.concatenate([vertices[faces] for vertices, faces in surfaces.values()]).astype(np.float64)
    sides = corners[:, 1:] - corners[:, :1]
    areas = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    chosen = rng.choice(len(corners), DENSE + ASKED, p=areas / areas.sum())
    u, v = rng.random((2, len(chosen), 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    points = corners[chosen, 0] + u * sides[chosen, 0] + v * sides[chosen, 1]
    return _Cloud(cKDTree(points[:DENSE]), points[DENSE:])


def _head(heads: list[int], index: int) -> int:
    while heads[index] != index:
        index = heads[index]
    return index


def _unite(heads: list[int], one: int, other: int) -> None:
    first, second = sorted((_head(heads, one), _head(heads, other)))
    heads[second] = first
