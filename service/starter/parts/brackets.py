"""Brackets and plates bent or cut from sheet."""

from random import Random

from service.starter.parts.part import Family, Part

CATEGORY = "Brackets"


def angle(leg_a: int, leg_b: int, width: int, sheet: int, holes: int, gusset: int, finish: str) -> Part:
    """An angle bracket, ``holes`` in each leg, with a gusset (1) or without (0); millimetres."""
    return Part(
        part_number=f"AB-{leg_a}x{leg_b}x{width}-{holes}" + ("G" if gusset else ""),
        name=f"Angle bracket {leg_a}x{leg_b}x{width}",
        category=CATEGORY,
        recipe="angle_bracket",
        dimensions={"leg_a": leg_a, "leg_b": leg_b, "width": width, "sheet": sheet, "holes": holes, "gusset": gusset},
        finish=finish,
        details=(f"{2 * holes} holes", *(("with gusset",) if gusset else ())),
    )


def channel(length: int, width: int, height: int, sheet: int, holes: int, finish: str) -> Part:
    """A U bracket with holes in its base; millimetres."""
    return Part(
        part_number=f"UB-{length}x{width}x{height}-{holes}",
        name=f"U bracket {length}x{width}x{height}",
        category=CATEGORY,
        recipe="u_bracket",
        dimensions={"length": length, "width": width, "height": height, "sheet": sheet, "holes": holes},
        finish=finish,
        details=(f"{holes} holes",),
    )


def offset(length: int, width: int, step: int, sheet: int, finish: str) -> Part:
    """A Z bracket; millimetres."""
    return Part(
        part_number=f"ZB-{length}x{width}x{step}",
        name=f"Z bracket {length}x{width}x{step}",
        category=CATEGORY,
        recipe="z_bracket",
        dimensions={"length": length, "width": width, "step": step, "sheet": sheet},
        finish=finish,
    )


def plate(outline: str, length: int, width: int, sheet: int, holes: int, finish: str) -> Part:
    """A flat plate: ``outline`` is straight, tee, corner or slotted; millimetres."""
    return Part(
        part_number=f"FP-{outline[0].upper()}-{length}x{width}-{holes}",
        name=f"{outline.capitalize()} plate {length}x{width}",
        category=CATEGORY,
        recipe="flat_plate",
        dimensions={"outline": outline, "length": length, "width": width, "sheet": sheet, "holes": holes},
        finish=finish,
        details=(f"{holes} holes",),
    )


DEMO = (
    angle(40, 40, 30, 4, 1, 0, "zinc"),
    angle(60, 60, 45, 6, 1, 0, "zinc"),
    angle(60, 40, 40, 3, 2, 1, "black-oxide"),
    channel(60, 30, 30, 3, 2, "stainless"),
    offset(70, 25, 20, 3, "yellow-zinc"),
    plate("tee", 80, 20, 3, 5, "anodised-black"),
    plate("slotted", 90, 30, 4, 2, "aluminium"),
)
STRANGERS = (angle(80, 80, 15, 3, 3, 0, "yellow-zinc"), plate("corner", 70, 25, 3, 5, "zinc"))


def drawn(random: Random) -> list[Part]:
    """Other legs, steps and hole counts."""
    finishes = (
        "zinc",
        "stainless",
        "black-oxide",
        "yellow-zinc",
        "aluminium",
        "anodised-black",
        "anodised-blue",
        "black-plastic",
        "white-plastic",
    )
    parts = []
    for leg in (30, 50, 70, 100):
        other, width = round(leg * random.uniform(0.5, 1.1)), round(leg * random.uniform(0.25, 0.9))
        holes, gusset = random.choice((1, 2, 3)) if min(leg, other) >= 45 else 1, random.choice((0, 1))
        parts.append(angle(leg, other, max(12, width), 3, holes, gusset, random.choice(finishes)))
        parts.append(
            channel(
                leg,
                round(leg * random.uniform(0.3, 0.8)),
                round(leg * random.uniform(0.3, 0.9)),
                3,
                random.choice((1, 2, 3)),
                random.choice(finishes),
            )
        )
        parts.append(
            offset(
                leg,
                round(leg * random.uniform(0.25, 0.6)),
                round(leg * random.uniform(0.2, 0.5)),
                3,
                random.choice(finishes),
            )
        )
    for outline in ("straight", "tee", "corner", "slotted"):
        for length in (50, 120):
            width = round(length * random.uniform(0.22, 0.34))
            holes = {"straight": random.choice((2, 3, 4)), "slotted": random.choice((1, 3))}.get(
                outline, 5 if length > 60 else 3
            )
            parts.append(plate(outline, length, width, 3, holes, random.choice(finishes)))
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
