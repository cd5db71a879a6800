"""Solids that bd_warehouse holds the tables of: screws, nuts, washers, rings, bearings, flanges, sprockets."""

import bd_warehouse.bearing as bearings
import bd_warehouse.fastener as fasteners
import bd_warehouse.flange as flanges
from bd_warehouse.retaining_ring import ExternalSnapRing, InternalSnapRing
from bd_warehouse.sprocket import Sprocket

from service.starter.solids.tools import Solids, tube


def screw(model: str, variety: str, size: str, length: float) -> Solids:
    """A screw with its thread."""
    return {"body": getattr(fasteners, model)(size=size, length=length, fastener_type=variety, simple=False)}


def nut(model: str, variety: str, size: str) -> Solids:
    """A nut with its thread; an insert without."""
    return {"body": getattr(fasteners, model)(size=size, fastener_type=variety, simple=model == "HeatSetNut")}


def washer(model: str, variety: str, size: str) -> Solids:
    """A washer."""
    return {"body": getattr(fasteners, model)(size=size, fastener_type=variety)}


def retaining_ring(kind: str, diameter: int) -> Solids:
    """A ring for a shaft or a bore."""
    return {"body": (ExternalSnapRing if kind == "external" else InternalSnapRing)(size=str(diameter))}


def bearing(model: str, size: str, bore: float, diameter: float, width: float) -> Solids:
    """A bearing; black seals close a capped one."""
    solids: Solids = {"body": getattr(bearings, model)(size=size)}
    if "Capped" in model:
        gap = diameter - bore
        centre = solids["body"].bounding_box().center().Z
        outer, inner = diameter - gap * 0.25, bore + gap * 0.25
        solids["seal"] = tube(outer, inner, width * 0.98, centre - width * 0.49)
    return solids


def flange(model: str, nps: str, rating: int) -> Solids:
    """A flange with its bolt holes."""
    return {"body": getattr(flanges, model)(nps=nps, flange_class=rating)}


def sprocket(teeth: int, bore: float, bolts: int, hub: float) -> Solids:
    """A sprocket for half-inch chain, with a bolt circle or a hub."""
    pitch_diameter = 12.7 * teeth / 3.1416
    bolted = {
        "bolt_circle_diameter": bore + (pitch_diameter - bore) * 0.4,
        "num_mount_bolts": bolts,
        "mount_bolt_diameter": 5.5,
    }
    body = Sprocket(num_teeth=teeth, bore_diameter=bore, thickness=4.5, **(bolted if bolts else {}))
    if hub:
        body = body + tube(hub, bore, 16, 0)
    return {"body": body}
