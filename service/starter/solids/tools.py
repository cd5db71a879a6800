"""Shorthand for solids of revolution, drilled plates and rods, all in millimetres.

A recipe gives one shape per surface: ``body`` takes the part's own finish, the other slots are those of :data:`SLOTS`.
"""

from collections.abc import Iterable
from typing import Any

import build123d as bd

Solid = Any  # build123d is not typed
Solids = dict[str, Solid]

# slot: finish, for what is not of the part's own material (a brass bush in a plastic knob)
SLOTS = {"bush": "brass", "steel": "zinc", "seal": "black-plastic", "spider": "red-plastic", "mark": "white-plastic"}


def revolved(points: Iterable[tuple[float, float]]) -> Solid:
    """Turn a closed outline of (radius, height) about the z axis."""
    with bd.BuildPart() as builder:
        with bd.BuildSketch(bd.Plane.XZ):
            with bd.BuildLine():
                bd.Polyline(*points, close=True)
            bd.make_face()
        bd.revolve(axis=bd.Axis.Z)
    return builder.part


def tube(outer: float, inner: float, height: float, bottom: float = 0.0) -> Solid:
    """A hollow cylinder (diameters) standing on ``bottom``; inner 0 gives a full one."""
    inside = inner / 2
    return revolved([(inside, bottom), (outer / 2, bottom), (outer / 2, bottom + height), (inside, bottom + height)])


def rod(diameter: float, height: float, bottom: float = 0.0) -> Solid:
    """A full cylinder with chamfered ends, standing on ``bottom``."""
    r, c = diameter / 2, min(diameter * 0.08, height * 0.2)
    return revolved(
        [
            (0, bottom),
            (r - c, bottom),
            (r, bottom + c),
            (r, bottom + height - c),
            (r - c, bottom + height),
            (0, bottom + height),
        ]
    )


def stud(diameter: float, length: float) -> Solid:
    """A threaded stud hanging below z = 0: grooves once per pitch stand for the thread."""
    r, pitch = diameter / 2, max(0.8, diameter * 0.16)
    count = int(length * 0.85 / pitch)
    points = [(0.0, 0.0), (r * 0.9, 0.0)]
    for i in range(count):
        z = -length + (count - i) * pitch
        points += [(r * 0.86, z), (r, z - pitch / 2)]
    points += [(r * 0.8, -length), (0.0, -length)]
    return revolved(points)


def bored(body: Solid, diameter: float, at: Iterable[tuple[float, float]] = ((0.0, 0.0),)) -> Solid:
    """Drill through along z at the given places."""
    for x, y in at:
        body = body - bd.Pos(x, y, 0) * bd.Cylinder(diameter / 2, 1000)
    return body


def extruded(sketch: Solid, height: float, bottom: float = 0.0) -> Solid:
    """Raise a plane figure by ``height`` from ``bottom``."""
    return bd.Pos(0, 0, bottom) * bd.extrude(sketch, amount=height)


def edged(body: Solid, size: float, *, top_only: bool = False) -> Solid:
    """Chamfer the edges of the highest (and, unless ``top_only``, the lowest) face across z."""
    faces = body.faces().filter_by(bd.Axis.Z).sort_by(bd.Axis.Z)
    edges = faces[-1].edges() if top_only else faces[-1].edges() + faces[0].edges()
    return bd.chamfer(edges, size)
