"""Couplings between shafts."""

import build123d as bd

from service.starter.solids.tools import Solid, Solids, bored, edged, rod, tube


def _wedge(radius: float, degrees: float, height: float) -> Solid:
    """A sector of a disc, centred on +x."""
    rim = [bd.Vector(radius * 1.6, 0, 0).rotate(bd.Axis.Z, a) for a in (-degrees / 2, 0, degrees / 2)]
    return bd.extrude(bd.make_face(bd.Polyline((0, 0), *((p.X, p.Y) for p in rim), close=True)), amount=height)


def jaw_coupling(diameter: float, length: float, bore: float, jaws: int, spider: int) -> Solids:
    """A hub with jaws, and the spider that lies between them."""
    hub_length, jaw = length * 0.65, length * 0.35
    hub = tube(diameter, bore, hub_length)
    crown = tube(diameter, diameter * 0.45, jaw, hub_length)
    teeth = [
        bd.Rot(0, 0, 360 * i / jaws) * bd.Pos(0, 0, hub_length) * _wedge(diameter / 2, 172 / jaws, jaw)
        for i in range(jaws)
    ]
    body = hub
    for tooth in teeth:
        body = body + (crown & tooth)
    body = body - bd.Pos(diameter / 2, 0, hub_length * 0.4) * bd.Rot(0, 90, 0) * bd.Cylinder(
        diameter * 0.06, diameter * 0.6
    )
    solids: Solids = {"body": body}
    if spider:
        ring = tube(diameter * 0.96, bore * 1.1, jaw * 0.9, hub_length)
        legs = ring & bd.Compound(
            [
                s
                for i in range(jaws)
                for s in (
                    bd.Rot(0, 0, 360 * (i + 0.5) / jaws)
                    * bd.Pos(0, 0, hub_length)
                    * _wedge(diameter / 2, 150 / jaws, jaw)
                ).solids()
            ]
        )
        core = tube(diameter * 0.5, bore * 1.1, jaw * 0.9, hub_length)
        solids["spider"] = bd.Compound([*legs.solids(), *core.solids()])
    return solids


def rigid_coupling(diameter: float, length: float, bore: float, screws: int) -> Solids:
    """A sleeve, slit along its length, with its screws."""
    body = edged(tube(diameter, bore, length), diameter * 0.03)
    body = body - bd.Pos(diameter / 2, 0, length / 2) * bd.Box(diameter, diameter * 0.05, length * 2)
    heads = []
    for i in range(screws):
        place = bd.Pos(diameter * 0.36, diameter * 0.2, length * (i + 0.5) / screws) * bd.Rot(-90, 0, 0)
        radius = diameter * 0.09
        body = body - place * bd.Pos(0, 0, diameter / 2) * bd.Cylinder(radius * 1.15, diameter)
        heads += (
            place
            * (
                rod(radius * 2, radius * 1.6)
                - bd.Pos(0, 0, radius * 1.6) * bd.extrude(bd.RegularPolygon(radius * 0.5, 6), amount=radius, both=True)
            )
        ).solids()
    return {"body": body, "steel": bd.Compound(heads)}


def slit_coupling(diameter: float, length: float, bore: float, slits: int) -> Solids:
    """A sleeve with cuts from alternating sides and a clamping slit at both ends."""
    body = edged(tube(diameter, bore, length), diameter * 0.03)
    for i in range(slits):
        z = length * (0.3 + 0.4 * (i + 0.5) / slits)
        body = body - bd.Rot(0, 0, 90 * i) * bd.Pos(diameter * 0.22, 0, z) * bd.Box(
            diameter, diameter * 1.5, length * 0.03
        )
    for z, turn in ((0.0, 0), (length, 180)):
        body = body - bd.Rot(0, 0, turn) * bd.Pos(diameter / 2, 0, z) * bd.Box(diameter, diameter * 0.05, length * 0.44)
        cut = (
            bd.Pos(diameter * 0.35, 0, abs(z - length * 0.12))
            * bd.Rot(90, 0, 0)
            * bd.Cylinder(diameter * 0.07, diameter * 2)
        )
        body = body - bd.Rot(0, 0, turn) * cut
    return {"body": body}


def flange_coupling(diameter: float, hub: float, length: float, bore: float, bolts: int) -> Solids:
    """A drilled flange on a keyed hub."""
    plate = bd.Vector((diameter + hub) / 4, 0, 0)
    places = [(p.X, p.Y) for p in (plate.rotate(bd.Axis.Z, 360 * i / bolts) for i in range(bolts))]
    body = bored(edged(tube(diameter, 0, length * 0.3), 1.0), (diameter - hub) * 0.18, places)
    body = bored(body + tube(hub, 0, length * 0.7, length * 0.3), bore)
    return {"body": body - bd.Pos(bore / 2, 0, 0) * bd.Box(bore * 0.4, bore * 0.28, length * 3)}
