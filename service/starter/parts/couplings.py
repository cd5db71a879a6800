"""Shaft couplings and shaft collars."""

from random import Random

from service.starter.parts.part import Family, Part

CATEGORY = "Couplings"


def jaw(diameter: int, length: int, bore: int, jaws: int, spider: int, finish: str) -> Part:
    """A jaw coupling hub, with its plastic spider in place (1) or without (0); millimetres."""
    return Part(
        part_number=f"JC-{diameter}-{bore}-{jaws}J" + ("-S" if spider else ""),
        name=f"Jaw coupling hub {diameter} mm, {jaws} jaws",
        category=CATEGORY,
        recipe="jaw_coupling",
        dimensions={"diameter": diameter, "length": length, "bore": bore, "jaws": jaws, "spider": spider},
        finish=finish,
        details=(f"{jaws} jaws", *(("with red spider",) if spider else ())),
    )


def rigid(diameter: int, length: int, bore: int, screws: int, finish: str) -> Part:
    """A slit clamping sleeve with ``screws`` clamping screws; millimetres."""
    return Part(
        part_number=f"RC-{diameter}x{length}-{bore}-{screws}",
        name=f"Rigid clamp coupling {diameter}x{length}",
        category=CATEGORY,
        recipe="rigid_coupling",
        dimensions={"diameter": diameter, "length": length, "bore": bore, "screws": screws},
        finish=finish,
        details=(f"{screws} clamping screws",),
    )


def slit(diameter: int, length: int, bore: int, slits: int, finish: str) -> Part:
    """A flexible coupling with alternating slits; millimetres."""
    return Part(
        part_number=f"FC-{diameter}x{length}-{bore}-{slits}",
        name=f"Flexible slit coupling {diameter}x{length}",
        category=CATEGORY,
        recipe="slit_coupling",
        dimensions={"diameter": diameter, "length": length, "bore": bore, "slits": slits},
        finish=finish,
        details=(f"{slits} slits",),
    )


def flanged(diameter: int, hub: int, length: int, bore: int, bolts: int, finish: str) -> Part:
    """A flange coupling half; millimetres."""
    return Part(
        part_number=f"FL-{diameter}-{hub}-{bolts}",
        name=f"Flange coupling half {diameter} mm",
        category=CATEGORY,
        recipe="flange_coupling",
        dimensions={"diameter": diameter, "hub": hub, "length": length, "bore": bore, "bolts": bolts},
        finish=finish,
        details=(f"{bolts} bolt holes",),
    )


DEMO = (
    jaw(40, 38, 14, 3, 1, "aluminium"),
    jaw(55, 50, 20, 4, 0, "cast-iron"),
    rigid(30, 50, 12, 2, "black-oxide"),
    slit(25, 32, 8, 4, "aluminium"),
    flanged(80, 40, 42, 20, 6, "anodised-blue"),
    flanged(120, 60, 63, 30, 6, "anodised-blue"),
)
STRANGERS = (jaw(48, 30, 16, 2, 1, "anodised-blue"), slit(30, 60, 10, 6, "stainless"))


def drawn(random: Random) -> list[Part]:
    """Other bores, jaws, slits and bolts."""
    finishes = ("aluminium", "zinc", "black-oxide", "stainless", "anodised-red", "anodised-blue", "cast-iron")
    parts = []
    for jaws, diameter in ((2, 30), (3, 50), (3, 65), (4, 80), (5, 70)):
        length, bore = round(diameter * random.uniform(0.6, 1.2)), round(diameter * random.uniform(0.25, 0.45))
        parts.append(jaw(diameter, length, bore, jaws, random.choice((0, 1)), random.choice(finishes)))
    for diameter in (20, 35, 45, 60):
        bore = round(diameter * random.uniform(0.3, 0.5))
        parts.append(
            rigid(
                diameter,
                round(diameter * random.uniform(0.5, 2.0)),
                bore,
                random.choice((1, 2, 3)),
                random.choice(finishes),
            )
        )
        parts.append(
            slit(
                diameter - 2,
                round(diameter * random.uniform(1.0, 1.7)),
                bore,
                random.choice((3, 5, 6)),
                random.choice(finishes),
            )
        )
        hub = round(diameter * random.uniform(0.8, 1.1))
        parts.append(
            flanged(
                diameter * 2,
                hub,
                round(diameter * random.uniform(0.5, 1.3)),
                bore,
                random.choice((3, 4, 8)),
                random.choice(finishes),
            )
        )
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
