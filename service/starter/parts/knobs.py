"""Knobs and grips for the hand."""

from random import Random

from service.starter.parts.finishes import PLASTICS
from service.starter.parts.part import Family, Part

CATEGORY = "Knobs"


def lobed(lobes: int, diameter: int, height: int, stud: int, finish: str) -> Part:
    """A star knob after DIN 6336; ``stud`` is the length of a threaded stud below it (0: a brass bush instead)."""
    return Part(
        part_number=f"DIN 6336 - {lobes}L-{diameter}" + (f"-S{stud}" if stud else ""),
        name=f"Star knob with {lobes} lobes, {diameter} mm",
        category=CATEGORY,
        recipe="lobed_knob",
        dimensions={"lobes": lobes, "diameter": diameter, "height": height, "stud": stud},
        finish=finish,
        standard="DIN 6336",
        details=(f"{lobes} lobes", "with threaded stud" if stud else "with brass bush"),
    )


def ball(diameter: int, stud: int, finish: str) -> Part:
    """A ball knob after DIN 319, with a bush or a stud (length in millimetres)."""
    return Part(
        part_number=f"DIN 319 - {diameter}" + (f"-S{stud}" if stud else ""),
        name=f"Ball knob {diameter} mm",
        category=CATEGORY,
        recipe="ball_knob",
        dimensions={"diameter": diameter, "stud": stud},
        finish=finish,
        standard="DIN 319",
    )


def mushroom(diameter: int, height: int, neck: int, finish: str) -> Part:
    """A mushroom knob; millimetres."""
    return Part(
        part_number=f"MK-{diameter}-{height}",
        name=f"Mushroom knob {diameter} mm",
        category=CATEGORY,
        recipe="mushroom_knob",
        dimensions={"diameter": diameter, "height": height, "neck": neck},
        finish=finish,
    )


def control(diameter: int, height: int, ribs: int, pointer: int, finish: str) -> Part:
    """A ribbed control knob with a pointer line (1) or without (0); millimetres."""
    return Part(
        part_number=f"CK-{diameter}x{height}-{ribs}R" + ("-P" if pointer else ""),
        name=f"Control knob {diameter}x{height}",
        category=CATEGORY,
        recipe="control_knob",
        dimensions={"diameter": diameter, "height": height, "ribs": ribs, "pointer": pointer},
        finish=finish,
        details=(f"{ribs} ribs",),
    )


def wing(span: int, height: int, stud: int, finish: str) -> Part:
    """A wing grip with a threaded stud; millimetres."""
    return Part(
        part_number=f"WG-{span}-{height}-S{stud}",
        name=f"Wing grip {span} mm",
        category=CATEGORY,
        recipe="wing_grip",
        dimensions={"span": span, "height": height, "stud": stud},
        finish=finish,
    )


DEMO = (
    lobed(5, 50, 24, 0, "red-plastic"),
    lobed(5, 50, 24, 30, "black-plastic"),
    lobed(7, 63, 22, 0, "black-plastic"),
    lobed(3, 40, 20, 25, "orange-plastic"),
    ball(32, 0, "red-plastic"),
    ball(24, 0, "red-plastic"),
    ball(48, 0, "red-plastic"),
    mushroom(36, 30, 16, "black-plastic"),
    mushroom(54, 45, 24, "black-plastic"),
    control(30, 18, 24, 1, "grey-plastic"),
    wing(48, 24, 20, "yellow-plastic"),
)
STRANGERS = (
    lobed(6, 56, 26, 20, "blue-plastic"),
    control(44, 14, 10, 0, "black-plastic"),
    ball(40, 30, "ivory-plastic"),
)


def drawn(random: Random) -> list[Part]:
    """Other numbers of lobes and ribs, other proportions and colours."""
    parts = []
    for lobes in (3, 4, 4, 5, 5, 6, 7, 8, 10):
        diameter = random.randint(32, 92)
        stud = random.choice((0, round(diameter * random.uniform(0.4, 0.9))))
        parts.append(lobed(lobes, diameter, round(diameter * random.uniform(0.3, 0.6)), stud, random.choice(PLASTICS)))
    for diameter in random.sample(range(18, 60), 3):
        stud = random.choice((0, round(diameter * random.uniform(0.5, 1.4))))
        parts.append(ball(diameter, stud, random.choice((*PLASTICS, "stainless", "aluminium"))))
        parts.append(
            mushroom(
                diameter + 2,
                round(diameter * random.uniform(0.6, 1.1)),
                round(diameter * 0.45),
                random.choice(PLASTICS),
            )
        )
    for ribs in (8, 12, 16, 32, 40):
        diameter = random.choice((16, 22, 26, 36, 40))
        parts.append(
            control(
                diameter,
                round(diameter * random.uniform(0.4, 0.9)),
                ribs,
                random.choice((0, 1)),
                random.choice((*PLASTICS, "aluminium")),
            )
        )
    parts += [
        wing(
            span,
            round(span * random.uniform(0.35, 0.6)),
            round(span * random.uniform(0.3, 0.8)),
            random.choice(PLASTICS),
        )
        for span in (30, 38, 56, 64)
    ]
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
