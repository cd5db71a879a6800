"""Electrical connectors: terminal blocks, pin headers, round and rectangular plugs, cable glands, crimp terminals.

What repeats is built once and copied into a compound: that takes a fraction of the time of cutting it out each time.
"""

import math
from collections.abc import Sequence

import build123d as bd

from service.starter.solids.tools import Solid, Solids, edged, extruded, revolved, tube

Place = tuple[float, float]


def terminal_block(poles: int, pitch: float, height: float, depth: float, screws: int) -> Solids:
    """Poles side by side: one screw each and solder pins below, or two screws each and webs between (a strip)."""
    rear, strip = -depth / 2, screws == 2
    lowest = 0.62 * height
    front = [(-rear, 0.0), (-rear, lowest), (-rear * (0.62 if strip else 0.5), height)]
    back = [(rear, lowest), (rear, 0.0)] if strip else [(rear, height), (rear, 0.0)]
    profile = [*front, *([(rear * 0.62, height)] if strip else []), *back]
    wells = (-rear * 0.3, rear * 0.3) if strip else (rear * 0.2,)
    radius = min(pitch * 0.3, -rear * (0.26 if strip else 0.55))
    pole = _prism(profile, pitch * (0.84 if strip else 1.0))
    cuts = [bd.Pos(0, y, 0) * _round(radius * 1.12, height, height * 0.75) for y in wells]
    mouth = min(pitch * 0.3, height * 0.24)
    if strip:
        cuts.append(bd.Pos(0, depth, height * 0.32) * bd.Rot(90, 0, 0) * _round(mouth, depth * 2))
    else:
        cuts.append(_block(pitch * 0.66, depth, height * 0.42, (0, -rear, height * 0.1)))
    head = _round(radius, height * 0.2, height * 0.76) - _block(radius * 3, radius * 0.45, height, (0, 0, height * 0.9))
    metal = [bd.Pos(0, y, 0) * head for y in wells]
    if not strip:
        metal.append(_block(pitch * 0.16, pitch * 0.16, height * 0.35, (0, 0, -height * 0.32)))
        metal.append(_block(pitch * 0.66, depth * 0.1, height * 0.12, (0, -rear * 0.55, height * 0.1)))
    at = _row(poles, pitch)
    between = [x + pitch / 2 for x in at[:-1]]
    if strip:
        joints = [_block(pitch * 0.3, depth * 0.4, height * 0.45, (x, 0, height * 0.08)) for x in between]
    else:
        wall = _prism([(y * 1.03, z * 1.03) for y, z in profile], pitch * 0.1)
        joints = [bd.Pos(x, 0, 0) * wall for x in (at[0] - pitch / 2, *between, at[-1] + pitch / 2)]
    return {
        "body": _joined(*_copies(pole - cuts, [(x, 0) for x in at]), *joints),
        "steel": _joined(*_copies(_joined(*metal), [(x, 0) for x in at])),
    }


def pin_header(rows: int, pins: int, pitch: float, length: float, angled: int) -> Solids:
    """Square pins through a notched bar; their tails straight, or bent aside at right angles."""
    half, notch, thick, tail = rows * pitch / 2, pitch * 0.16, pitch * 0.25, pitch * 1.25
    edge = [(x + pitch * s, half - n) for x in _row(pins, pitch) for s, n in ((-0.5, notch), (-0.3, 0), (0.3, 0))]
    edge.append((pins * pitch / 2, half - notch))
    outline = bd.make_face(bd.Polyline(*edge, *((x, -y) for x, y in reversed(edge)), close=True))
    metal = []
    for y in _row(rows, pitch):
        drop = tail + (half - y - pitch / 2 if angled else 0.0)
        pin = edged(_block(thick, thick, pitch + length + drop, (0, y, -drop)), thick * 0.3)
        if angled:
            leg = half - y + tail
            pin = _joined(pin, edged(_block(thick, leg, thick, (0, y + leg / 2 - thick / 2, -drop)), thick * 0.2))
        metal += _copies(pin, [(x, 0) for x in _row(pins, pitch)])
    return {"body": extruded(outline, pitch), "bush": _joined(*metal)}


