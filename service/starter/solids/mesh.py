"""Triangles of a part, normalised to a bounding sphere of radius 1 about the origin, and their cache."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from service.starter.parts.part import Part
from service.starter.solids.recipes import solids_of
from service.starter.solids.tools import Solids

RECIPES_REVISION = 3  # raise it when a recipe's geometry changes, so that cached meshes are made anew


@dataclass(frozen=True)
class Mesh:
    """``surfaces``: slot -> (vertices float32[n, 3], triangles int32[m, 3]); ``rests``: unit vectors float32[k, 3] that
    point down when the part lies on one of its faces, with ``rest_weights`` float32[k] (sum 1); ``radius_mm``: what
    the bounding sphere measures in truth.
    """

    surfaces: Mapping[str, tuple[NDArray[np.float32], NDArray[np.int32]]]
    rests: NDArray[np.float32]
    rest_weights: NDArray[np.float32]
    radius_mm: float


def mesh_of(part: Part, cache: Path) -> Mesh:
    """A part's mesh, from the cache folder where it was made before."""
    path = cache / f"{hashlib.sha256(f'{RECIPES_REVISION} {part.shape_key}'.encode()).hexdigest()[:24]}.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        data = io.BytesIO()
        np.savez(data, allow_pickle=False, **_arrays(solids_of(part)))
        partial = path.with_suffix(".partial")
        partial.write_bytes(data.getvalue())
        partial.replace(path)
    with np.load(path) as stored:
        names = sorted(name[2:] for name in stored.files if name.startswith("v_"))
        surfaces = {name: (stored[f"v_{name}"], stored[f"f_{name}"]) for name in names}
        return Mesh(surfaces, stored["rests"], stored["rest_weights"], float(stored["radius_mm"]))


def _arrays(solids: Solids) -> dict[str, NDArray[np.generic]]:
    span = max(s.bounding_box().diagonal for s in solids.values())
    raw = {slot: solid.tessellate(span * 0.0012, 0.25) for slot, solid in solids.items()}
    points = {slot: np.array([(p.X, p.Y, p.Z) for p in vertices], np.float64) for slot, (vertices, _) in raw.items()}
    together = np.concatenate(list(points.values()))
    centre = (together.min(0) + together.max(0)) / 2
    radius = np.linalg.norm(together - centre, axis=1).max()
    arrays: dict[str, NDArray[np.generic]] = {}
    for slot, (_, triangles) in raw.items():
        arrays[f"v_{slot}"] = ((points[slot] - centre) / radius).astype(np.float32)
        arrays[f"f_{slot}"] = np.array(triangles, np.int32)
    arrays["radius_mm"] = np.array(radius, np.float32)
    arrays["rests"], arrays["rest_weights"] = _rests((together - centre) / radius)
    return arrays


def _rests(points: NDArray[np.float64], keep: int = 12) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Faces of the convex hull that carry the part without tipping, weighted by area."""
    hull = ConvexHull(points)
    corners = points[hull.simplices]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    normals, inverse = np.unique(np.round(hull.equations[:, :3], 2), axis=0, return_inverse=True)
    weights = np.bincount(inverse.ravel(), weights=areas)
    best = np.argsort(-weights)[:keep]
    chosen = normals[best] / np.linalg.norm(normals[best], axis=1, keepdims=True)
    return chosen.astype(np.float32), (weights[best] / weights[best].sum()).astype(np.float32)
