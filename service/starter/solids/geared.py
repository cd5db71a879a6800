"""Toothed solids on bd_warehouse's involute profiles."""

import build123d as bd
from bd_warehouse.gear import HelicalGear, RackGear, SpurGear, SpurGearPlan, Worm

from service.starter.solids.tools import Solids, bored, rod, tube


def spur_gear(module: float, teeth: int, width: float, bore: float, hub: float, windows: int) -> Solids:
    """A spur gear, with a hub or with round openings in its web."""
    body = SpurGear(module=module, tooth_count=teeth, pressure_angle=20, thickness=width)
    if hub:
        body = body + tube(hub, 0, width * 0.8, width / 2)
    if windows:
        root = module * (teeth - 2.5) / 2
        inner = max(hub, bore * 1.4) / 2
        middle, size = (root + inner) / 2, (root - inner) * 0.62
        body = bored(body, size, [(p.X, p.Y) for p in _around(middle, windows)])
    return {"body": bored(body, bore)}


def _around(radius: float, count: int) -> list[bd.Vector]:
    return [bd.Vector(radius, 0, 0).rotate(bd.Axis.Z, 360 * i / count) for i in range(count)]


def helical_gear(module: float, teeth: int, width: float, bore: float, angle: float) -> Solids:
    """A helical gear."""
    body = HelicalGear(module=module, tooth_count=teeth, pressure_angle=20, helix_angle=angle, thickness=width)
    return {"body": bored(body, bore)}


def rack(module: float, teeth: int, width: float) -> Solids:
    """A rack."""
    return {"body": RackGear(module=module, tooth_count=teeth, pressure_angle=20, thickness=width)}


def worm(module: float, starts: int, length: float, shaft: float) -> Solids:
    """A worm with shaft ends."""
    turning = Worm(module=module, starts=starts, diametral_quotient=10, length=length)
    ends = rod(module * 6, length + 2 * shaft, -length / 2 - shaft)
    middle = turning.bounding_box().center()
    return {"body": bd.Compound([*(bd.Pos(-middle.X, -middle.Y, -middle.Z) * turning).solids(), *ends.solids()])}


def bevel_gear(teeth: int, diameter: float, width: float, bore: float) -> Solids:
    """A straight bevel gear: teeth that shrink towards the apex, on a hub."""
    module = diameter / (teeth + 2)
    plan = SpurGearPlan(module=module, tooth_count=teeth, pressure_angle=20)
    small = bd.Pos(0, 0, width) * bd.scale(plan, by=1 - 2 * width / diameter * 0.9)
    body = bd.loft([plan.face(), small.face()])
    return {"body": bored(body + tube(diameter * 0.6, 0, width * 0.5, -width * 0.5), bore)}
