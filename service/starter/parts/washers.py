"""Washers and retaining rings of ISO and DIN standards."""

from random import Random

from service.starter.parts.finishes import FASTENER_FINISHES
from service.starter.parts.part import Family, Part

CATEGORY = "Washers and rings"

KINDS = {
    "plain": ("PlainWasher", "iso7089", "ISO 7089", "Plain washer"),
    "large": ("PlainWasher", "iso7093", "ISO 7093", "Large plain washer"),
    "chamfered": ("ChamferedWasher", "iso7090", "ISO 7090", "Chamfered plain washer"),
    "tooth": ("InternalToothLockWasher", "din6797", "DIN 6797", "Internal tooth lock washer"),
}


def washer(kind: str, size: str, finish: str) -> Part:
    """A washer for a metric screw."""
    model, variety, standard, name = KINDS[kind]
    return Part(
        part_number=f"{standard} - {size[1:]}",
        name=f"{name} {size[1:]}",
        category=CATEGORY,
        recipe="washer",
        dimensions={"model": model, "variety": variety, "size": size},
        finish=finish,
        standard=standard,
        thread=size,
    )


def ring(kind: str, diameter: int, finish: str) -> Part:
    """A retaining ring for a shaft (DIN 471) or a bore (DIN 472); nominal diameter in millimetres."""
    standard = "DIN 471" if kind == "external" else "DIN 472"
    return Part(
        part_number=f"{standard} - {diameter}",
        name=f"{kind.capitalize()} retaining ring {diameter}",
        category=CATEGORY,
        recipe="retaining_ring",
        dimensions={"kind": kind, "diameter": diameter},
        finish=finish,
        standard=standard,
    )


def o_ring(inner: float, section: float, finish: str) -> Part:
    """An O-ring after ISO 3601; inner diameter and section in millimetres."""
    return Part(
        part_number=f"ISO 3601 - {inner:g}x{section:g}",
        name=f"O-ring {inner:g}x{section:g}",
        category=CATEGORY,
        recipe="o_ring",
        dimensions={"inner_diameter": inner, "section": section},
        finish=finish,
        standard="ISO 3601",
    )


def cup(outer: int, inner: int, thickness: float, height: float, finish: str) -> Part:
    """A disc spring (conical washer) after DIN 2093; millimetres."""
    return Part(
        part_number=f"DIN 2093 - {outer}x{inner}x{thickness:g}",
        name=f"Disc spring {outer}x{inner}x{thickness:g}",
        category=CATEGORY,
        recipe="disc_spring",
        dimensions={"diameter": outer, "bore": inner, "thickness": thickness, "height": height},
        finish=finish,
        standard="DIN 2093",
    )


DEMO = (
    washer("large", "M8", "zinc"),
    washer("plain", "M10", "brass"),
    washer("tooth", "M8", "stainless"),
    ring("external", 20, "black-oxide"),
    ring("internal", 32, "black-oxide"),
    o_ring(20, 5, "black-plastic"),
)
STRANGERS = (ring("external", 40, "stainless"), o_ring(30, 3, "orange-plastic"))


def training(random: Random) -> list[Part]:
    """Other nominal sizes."""
    parts = [washer(k, s, random.choice(FASTENER_FINISHES)) for k in KINDS for s in ("M5", "M6", "M12")]
    parts += [
        ring(kind, diameter, random.choice(("black-oxide", "stainless", "zinc")))
        for kind in ("external", "internal")
        for diameter in (12, 16, 25, 50)
    ]
    for inner, section in ((10, 2), (14, 4), (40, 3.5), (25, 6)):
        parts.append(
            o_ring(inner, section, random.choice(("black-plastic", "orange-plastic", "red-plastic", "green-plastic")))
        )
    for outer, inner, thickness, height in ((20, 10, 1.1, 2.2), (31, 16, 1.5, 3.4), (50, 25, 2, 5)):
        parts.append(cup(outer, inner, thickness, height, random.choice(("black-oxide", "stainless"))))
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, training=training)
