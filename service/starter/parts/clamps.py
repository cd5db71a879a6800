"""Pipe clamps, shaft collars, U-bolts."""

from random import Random

from service.starter.parts.part import Family, Part

CATEGORY = "Clamps"


def saddle(pipe: int, width: int, sheet: int, feet: int, finish: str) -> Part:
    """A pipe saddle with one or two feet; pipe diameter in millimetres."""
    return Part(
        part_number=f"PS-{pipe}-{width}-{feet}",
        name=f"Pipe saddle {pipe} mm, {'two feet' if feet > 1 else 'one foot'}",
        category=CATEGORY,
        recipe="pipe_saddle",
        dimensions={"pipe": pipe, "width": width, "sheet": sheet, "feet": feet},
        finish=finish,
    )


def collar(outer: int, bore: int, width: int, halves: int, finish: str) -> Part:
    """A shaft collar in one or two pieces; millimetres."""
    return Part(
        part_number=f"SC-{bore}x{outer}x{width}-{halves}",
        name=f"{'Two' if halves > 1 else 'One'}-piece shaft collar {bore} mm",
        category=CATEGORY,
        recipe="shaft_collar",
        dimensions={"diameter": outer, "bore": bore, "width": width, "halves": halves},
        finish=finish,
    )


def u_bolt(span: int, leg: int, rod: int, finish: str) -> Part:
    """A U-bolt after DIN 3570; inner span, leg length, rod diameter in millimetres."""
    return Part(
        part_number=f"DIN 3570 - {span}-M{rod}x{leg}",
        name=f"U-bolt {span} mm, M{rod}",
        category=CATEGORY,
        recipe="u_bolt",
        dimensions={"span": span, "leg": leg, "rod": rod},
        finish=finish,
        standard="DIN 3570",
        thread=f"M{rod}",
    )


def hose(diameter: int, band: int, finish: str) -> Part:
    """A worm-drive hose clamp after DIN 3017; millimetres."""
    return Part(
        part_number=f"DIN 3017 - {diameter}-{band}",
        name=f"Hose clamp {diameter} mm, band {band} mm",
        category=CATEGORY,
        recipe="hose_clamp",
        dimensions={"diameter": diameter, "band": band},
        finish=finish,
        standard="DIN 3017",
    )


def block(pipe: int, length: int, width: int, finish: str) -> Part:
    """A two-part pipe clamp block after DIN 3015; millimetres."""
    return Part(
        part_number=f"DIN 3015 - {pipe}-{length}x{width}",
        name=f"Pipe clamp block {pipe} mm",
        category=CATEGORY,
        recipe="clamp_block",
        dimensions={"pipe": pipe, "length": length, "width": width},
        finish=finish,
        standard="DIN 3015",
    )


DEMO = (
    saddle(22, 16, 2, 2, "zinc"),
    collar(32, 16, 12, 1, "black-oxide"),
    collar(48, 24, 18, 1, "black-oxide"),
    collar(40, 20, 15, 2, "aluminium"),
    u_bolt(42, 70, 8, "stainless"),
    hose(36, 12, "stainless"),
    block(22, 64, 30, "green-plastic"),
)
STRANGERS = (saddle(30, 20, 2, 1, "copper"), block(16, 50, 40, "black-plastic"))


def drawn(random: Random) -> list[Part]:
    """Other pipes, bores and rods."""
    metals = ("zinc", "stainless", "copper", "yellow-zinc", "black-oxide", "aluminium")
    plastics = ("black-plastic", "white-plastic", "blue-plastic", "red-plastic", "grey-plastic", "green-plastic")
    parts = []
    for pipe in (12, 18, 28, 40):
        parts.append(
            saddle(
                pipe,
                round(pipe * random.uniform(0.5, 1.0)),
                2,
                random.choice((1, 2)),
                random.choice((*metals, *plastics)),
            )
        )
        outer, width = round(pipe * random.uniform(1.7, 2.3)), round(pipe * random.uniform(0.5, 0.9))
        parts.append(collar(outer, pipe, width, 1, random.choice(metals)))
        parts.append(collar(outer + 4, pipe + 2, width, 2, random.choice(metals)))
        parts.append(
            block(
                pipe + 3,
                round(pipe * 2 + random.uniform(16, 30)),
                round(pipe * random.uniform(0.8, 1.5)),
                random.choice(plastics),
            )
        )
    for span, rod in ((25, 6), (34, 6), (60, 10), (76, 8)):
        parts.append(u_bolt(span, round(span * random.uniform(1.1, 2.0)), rod, random.choice(metals[:4])))
    bands = ("zinc", "stainless", "yellow-zinc")
    parts += [hose(random.randint(16, 90), band, random.choice(bands)) for band in (9, 9, 12)]
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
