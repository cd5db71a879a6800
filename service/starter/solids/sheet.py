"""Solids of bent or cut sheet, and clamps."""

import build123d as bd

from service.starter.solids.tools import Solid, Solids, bored, rod, tube

Places = list[tuple[float, float]]


def _spread(count: int, start: float, end: float) -> list[float]:
    return [start + (end - start) * (i + 0.5) / count for i in range(count)]


def _plate(length: float, width: float, sheet: float, holes: Places, hole: float, corner: float = 3.0) -> Solid:
    """A flat plate from x = 0 on, lying on z = 0."""
    outline = bd.Pos(length / 2, 0) * bd.RectangleRounded(length, width, min(corner, width * 0.3))
    return bored(bd.extrude(outline, amount=sheet), hole, holes)


def angle_bracket(leg_a: float, leg_b: float, width: float, sheet: float, holes: int, gusset: int) -> Solids:
    """Two drilled legs at a right angle, stiffened or not."""
    hole = min(9.0, width * 0.22)
    lower = _plate(leg_a, width, sheet, [(x, 0) for x in _spread(holes, sheet * 2, leg_a)], hole)
    upper = _plate(leg_b, width, sheet, [(x, 0) for x in _spread(holes, sheet * 2, leg_b)], hole)
    body = lower + bd.Pos(sheet, 0, 0) * bd.Rot(0, -90, 0) * upper
    body = body + bd.Pos(sheet / 2, 0, sheet / 2) * bd.Box(sheet, width, sheet)
    if gusset:
        size = min(leg_a, leg_b) * 0.6
        rib = bd.make_face(bd.Plane.XZ * bd.Polyline((0, 0), (size, 0), (0, size), close=True))
        body = body + bd.Pos(sheet / 2, sheet / 2, sheet / 2) * bd.extrude(rib, amount=sheet, dir=(0, -1, 0))
    return {"body": body}


def u_bracket(length: float, width: float, height: float, sheet: float, holes: int) -> Solids:
    """A base between two walls, each wall with a hole."""
    base = bored(
        bd.Pos(0, 0, sheet / 2) * bd.Box(length, width, sheet),
        min(8.0, width * 0.25),
        [(x, 0) for x in _spread(holes, -length / 2, length / 2)],
    )
    wall = bd.Pos(0, 0, height / 2) * bd.Box(sheet, width, height) - bd.Pos(0, 0, height * 0.65) * bd.Rot(
        0, 90, 0
    ) * bd.Cylinder(width * 0.16, sheet * 3)
    side = (length - sheet) / 2
    return {"body": base + bd.Pos(side, 0, 0) * wall + bd.Pos(-side, 0, 0) * wall}


def z_bracket(length: float, width: float, step: float, sheet: float) -> Solids:
    """Two drilled feet on different levels."""
    half = length / 2
    foot = _plate(half + sheet / 2, width, sheet, [(half * 0.55, 0)], min(8.0, width * 0.3))
    web = bd.Pos(0, 0, (step + sheet) / 2) * bd.Box(sheet, width, step + sheet)
    return {"body": web + bd.Pos(-sheet / 2, 0, step) * foot + bd.Rot(0, 0, 180) * bd.Pos(-sheet / 2, 0, 0) * foot}


def flat_plate(outline: str, length: float, width: float, sheet: float, holes: int) -> Solids:
    """A straight, tee-shaped, cornered or slotted plate."""
    hole = width * 0.26
    bar = _plate(length, width, sheet, [], hole, width * 0.2)
    if outline == "straight":
        return {"body": bored(bar, hole, [(x, 0) for x in _spread(holes, 0, length)])}
    if outline == "slotted":
        body = bar
        for x in _spread(holes, 0, length):
            body = body - bd.Pos(x, 0, 0) * bd.extrude(
                bd.SlotOverall(length / holes * 0.7, hole), amount=3 * sheet, both=True
            )
        return {"body": body}
    stem = bd.Rot(0, 0, 90) * _plate(length * 0.75, width, sheet, [], hole, width * 0.2)
    middle = length / 2 if outline == "tee" else width / 2
    arm = (holes - 1) // 2
    across = _spread(holes - arm, 0, length)
    along = [(middle, y) for y in _spread(arm, width / 2, length * 0.75)]
    return {"body": bored(bar + bd.Pos(middle, 0, 0) * stem, hole, [*((x, 0) for x in across), *along])}


