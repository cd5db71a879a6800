"""Solids of revolution and of swept circles: bushes, rings, pipes, springs, pulleys, knurled nuts."""

import math

import build123d as bd

from service.starter.solids.tools import Solid, Solids, bored, edged, extruded, revolved, rod, stud, tube


def o_ring(inner_diameter: float, section: float) -> Solids:
    """A torus."""
    return {"body": bd.Torus(inner_diameter / 2 + section / 2, section / 2)}


def disc_spring(diameter: float, bore: float, thickness: float, height: float) -> Solids:
    """A conical washer."""
    rise, o, i = height - thickness, diameter / 2, bore / 2
    return {"body": revolved([(i, rise), (o, 0), (o, thickness), (i, height)])}


def bush(bore: float, diameter: float, length: float, collar: float) -> Solids:
    """A plain bush, with or without a collar."""
    body = bd.chamfer(tube(diameter, bore, length).edges(), min(0.8, (diameter - bore) * 0.12))
    return {"body": body + tube(collar, bore, max(2.0, length * 0.15)) if collar else body}


def elbow(diameter: float, wall: float, radius: float, angle: float) -> Solids:
    """A bent pipe."""
    path = bd.JernArc((0, 0, 0), (0, 1, 0), radius, angle)
    ring = bd.Plane(path @ 0, z_dir=path % 0) * (bd.Circle(diameter / 2) - bd.Circle(diameter / 2 - wall))
    return {"body": bd.sweep(ring, path=path)}


def tee(diameter: float, wall: float, length: float, branch: float) -> Solids:
    """Two pipes that meet."""
    turn, side = bd.Rot(0, 90, 0), bd.Pos(0, 0, length * 0.27)
    outer = turn * bd.Cylinder(diameter / 2, length) + side * bd.Cylinder(branch / 2, length * 0.54)
    inner = turn * bd.Cylinder(diameter / 2 - wall, length + 1) + side * bd.Cylinder(branch / 2 - wall, length * 0.55)
    return {"body": outer - inner}


def reducer(diameter: float, small: float, length: float, wall: float) -> Solids:
    """A hollow cone between two short cylinders."""
    a, b, end = diameter / 2, small / 2, length * 0.15
    outside = [(a, 0), (a, end), (b, length - end), (b, length)]
    return {"body": revolved([*outside, *((r - wall, z) for r, z in reversed(outside))])}


def nipple(across_flats: float, diameter: float, length: float, bore: float) -> Solids:
    """A hexagon between two threaded ends."""
    hexagon = extruded(bd.RegularPolygon(across_flats / 2, 6, major_radius=False), length * 0.25, -length * 0.125)
    end = bd.Pos(0, 0, -length * 0.1) * stud(diameter, length * 0.4)
    return {"body": bored(hexagon + end + bd.Rot(180, 0, 0) * end, bore)}


def v_pulley(diameter: float, grooves: int, bore: float) -> Solids:
    """Rims with V grooves between them, on a hub that stands out."""
    r, pitch, depth = diameter / 2, 12.0, 9.0
    points: list[tuple[float, float]] = [(bore / 2, -6), (bore / 2 + 6, -6), (bore / 2 + 6, 0), (r, 0)]
    for i in range(grooves):
        z = i * pitch
        points += [(r, z + 2), (r - depth, z + 4.8), (r - depth, z + 7.2), (r, z + 10)]
    top = grooves * pitch
    return {"body": revolved([*points, (r, top), (bore / 2, top)])}


def knurled_nut(diameter: float, height: float, collar: float, bore: float) -> Solids:
    """A knurled disc; the collar's height is part of the nut's."""
    count = max(24, int(diameter * 1.6))
    disc = extruded(_gear_like(diameter / 2, diameter / 2 * 0.95, count), height - collar)
    disc = disc + tube(diameter * 0.6, 0, collar, height - collar) if collar else disc
    return {"body": bored(disc, bore)}