def circular_connector(
    diameter: float, pins: int, length: float, ring: str, gender: str, angled: int, metal_ring: int
) -> Solids:
    """A round plug: coupling ring ("knurled", "hexagon"), contacts in front ("male", "female"), a grip, its cable."""
    r, outer = diameter / 2, diameter * 0.66
    around = bd.RegularPolygon(outer, 6, major_radius=False) if ring == "hexagon" else _ribbed(outer, 36, 0.07)
    male = gender == "male"
    coupling = extruded(around - bd.Circle(r * 0.9), diameter * (0.5 if male else 0.85))
    if male:
        coupling = _joined(coupling, bd.Pos(0, 0, diameter * 1.05) * _thread(diameter, diameter * 0.8, diameter * 0.6))
    places = _contacts(pins, r * 0.52)
    contact = min(r * 0.1, r * 0.95 / pins)
    if male:
        insert, top = tube(diameter * 0.91, 0, diameter * 0.5, 0.1), diameter * 0.5
        metal = _copies(_round(contact, diameter * 0.5, top - 0.1), places)
    else:
        holes = bd.Circle(r * 0.74) - [bd.Pos(*place) * bd.RegularPolygon(contact * 1.3, 14) for place in places]
        insert = _joined(extruded(holes, diameter * 0.85, 0.1), tube(diameter * 0.91, 0, diameter * 0.2, 0.1))
        socket = bd.RegularPolygon(contact * 1.25, 14) - bd.RegularPolygon(contact * 0.8, 14)
        metal = _copies(extruded(socket, diameter * 0.5, diameter * 0.3), places)
    grip, cable = _grip(outer * 0.94, length, diameter * 0.26)
    if angled:
        knee = diameter * 0.75
        turn = bd.Pos(-outer * 0.3, 0, -knee) * bd.Rot(0, 90, 0)
        stem = _joined(tube(outer * 1.88, 0, knee, -knee), bd.Pos(0, 0, -knee) * bd.Sphere(outer * 0.94))
        grip, cable = _joined(stem, turn * grip), turn * cable
    solids: Solids = {"body": grip, "seal": _joined(insert, cable), "bush": _joined(*metal)}
    if metal_ring:
        return {**solids, "steel": coupling}
    return {**solids, "body": _joined(grip, coupling)}


def _grip(radius: float, length: float, cable: float) -> tuple[Solid, Solid]:
    """A grip below z = 0 that narrows in steps to the cable (radius), and a stub of the cable."""
    end = max(cable * 1.35, radius * 0.5)
    points = [(0.0, -0.05), (radius, -0.05), (radius, -length * 0.42), (radius * 0.8, -length * 0.52)]
    for i in range(5):
        z, r = -length * (0.56 + 0.088 * i), radius * 0.8 + (end - radius * 0.8) * i / 4
        points += [(r, z), (r, z - length * 0.05), (r * 0.82, z - length * 0.055), (r * 0.82, z - length * 0.083)]
    return revolved([*points, (0.0, points[-1][1])]), tube(cable * 2, 0, length * 0.4, -length * 1.35)


def _contacts(pins: int, radius: float) -> list[Place]:
    """Where contacts stand: on a circle, from five on one in the middle, from nine on three on an inner circle."""
    inner = 3 if pins > 8 else int(pins > 4)
    circles = ((pins - inner, radius), (inner, radius * 0.4 if inner == 3 else 0.0))
    polar = [(2 * math.pi * (i + 0.5) / count, r) for count, r in circles for i in range(count)]
    return [(r * math.cos(a), r * math.sin(a)) for a, r in polar]


