"""Handles, levers and handwheels."""

from random import Random

from service.starter.parts.finishes import PLASTICS
from service.starter.parts.part import Family, Part

CATEGORY = "Handles"


def bow(length: int, height: int, section: int, feet: int, finish: str) -> Part:
    """A bow handle of round bar, with screw-on feet of the given diameter or none (0); millimetres."""
    return Part(
        part_number=f"BH-{length}-{height}-{section}" + (f"-F{feet}" if feet else ""),
        name=f"Bow handle {length} mm",
        category=CATEGORY,
        recipe="bow_handle",
        dimensions={"length": length, "height": height, "section": section, "feet": feet},
        finish=finish,
    )


def bridge(length: int, height: int, width: int, thickness: int, finish: str) -> Part:
    """A bridge handle with a flat grip and two screw holes; millimetres."""
    return Part(
        part_number=f"BR-{length}x{height}x{width}",
        name=f"Bridge handle {length}x{height}",
        category=CATEGORY,
        recipe="bridge_handle",
        dimensions={"length": length, "height": height, "width": width, "thickness": thickness},
        finish=finish,
    )


def lever(arm: int, hub: int, stud: int, finish: str) -> Part:
    """An adjustable clamping lever; arm length, hub diameter and stud length in millimetres."""
    return Part(
        part_number=f"CL-{arm}-{hub}-S{stud}",
        name=f"Clamping lever {arm} mm",
        category=CATEGORY,
        recipe="clamping_lever",
        dimensions={"arm": arm, "hub": hub, "stud": stud},
        finish=finish,
    )


def machine(diameter: int, length: int, stud: int, finish: str) -> Part:
    """A machine handle after DIN 39, bellied, with a stud; millimetres."""
    return Part(
        part_number=f"DIN 39 - {diameter}x{length}",
        name=f"Machine handle {diameter}x{length}",
        category=CATEGORY,
        recipe="machine_handle",
        dimensions={"diameter": diameter, "length": length, "stud": stud},
        finish=finish,
        standard="DIN 39",
    )


def handwheel(diameter: int, spokes: int, rim: int, bore: int, finish: str) -> Part:
    """A handwheel after DIN 950; millimetres."""
    return Part(
        part_number=f"DIN 950 - {diameter}-{spokes}",
        name=f"Handwheel {diameter} mm, {spokes} spokes",
        category=CATEGORY,
        recipe="handwheel",
        dimensions={"diameter": diameter, "spokes": spokes, "rim": rim, "bore": bore},
        finish=finish,
        standard="DIN 950",
        details=(f"{spokes} spokes",),
    )


DEMO = (
    bow(120, 40, 10, 0, "stainless"),
    bow(100, 36, 8, 18, "aluminium"),
    bridge(110, 36, 24, 9, "black-plastic"),
    lever(63, 18, 25, "orange-plastic"),
    machine(25, 80, 20, "black-plastic"),
    machine(20, 64, 16, "black-plastic"),
    handwheel(100, 3, 14, 12, "aluminium"),
    handwheel(125, 5, 16, 14, "black-plastic"),
)
STRANGERS = (bow(160, 30, 12, 0, "black-oxide"), handwheel(80, 4, 14, 10, "cast-iron"))


def drawn(random: Random) -> list[Part]:
    """Other lengths, sections and spokes."""
    metals = ("stainless", "aluminium", "black-oxide", "anodised-black", "brass")
    parts = []
    for length in (70, 90, 140, 180):
        section = max(6, round(length * random.uniform(0.06, 0.13)))
        feet = random.choice((0, round(section * 2.2)))
        parts.append(bow(length, round(length * random.uniform(0.25, 0.45)), section, feet, random.choice(metals)))
        thickness = max(5, round(length * random.uniform(0.06, 0.1)))
        parts.append(
            bridge(
                length,
                round(length * random.uniform(0.22, 0.4)),
                round(length * random.uniform(0.12, 0.3)),
                thickness,
                random.choice(PLASTICS),
            )
        )
    parts += [
        lever(
            arm,
            round(arm * random.uniform(0.22, 0.34)),
            round(arm * random.uniform(0.2, 0.6)),
            random.choice((*PLASTICS, "zinc")),
        )
        for arm in (40, 50, 78, 90, 110)
    ]
    parts += [
        machine(diameter, round(diameter * random.uniform(2.2, 4.0)), diameter, random.choice((*PLASTICS, *metals)))
        for diameter in (16, 20, 30, 36)
    ]
    parts += [
        handwheel(
            diameter,
            spokes,
            round(diameter * random.uniform(0.1, 0.18)),
            14,
            random.choice((*metals, "cast-iron", "black-plastic", "red-plastic")),
        )
        for spokes, diameter in ((2, 90), (3, 140), (4, 160), (5, 200), (6, 110))
    ]
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
