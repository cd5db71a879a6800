"""Which parts nobody can tell apart by shape: solids that are equal, or nearly so, once they are scaled to one size."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from service.starter.solids.mesh import Mesh

TOLERANCE = 0.02
"""Mean distance of two surfaces, of the bounding sphere's radius, up to which they count as equal."""
DENSE, ASKED = 20_000, 600
"""Points that stand for a surface, and points whose distance to it is measured; their spacing adds about 0.01."""


class Surface:
    """Points on a mesh, drawn by area with a fixed seed, in the pose in which the part was designed."""

    def __init__(self, mesh: Mesh) -> None:
        """Draw them."""
        corners = np.concatenate([vertices[triangles] for vertices, triangles in mesh.surfaces.values()])
        sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        areas = np.linalg.norm(sides, axis=1).astype(np.float64)
        rng = np.random.default_rng(0)
        chosen = corners[rng.choice(len(corners), DENSE, p=areas / areas.sum())]
        weights = rng.dirichlet((1, 1, 1), DENSE)
        self.points: NDArray[np.float64] = np.einsum("nk,nkd->nd", weights, chosen.astype(np.float64))
        self.tree = KDTree(self.points)

    def distance(self, other: "Surface") -> float:
        """Mean distance both ways, in radii of the bounding sphere."""
        there = self.tree.query(other.points[:ASKED])[0].mean()
        back = other.tree.query(self.points[:ASKED])[0].mean()
        return float(there + back) / 2


def groups_alike(meshes: Sequence[Mesh], aspects: Sequence[str]) -> list[int]:
    """A number for each part; equal numbers for parts that are alike.

    Parts are compared where their ``aspects`` (what else tells them apart: kind, finish) are equal, and likeness is
    handed on: what is alike to the same part shares its number.
    """
    groups = list(range(len(meshes)))
    members: dict[str, list[int]] = {}
    for at, aspect in enumerate(aspects):
        members.setdefault(aspect, []).append(at)
    for together in members.values():
        surfaces = {at: Surface(meshes[at]) for at in together} if len(together) > 1 else {}
        for place, first in enumerate(together):
            for second in together[place + 1 :]:
                if groups[first] != groups[second] and surfaces[first].distance(surfaces[second]) < TOLERANCE:
                    old, new = groups[second], groups[first]
                    groups = [new if group == old else group for group in groups]
    return groups