def cable_gland(
    thread: float, length: float, across_flats: float, dome: float, grooves: int, locknut: int, guard: float
) -> Solids:
    """A hexagon on a thread, a domed sealing nut with grooves, perhaps a lock nut and a spring guard (length)."""
    bore, base, r = thread * 0.62, across_flats * 0.26, across_flats / 2
    z = base * 1.25
    hexagon = bd.RegularPolygon(r, 6, major_radius=False) - bd.Circle(bore / 2)
    foot = extruded(hexagon, base) & tube(across_flats * 1.09, 0, base)
    arc = [(bore / 2 + (r * 0.98 - bore / 2) * math.cos(a), math.sin(a)) for a in (i * math.pi / 12 for i in range(7))]
    rise = z + dome * 0.45
    profile = [(r * 0.98, z), *((x, rise + dome * 0.55 * h) for x, h in arc), (bore / 2, z)]
    nut = revolved(profile) & extruded(_ribbed(r * 0.99, grooves, 0.12) - bd.Circle(bore / 2), dome * 1.1, z)
    body = [foot, nut, tube(across_flats * 0.86, bore, z - base + 0.2, base - 0.1), _thread(thread, bore, length)]
    if locknut:
        body.append(extruded(hexagon - bd.Circle(thread * 0.44), base * 0.6, -length * 0.72))
    if guard:
        body.append(_guard(thread * 0.4, bore / 2, guard, z + dome - 0.4))
    return {"body": _joined(*body), "seal": tube(bore * 1.06, bore * 0.62, z + dome + length - 1.0, 0.3 - length)}


def _guard(wide: float, inner: float, length: float, bottom: float) -> Solid:
    """Stacked rings about the cable that grow narrower upwards."""
    count, points = 7, [(inner * 0.6, bottom)]
    for i in range(count):
        low, step = bottom + length * i / count, length / count
        r = wide + (inner * 0.85 - wide) * i / count
        points += [(r, low), (r, low + step * 0.6), (r * 0.84, low + step * 0.62), (r * 0.84, low + step * 0.98)]
    return revolved([*points, (inner * 0.6, bottom + length)])


def box_connector(kind: str, width: float, height: float, depth: float, rows: int, pins: int, ears: int) -> Solids:
    """Contacts in a frame: a metal "d-sub" shell on a plate, or a "rectangular" housing with a key; ears with holes.

    ``width`` and ``height`` are those of the frame's mouth, ``depth`` is the whole connector's; ``pins`` is a row's.
    """
    pitch = min(width * 0.9 / pins, height * 0.9 / rows)
    shell = _d_shape(width, height) if kind == "d-sub" else bd.RectangleRounded(width, height, height * 0.06)
    wall = max(0.5, height * (0.05 if kind == "d-sub" else 0.1))
    frame = bd.offset(shell, amount=wall)
    span, tall = width + 2 * wall + height * (2.0 if ears else 0.5), height * (1.45 if kind == "d-sub" else 1.2)
    plate = bd.RectangleRounded(span, tall, height * 0.12)
    if ears:
        plate = plate - [bd.Pos(s * (span - height * 0.95) / 2, 0) * bd.Circle(height * 0.16) for s in (-1, 1)]
    mouth = depth * 0.5
    sides = extruded(frame - shell, mouth)
    if kind == "d-sub":
        back = bd.RectangleRounded(width + 2 * wall, height * 1.1, height * 0.1)
        housing = [extruded(shell, mouth * 0.4), extruded(back, depth - mouth, mouth - depth)]
        metal: Solids = {"steel": _joined(sides, extruded(plate, height * 0.09, -height * 0.09))}
    else:
        key = _block(width * 0.14, wall * 4, mouth, (0, height / 2 + wall / 2, mouth * 0.3))
        housing = [sides - key, extruded(plate if ears else frame, height * 0.2, -height * 0.2)]
        housing.append(extruded(frame, depth - mouth, mouth - depth))
        metal = {}
    low = mouth * 0.3 if kind == "d-sub" else -0.1
    pin = edged(_block(pitch * 0.26, pitch * 0.26, mouth * 0.92 - low, (0, 0, low)), pitch * 0.06)
    tail = _block(pitch * 0.2, pitch * 0.2, depth * 0.3, (0, 0, mouth - depth * 1.28))
    shift = pitch / 4 if kind == "d-sub" and rows > 1 else 0.0
    at = [(x + shift * (-1) ** i, y) for i, y in enumerate(_row(rows, pitch)) for x in _row(pins, pitch)]
    return {"body": _joined(*housing), "bush": _joined(*_copies(_joined(pin, tail), at)), **metal}


def _d_shape(width: float, height: float) -> Solid:
    """A rounded trapezium, its long side below."""
    slant, half = height * 0.18, height / 2
    corners = [(-width / 2, -half), (width / 2, -half), (width / 2 - slant, half), (slant - width / 2, half)]
    face = bd.make_face(bd.Polyline(*corners, close=True))
    return bd.fillet(face.vertices(), height * 0.2)