def coil_spring(kind: str, diameter: float, wire: float, turns: float, pitch: float) -> Solids:
    """A wound wire with the ends of its kind."""
    radius = (diameter - wire) / 2
    cone = 14.0 if kind == "conical" else 0.0
    helix = bd.Helix(pitch=pitch, height=pitch * turns, radius=radius, cone_angle=cone)
    body: Solid = bd.sweep(bd.Plane(helix @ 0, z_dir=helix % 0) * bd.Circle(wire / 2), path=helix)
    if kind == "extension":
        hook = bd.Torus(radius * 0.8, wire / 2)
        height = pitch * turns
        for z in (-radius * 0.8, height + radius * 0.8):
            body = bd.Compound([*body.solids(), *(bd.Pos(0, 0, z) * bd.Rot(90, 0, 0) * hook).solids()])
    if kind == "torsion":
        legs = [
            bd.Pos(*(helix @ t)) * _aligned(helix % t) * rod(wire, diameter * 1.2, -diameter * 1.2 * (1 - t))
            for t in (0, 1)
        ]
        body = bd.Compound([*body.solids(), *(s for leg in legs for s in leg.solids())])
    return {"body": body}


def _aligned(direction: Solid) -> Solid:
    return bd.Plane((0, 0, 0), z_dir=direction).location


def u_bolt(span: float, leg: float, rod: float) -> Solids:
    """A bent rod whose ends are threaded."""
    half = (span + rod) / 2
    arc = bd.CenterArc((0, 0), half, 0, 180)
    bow = bd.sweep(bd.Plane((half, 0, 0), z_dir=(0, 1, 0)) * bd.Circle(rod / 2), path=arc)
    straight = max(1.0, leg - half)
    upright = bd.Rot(90, 0, 0) * (rod_with_thread(rod, straight))
    return {
        "body": bd.Compound([*bow.solids(), *(s for x in (half, -half) for s in (bd.Pos(x, 0, 0) * upright).solids())])
    }


def rod_with_thread(diameter: float, length: float) -> Solid:
    """A rod along +z whose far half is threaded."""
    return tube(diameter, 0, length * 0.5) + bd.Pos(0, 0, length * 0.5) * bd.Rot(180, 0, 0) * stud(
        diameter, length * 0.5
    )


def timing_pulley(teeth: int, width: float, bore: float, hub: float) -> Solids:
    """A toothed drum between two flanges."""
    radius = 5.0 * teeth / (2 * math.pi)
    drum = extruded(_gear_like(radius, radius - 2.0, teeth), width)
    flange = tube(2 * radius + 5, 0, 1.5)
    body = drum + bd.Pos(0, 0, -1.5) * flange + bd.Pos(0, 0, width) * flange
    body = body + tube(radius * 1.3, 0, hub, width) if hub else body
    return {"body": bored(body, bore)}


def control_knob(diameter: float, height: float, ribs: int, pointer: int) -> Solids:
    """A ribbed knob on a wider skirt."""
    grip = edged(
        extruded(_gear_like(diameter / 2 * 0.84, diameter / 2 * 0.78, ribs), height, 2.0),
        min(0.8, diameter * 0.65 / ribs),
        top_only=True,
    )
    solids: Solids = {"body": grip + tube(diameter, 0, 2.5)}
    if pointer:
        length = diameter * 0.4
        solids["mark"] = bd.Pos(length / 2 + 0.5, 0, height + 2.0) * bd.Box(length, diameter * 0.07, 0.6)
    return solids


def _gear_like(tip: float, root: float, teeth: int) -> Solid:
    """A plane figure with blunt teeth between two radii."""
    points = []
    for i in range(teeth):
        for share, radius in ((0.0, root), (0.28, root), (0.42, tip), (0.86, tip)):
            angle = 2 * math.pi * (i + share) / teeth
            points.append((radius * math.cos(angle), radius * math.sin(angle)))
    return bd.make_face(bd.Polyline(*points, close=True))