def pipe_saddle(pipe: float, width: float, sheet: float, feet: int) -> Solids:
    """A strap over a pipe, screwed down on one or both sides."""
    outer, foot = pipe / 2 + sheet, pipe * 0.75
    ring = bd.Circle(outer) + bd.Pos(0, -outer / 2) * bd.Rectangle(2 * outer, outer)
    ring = ring - bd.Circle(pipe / 2) - bd.Pos(0, -outer / 2) * bd.Rectangle(pipe, outer * 1.01)
    strap = bd.Rot(90, 0, 0) * bd.extrude(ring, amount=width / 2, both=True)
    sides = (1, -1) if feet > 1 else (1,)
    for side in sides:
        plate = _plate(foot + sheet, width, sheet, [(foot * 0.55, 0)], width * 0.34, width * 0.25)
        strap = strap + bd.Rot(0, 0, 0 if side > 0 else 180) * bd.Pos(pipe / 2, 0, -outer) * plate
    return {"body": strap}


def shaft_collar(diameter: float, bore: float, width: float, halves: int) -> Solids:
    """A ring, slit once and clamped, or halved; with its screws."""
    body = bd.chamfer(tube(diameter, bore, width, -width / 2).edges(), min(1.0, width * 0.08))
    slit = bd.Box(diameter * (2 if halves > 1 else 1), diameter * 0.05, width * 2)
    body = body - (slit if halves > 1 else bd.Pos(diameter / 2, 0, 0) * slit)
    middle, screw = (diameter + bore) / 4, (diameter - bore) * 0.2
    screws = []
    for side in (1, -1) if halves > 1 else (1,):
        place = bd.Pos(side * middle, side * diameter * 0.14, 0) * bd.Rot(-90 * side, 0, 0)
        body = body - place * bd.Pos(0, 0, diameter / 2) * bd.Cylinder(screw, diameter)
        screws.append(
            place
            * (
                rod(screw * 1.8, screw * 1.6)
                - bd.Pos(0, 0, screw * 1.6) * bd.extrude(bd.RegularPolygon(screw * 0.45, 6), amount=screw, both=True)
            )
        )
    return {"body": body, "steel": bd.Compound([s for made in screws for s in made.solids()])}


def hose_clamp(diameter: float, band: float) -> Solids:
    """A band with its worm housing and screw."""
    ring = tube(diameter, diameter - 1.6, band, -band / 2)
    top = diameter / 2
    housing = bd.Pos(0, top + band * 0.25, 0) * bd.Box(band * 1.1, band * 0.7, band * 1.15)
    tail = bd.Pos(band * 0.7, top + 0.3, 0) * bd.Box(band * 1.2, 0.9, band)
    screw = bd.Pos(-band * 0.2, top + band * 0.3, 0) * bd.Rot(0, 90, 0) * rod(band * 0.5, band * 1.9, -band * 1.1)
    head = bd.extrude(bd.RegularPolygon(band * 0.36, 6), amount=band * 0.4)
    screw = screw + bd.Pos(-band * 1.5, top + band * 0.3, 0) * bd.Rot(0, 90, 0) * head
    return {"body": ring + housing + tail, "steel": screw}


def clamp_block(pipe: float, length: float, width: float) -> Solids:
    """Two halves with a gap, bolted together."""
    height = pipe * 1.55
    block = bd.fillet(bd.Box(length, width, height).edges().filter_by(bd.Axis.Y), height * 0.08)
    block = block - bd.Rot(90, 0, 0) * bd.Cylinder(pipe / 2, width * 2) - bd.Box(length * 2, width * 2, 2.0)
    places = [(x, 0.0) for x in (-(length + pipe) / 4, (length + pipe) / 4)]
    hole = min(9.0, (length - pipe) * 0.22)
    bolts = [
        bd.Pos(x, y, -height * 0.5) * rod(hole, height * 1.02)
        + bd.Pos(x, y, height / 2) * bd.extrude(bd.RegularPolygon(hole * 0.8, 6), amount=hole * 0.6)
        for x, y in places
    ]
    return {"body": bored(block, hole, places), "steel": bd.Compound([s for bolt in bolts for s in bolt.solids()])}