def ring_terminal(kind: str, hole: float, width: float, reach: float, barrel: float, sleeve: float) -> Solids:
    """A crimp terminal along x: a tongue ("ring", "fork", "blade") and a flared sleeve over its barrel (diameter).

    ``reach`` is from the sleeve to the hole's centre, ``sleeve`` the sleeve's length; all in millimetres.
    """
    thick = max(0.6, barrel * 0.16)
    if kind == "blade":
        tongue = bd.Pos(reach / 2, 0) * bd.Rectangle(reach, width) - bd.Pos(reach * 0.7, 0) * bd.Circle(hole / 4)
    else:
        neck = bd.Pos(reach / 2, 0) * bd.Rectangle(reach, min(width * 0.75, barrel))
        tongue = neck + bd.Pos(reach, 0) * bd.Circle(width / 2) - bd.Pos(reach, 0) * bd.Circle(hole / 2)
        if kind == "fork":
            tongue = tongue - bd.Pos(reach + width / 2, 0) * bd.Rectangle(width, hole)
    r = barrel / 2
    along = bd.Pos(0, 0, r - thick) * bd.Rot(0, -90, 0)
    skin = [(r * 0.72, 0.0), (r * 0.97, 0.0), (r, barrel * 0.08), (r, sleeve * 0.6), (r * 1.18, sleeve * 0.74)]
    skin += [(r * 1.18, sleeve), (r * 0.95, sleeve), (r * 0.8, sleeve * 0.7), (r * 0.72, sleeve * 0.6)]
    wrap = along * tube(barrel * 0.82, barrel * 0.56, sleeve * 0.62 + barrel * 0.3, -barrel * 0.3)
    metal = _joined(extruded(tongue, thick), wrap, _block(barrel * 0.5, barrel * 0.62, thick, (0, 0, 0.01)))
    return {"body": along * revolved(skin), "steel": metal}


def _thread(diameter: float, bore: float, length: float) -> Solid:
    """A hollow threaded end below z = 0; grooves once per pitch stand for the thread."""
    r, pitch = diameter / 2, max(0.8, diameter * 0.09)
    count = max(1, int((length - 0.2) / pitch))
    points = [(bore / 2, 0.0), (r * 0.92, 0.0)]
    for i in range(count):
        points += [(r, -(i + 0.5) * pitch), (r * 0.92, -(i + 1) * pitch)]
    return revolved([*points, (r * 0.9, -length), (bore / 2, -length)])


def _ribbed(radius: float, ribs: int, share: float) -> Solid:
    """A disc with blunt ribs about it; grooves are ``share`` of the radius deep and less where ribs are many."""
    root = radius * (1 - min(share, 1.6 / ribs))
    steps = ((0.0, root), (0.2, root), (0.34, radius), (0.86, radius))
    polar = [(2 * math.pi * (i + part) / ribs, r) for i in range(ribs) for part, r in steps]
    return bd.make_face(bd.Polyline(*((r * math.cos(a), r * math.sin(a)) for a, r in polar), close=True))


def _row(count: int, pitch: float) -> list[float]:
    return [(i - (count - 1) / 2) * pitch for i in range(count)]


def _prism(profile: Sequence[Place], width: float) -> Solid:
    """A side view of (y, z), made ``width`` wide about x = 0."""
    return bd.extrude(bd.make_face(bd.Plane.YZ * bd.Polyline(*profile, close=True)), amount=width / 2, both=True)


def _block(width: float, depth: float, height: float, at: tuple[float, float, float]) -> Solid:
    return bd.Pos(at[0], at[1], at[2] + height / 2) * bd.Box(width, depth, height)


def _round(radius: float, height: float, bottom: float = 0.0) -> Solid:
    """A small upright cylinder as a prism, for what there are many of: a true one has four times the triangles."""
    return extruded(bd.RegularPolygon(radius, 18), height, bottom)


def _copies(shape: Solid, places: Sequence[Place]) -> list[Solid]:
    return [bd.Pos(x, y, 0) * shape for x, y in places]


def _joined(*shapes: Solid) -> Solid:
    return bd.Compound([solid for shape in shapes for solid in shape.solids()])
