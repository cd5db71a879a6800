"""Chain sprockets and belt pulleys."""

from random import Random

from service.starter.parts.part import Family, Part

CATEGORY = "Sprockets and pulleys"


def sprocket(teeth: int, bore: int, bolts: int, hub: int, finish: str) -> Part:
    """A chain sprocket of half-inch pitch (ISO 606 08B); bore and hub diameter (0: none) in millimetres."""
    return Part(
        part_number=f"ISO 606 - 08B-{teeth}" + (f"-{bolts}H" if bolts else "") + (f"-D{hub}" if hub else ""),
        name=f"Chain sprocket 08B, {teeth} teeth",
        category=CATEGORY,
        recipe="sprocket",
        dimensions={"teeth": teeth, "bore": bore, "bolts": bolts, "hub": hub},
        finish=finish,
        standard="ISO 606",
        details=(f"{teeth} teeth",),
    )


def v_pulley(diameter: int, grooves: int, bore: int, finish: str) -> Part:
    """A V-belt pulley of profile SPZ; outer diameter and bore in millimetres."""
    return Part(
        part_number=f"ISO 4183 - SPZ-{diameter}-{grooves}",
        name=f"V-belt pulley {diameter}, {grooves} groove{'s' if grooves > 1 else ''}",
        category=CATEGORY,
        recipe="v_pulley",
        dimensions={"diameter": diameter, "grooves": grooves, "bore": bore},
        finish=finish,
        standard="ISO 4183",
        details=(f"{grooves} grooves",),
    )


def timing_pulley(teeth: int, width: int, bore: int, hub: int, finish: str) -> Part:
    """A timing-belt pulley with two flanges (5 mm pitch) and a hub of the given length; millimetres."""
    return Part(
        part_number=f"TP-5M-{teeth}-{width}" + (f"-H{hub}" if hub else ""),
        name=f"Timing pulley 5M, {teeth} teeth",
        category=CATEGORY,
        recipe="timing_pulley",
        dimensions={"teeth": teeth, "width": width, "bore": bore, "hub": hub},
        finish=finish,
        details=(f"{teeth} teeth", "two flanges"),
    )


DEMO = (
    sprocket(14, 12, 0, 34, "zinc"),
    sprocket(32, 30, 5, 0, "anodised-black"),
    v_pulley(63, 1, 14, "cast-iron"),
    v_pulley(126, 2, 28, "cast-iron"),
    v_pulley(71, 3, 16, "aluminium"),
    timing_pulley(20, 15, 8, 8, "aluminium"),
)
STRANGERS = (sprocket(24, 40, 4, 0, "anodised-red"), timing_pulley(40, 9, 14, 0, "black-plastic"))


def drawn(random: Random) -> list[Part]:
    """Other tooth counts, grooves and diameters."""
    finishes = ("zinc", "black-oxide", "aluminium", "anodised-black", "anodised-blue", "stainless")
    parts = []
    for _ in range(5):
        teeth = random.randint(10, 44)
        hub = random.choice((0, round(teeth * 2)))
        bolts = 0 if hub or teeth < 20 else random.choice((3, 4, 6))
        parts.append(sprocket(teeth, round(teeth * (0.8 if hub else 1.1)), bolts, hub, random.choice(finishes)))
    for _ in range(5):
        diameter, grooves = random.randint(45, 125), random.randint(1, 4)
        bore = round(diameter * random.uniform(0.15, 0.35))
        parts.append(v_pulley(diameter, grooves, bore, random.choice((*finishes, "cast-iron"))))
    for _ in range(5):
        teeth, width = random.randint(12, 50), random.choice((9, 12, 15, 20, 25))
        parts.append(
            timing_pulley(
                teeth, width, round(teeth * 0.4), random.choice((0, 6)), random.choice((*finishes, "white-plastic"))
            )
        )
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
