"""Rounded and boxed bodies made of few numbers, for what lies or reaches into a picture beside the parts.

Points are (x, y, z) in any unit; a surface is (vertices float32[n, 3], triangles int32[m, 3]).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from service.starter.solids.mesh import Mesh

Surface = tuple[NDArray[np.float32], NDArray[np.int32]]
Point = tuple[float, float, float]
SIDES = 28


def limb(points: Sequence[Point], radii: Sequence[float], flatness: float = 1.0) -> Surface:
    """A smooth tube with round ends through ``points``; ``flatness`` is its height over its width."""
    centres, widths = _smoothed(np.array(points, np.float64), np.array(radii, np.float64))
    along = np.gradient(centres, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    bend = np.linspace(np.pi / 2, 0, 7)[:-1]
    head = centres[0] - along[0] * (widths[0] * np.sin(bend))[:, None]
    tail = centres[-1] + along[-1] * (widths[-1] * np.sin(bend[::-1]))[:, None]
    centres = np.concatenate([head, centres, tail])
    widths = np.concatenate([widths[0] * np.cos(bend), widths, widths[-1] * np.cos(bend[::-1])])
    along = np.concatenate([np.repeat(along[:1], len(bend), 0), along, np.repeat(along[-1:], len(bend), 0)])
    return _rings(centres, along, np.maximum(widths, 1e-4), flatness)


def rod(start: Point, end: Point, radius: float, end_radius: float | None = None) -> Surface:
    """A straight tube with flat ends, at wish conical."""
    ends = np.array([start, start, end, end], np.float64)
    along = np.repeat((ends[3] - ends[0])[None], 4, 0)
    along /= np.linalg.norm(along[0])
    widths = np.array([1e-4, radius, radius if end_radius is None else end_radius, 1e-4])
    return _rings(ends, along, widths, 1.0)


def ellipsoid(centre: Point, axes: Point) -> Surface:
    """Half axes along x, y and z."""
    heights = np.linspace(-np.pi / 2, np.pi / 2, 15)
    centres = np.stack([np.sin(heights), np.zeros(15), np.zeros(15)], axis=1)
    along = np.repeat([[1.0, 0.0, 0.0]], 15, 0)
    vertices, triangles = _rings(centres, along, np.maximum(np.cos(heights), 1e-4), 1.0)
    return (vertices * np.array(axes) + np.array(centre)).astype(np.float32), triangles


def box(centre: Point, half: Point) -> Surface:
    """Half sizes along x, y and z."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    faces = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    triangles = np.array([(f[0], f[i], f[i + 1]) for f in faces for i in (1, 2)], np.int32)
    return (corners * np.array(half) + np.array(centre)).astype(np.float32), triangles


def joined(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in surfaces)])
    triangles = [faces + start for (_, faces), start in zip(surfaces, starts[:-1], strict=True)]
    return (
        np.concatenate([vertices for vertices, _ in surfaces]).astype(np.float32),
        np.concatenate(triangles).astype(np.int32),
    )


def bare(surface: Surface) -> Mesh:
    """A mesh that is no part: of one surface, with no face that it rests on, in its own unit."""
    down = np.array([[0.0, 0.0, -1.0]], np.float32)
    return Mesh({"body": surface}, down, np.ones(1, np.float32), 1.0)


def _smoothed(
    points: NDArray[np.float64], radii: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    fine = np.linspace(0, knots[-1], 8 * len(knots))
    return PchipInterpolator(knots, points)(fine), PchipInterpolator(knots, radii)(fine)


def _rings(
    centres: NDArray[np.float64], along: NDArray[np.float64], radii: NDArray[np.float64], flatness: float
) -> Surface:
    side = np.cross(np.array([0.0, 0.0, 1.0]), along)
    steep = np.linalg.norm(side, axis=1) < 1e-3
    side[steep] = (0.0, 1.0, 0.0)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    above = np.cross(along, side)
    turn = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)
    outline = side[:, None] * np.cos(turn)[:, None] + above[:, None] * (flatness * np.sin(turn))[:, None]
    vertices = centres[:, None] + outline * radii[:, None, None]
    ring, step = np.indices((len(centres) - 1, SIDES))
    here, beside = ring * SIDES + step, ring * SIDES + (step + 1) % SIDES
    lower = np.stack([here, here + SIDES, beside], -1)
    upper = np.stack([beside, here + SIDES, beside + SIDES], -1)
    triangles = np.concatenate([lower.reshape(-1, 3), upper.reshape(-1, 3)])[:, ::-1]
    return vertices.reshape(-1, 3).astype(np.float32), triangles.astype(np.int32)
