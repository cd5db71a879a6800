"""Solids for the hand: knobs, handles, levers, handwheels, wing nuts."""

import math

import build123d as bd

from service.starter.solids.tools import Solid, Solids, bored, edged, extruded, revolved, rod, stud, tube


def _footed(body: Solid, diameter: float, length: float) -> Solids:
    """Add a threaded stud below, or a brass bush where there is none."""
    if length:
        return {"body": body, "steel": stud(diameter, length)}
    return {"body": bored(body, diameter * 1.5), "bush": tube(diameter * 1.5, diameter, 6, -0.5)}


def lobed_knob(lobes: int, diameter: float, height: float, stud: float) -> Solids:
    """A star knob: a disc with scallops between its lobes, on a boss."""
    radius = diameter / 2
    scallop = math.pi * radius / lobes * 0.52
    places = [
        bd.Pos(0, 0) * bd.Rot(0, 0, 360 * (i + 0.5) / lobes) * bd.Pos(radius + scallop * 0.45, 0) for i in range(lobes)
    ]
    outline = bd.Circle(radius)
    for place in places:
        outline = outline - place * bd.Circle(scallop)
    head = edged(extruded(outline, height * 0.6, height * 0.4), height * 0.09)
    return _footed(head + tube(diameter * 0.42, 0, height * 0.4), max(5.0, diameter * 0.16), stud)


def ball_knob(diameter: float, stud: float) -> Solids:
    """A ball with a flat."""
    ball = bd.Pos(0, 0, diameter * 0.44) * bd.Sphere(diameter / 2)
    ball = ball - bd.Pos(0, 0, -diameter / 2) * bd.Box(diameter * 2, diameter * 2, diameter)
    return _footed(ball, diameter * 0.25, stud)


def mushroom_knob(diameter: float, height: float, neck: float) -> Solids:
    """A cap on a waisted neck."""
    r, n = diameter / 2, neck / 2
    cap = [(r * math.cos(a), height * (0.62 + 0.38 * math.sin(a))) for a in (i * math.pi / 20 for i in range(11))]
    profile = [
        (0.0, 0.0),
        (n * 1.25, 0.0),
        (n, height * 0.25),
        (n * 1.1, height * 0.42),
        (r * 0.9, height * 0.52),
        *cap[:-1],
        (0.0, height),
    ]
    return _footed(revolved(profile), diameter * 0.2, 0)


def wing_grip(span: float, height: float, stud: float) -> Solids:
    """Two wings on a hub."""
    return _footed(_wings(span, height, span * 0.17), span * 0.14, stud)


def wing_nut(span: float, height: float, bore: float) -> Solids:
    """The same in metal, with a threaded hole."""
    return {"body": bored(_wings(span, height, span * 0.08), bore)}


def _wings(span: float, height: float, thickness: float) -> Solid:
    hub = revolved([(0, 0), (span * 0.22, 0), (span * 0.17, height * 0.55), (0, height * 0.55)])
    half = span / 2
    outline = [
        (span * 0.1, height * 0.1),
        (half * 0.6, height * 0.2),
        (half, height * 0.75),
        (half * 0.86, height),
        (half * 0.6, height * 0.92),
        (span * 0.1, height * 0.42),
    ]
    wing = bd.make_face(bd.Plane.XZ * bd.Polyline(*outline, close=True))
    blade = bd.extrude(wing, amount=thickness / 2, both=True)
    other = bd.mirror(blade, about=bd.Plane.YZ)
    return bd.Compound([*hub.solids(), *blade.solids(), *other.solids()])


def bow_handle(length: float, height: float, section: float, feet: float) -> Solids:
    """A bent bar, with or without feet."""
    half, bend = length / 2, min(height, length / 2) * 0.45
    path = bd.FilletPolyline((-half, 0, 0), (-half, 0, height), (half, 0, height), (half, 0, 0), radius=bend)
    bar = bd.sweep(bd.Plane(path @ 0, z_dir=path % 0) * bd.Circle(section / 2), path=path)
    if feet:
        for x in (-half, half):
            bar = bar + bd.Pos(x, 0, 0) * tube(feet, 0, section * 0.5)
    return {"body": bar}


def bridge_handle(length: float, height: float, width: float, thickness: float) -> Solids:
    """A flat grip over two feet with screw holes."""
    half, foot = length / 2, length * 0.16
    outer = [
        (-half, 0),
        (-half, thickness),
        (-half + foot, height),
        (half - foot, height),
        (half, thickness),
        (half, 0),
    ]
    inner = [
        (half - foot, 0),
        (half - foot * 1.5, height - thickness),
        (-half + foot * 1.5, height - thickness),
        (-half + foot, 0),
    ]
    face = bd.make_face(bd.Plane.XZ * bd.Polyline(*outer, *inner, close=True))
    body = bd.Pos(0, width / 2, 0) * bd.extrude(face, amount=width, dir=(0, -1, 0))
    return {"body": bored(body, width * 0.28, [(-half + foot * 0.45, 0), (half - foot * 0.45, 0)])}


def clamping_lever(arm: float, hub: float, stud: float) -> Solids:
    """A tapered arm that rises from a hub."""
    grip = revolved([(0, 0), (hub * 0.28, 0), (hub * 0.36, arm * 0.8), (hub * 0.3, arm * 0.95), (0, arm)])
    body = tube(hub, 0, hub * 1.3) + bd.Pos(0, 0, hub * 0.8) * bd.Rot(0, 68, 0) * grip
    return {"body": body, "steel": stud_of(hub, stud)}


def stud_of(hub: float, length: float) -> Solid:
    """The stud that fits a hub."""
    return stud(hub * 0.45, length)


def machine_handle(diameter: float, length: float, stud: float) -> Solids:
    """A bellied grip on a stud."""
    r = diameter / 2
    shape = [(0.55, 0.0), (0.62, 0.05), (0.78, 0.25), (0.96, 0.55), (1.0, 0.72), (0.9, 0.88), (0.62, 0.97), (0.0, 1.0)]
    return {"body": revolved([(0.0, 0.0), *((r * x, length * z) for x, z in shape)]), "steel": stud_of(diameter, stud)}


def handwheel(diameter: float, spokes: int, rim: float, bore: float) -> Solids:
    """A rim, spokes and a hub."""
    radius = diameter / 2 - rim / 2
    wheel = bd.Torus(radius, rim / 2)
    hub = bd.Pos(0, 0, -rim) * rod(bore * 2.4, rim * 1.6)
    for i in range(spokes):
        spoke = bd.Pos(radius / 2, 0, 0) * bd.Box(radius, rim * 0.75, rim * 0.4)
        wheel = wheel + bd.Rot(0, 0, 360 * i / spokes) * spoke
    return {"body": bored(wheel + hub, bore)}
