"""Springs wound of round wire."""

from random import Random

from service.starter.parts.part import Family, Part

CATEGORY = "Springs"


def coil(kind: str, diameter: int, wire: float, turns: float, pitch: float, finish: str) -> Part:
    """A helical spring: compression (open), extension (with loops), torsion (with legs) or conical; millimetres."""
    initial = {"compression": "D", "extension": "Z", "torsion": "T", "conical": "K"}[kind]
    return Part(
        part_number=f"DIN 2098 - {initial}-{wire:g}x{diameter}x{turns:g}-{pitch:g}",
        name=f"{kind.capitalize()} spring {diameter} mm, wire {wire:g} mm",
        category=CATEGORY,
        recipe="coil_spring",
        dimensions={"kind": kind, "diameter": diameter, "wire": wire, "turns": turns, "pitch": pitch},
        finish=finish,
        standard="DIN 2098",
        details=(f"{turns:g} turns",),
    )


DEMO = (
    coil("compression", 20, 2, 8, 6, "stainless"),
    coil("compression", 10, 1, 8, 3, "stainless"),
    coil("compression", 30, 5, 5, 10, "black-oxide"),
    coil("extension", 14, 2, 16, 2.1, "zinc"),
    coil("torsion", 18, 2.5, 4.25, 2.7, "stainless"),
    coil("conical", 30, 2, 5, 7, "yellow-zinc"),
    coil("conical", 15, 1, 5, 3.5, "yellow-zinc"),
)
STRANGERS = (coil("compression", 12, 1, 14, 4, "yellow-zinc"), coil("extension", 24, 2, 8, 2.1, "black-oxide"))


def drawn(random: Random) -> list[Part]:
    """Other diameters, wires and turns."""
    parts = []
    for kind in ("compression", "compression", "extension", "torsion", "conical"):
        for diameter in (10, 16, 28, 36):
            wire = max(1.0, round(diameter * random.uniform(0.07, 0.19) * 2) / 2)
            turns = {"torsion": random.choice((2.25, 3.25, 6.25)), "extension": random.choice((6, 10, 20))}.get(
                kind, random.choice((4, 6, 7, 10))
            )
            pitch = wire * 1.05 if kind in {"extension", "torsion"} else round(wire * random.uniform(1.8, 3.2), 1)
            parts.append(
                coil(
                    kind,
                    diameter,
                    wire,
                    turns,
                    round(pitch, 2),
                    random.choice(("stainless", "zinc", "black-oxide", "yellow-zinc", "copper")),
                )
            )
    return list({p.part_number: p for p in parts}.values())


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
