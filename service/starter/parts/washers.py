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
THREADS = ("M5", "M6", "M7", "M8", "M10", "M12", "M14", "M16", "M18", "M20", "M24")
RINGS = (10, 12, 14, 15, 16, 18, 20, 22, 24, 25, 26, 28, 30, 32, 35, 40, 45, 50)


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
    washer("large", "M6", "zinc"),
    washer("plain", "M10", "brass"),
    washer("tooth", "M8", "stainless"),
    ring("external", 20, "black-oxide"),
    ring("internal", 32, "black-oxide"),
    o_ring(20, 5, "black-plastic"),
    o_ring(12, 3, "black-plastic"),
    o_ring(40, 10, "black-plastic"),
)
STRANGERS = (ring("external", 40, "stainless"), o_ring(30, 3, "orange-plastic"))


def drawn(random: Random) -> list[Part]:
    """Other nominal sizes."""
    parts = [washer(k, s, random.choice(FASTENER_FINISHES)) for k in KINDS for s in random.sample(THREADS, 2)]
    parts += [
        ring(kind, diameter, random.choice(("black-oxide", "stainless", "zinc", "yellow-zinc")))
        for kind in ("external", "internal")
        for diameter in random.sample(RINGS, 3)
    ]
    rubber = ("black-plastic", "orange-plastic", "red-plastic", "green-plastic", "blue-plastic", "white-plastic")
    for _ in range(4):
        inner = random.randint(8, 60)
        section = max(1.5, round(inner * random.uniform(0.06, 0.4) * 2) / 2)
        parts.append(o_ring(inner, section, random.choice(rubber)))
    for _ in range(3):
        outer = random.randint(14, 60)
        inner, thickness = round(outer * random.uniform(0.4, 0.6)), round(outer * random.uniform(0.03, 0.07), 1)
        height = round(thickness + outer * random.uniform(0.03, 0.1), 1)
        parts.append(cup(outer, inner, thickness, height, random.choice(("black-oxide", "stainless", "yellow-zinc"))))
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
