"""Electrical connectors, cable glands and crimp terminals."""

from random import Random

from service.starter.parts.finishes import PLASTICS
from service.starter.parts.part import Family, Part

CATEGORY = "Connectors"
METAL_HOUSINGS = ("brass", "zinc", "stainless", "aluminium", "anodised-black")


def block(poles: int, pitch: float, height: float, depth: float, screws: int, finish: str) -> Part:
    """A terminal block with a screw to each pole, or a terminal strip with two; millimetres."""
    kind, sign = ("strip", "TS") if screws == 2 else ("block", "TB")
    return Part(
        part_number=f"{sign}-{pitch:g}-{poles}-{height:g}x{depth:g}",
        name=f"Terminal {kind} {poles}x{pitch:g} mm",
        category=CATEGORY,
        recipe="terminal_block",
        dimensions={"poles": poles, "pitch": pitch, "height": height, "depth": depth, "screws": screws},
        finish=finish,
        details=(f"{poles} poles", f"{poles * screws} screws"),
    )


def header(rows: int, pins: int, pitch: float, length: float, angled: int, finish: str) -> Part:
    """A pin header of one or two rows, straight or angled (1); ``length`` is that of a pin above the bar."""
    return Part(
        part_number=f"PH-{rows}x{pins}-{pitch:g}-L{length:g}" + ("-RA" if angled else ""),
        name=f"Pin header {rows}x{pins}, {pitch:g} mm",
        category=CATEGORY,
        recipe="pin_header",
        dimensions={"rows": rows, "pins": pins, "pitch": pitch, "length": length, "angled": angled},
        finish=finish,
        details=(f"{rows * pins} pins", *(("2 rows",) if rows == 2 else ()), "angled" if angled else "straight"),
    )


def circular(
    size: int, pins: int, length: int, ring: str, gender: str, angled: int, metal_ring: int, finish: str
) -> Part:
    """A round plug of a metric size on a cable; with a metal coupling ring (1) or one of its own material (0)."""
    code = f"{ring[0]}{gender[0]}{'a' if angled else 's'}{'m' if metal_ring else 'p'}".upper()
    return Part(
        part_number=f"IEC 61076-2-101 - M{size}-{pins}-{length}{code}",
        name=f"Circular connector M{size}-{pins}",
        category=CATEGORY,
        recipe="circular_connector",
        dimensions={
            "diameter": size,
            "pins": pins,
            "length": length,
            "ring": ring,
            "gender": gender,
            "angled": angled,
            "metal_ring": metal_ring,
        },
        finish=finish,
        standard="IEC 61076-2-101",
        thread=f"M{size}",
        details=(f"{pins} {'pins' if gender == 'male' else 'sockets'}", f"with {ring} ring", *_bend(angled)),
    )


def _bend(angled: int) -> tuple[str, ...]:
    return ("angled",) if angled else ()


def gland(
    size: int, length: int, across_flats: int, dome: int, grooves: int, locknut: int, guard: int, finish: str
) -> Part:
    """A cable gland of a metric size; ``guard`` is the length of a spring guard (0: none); millimetres."""
    extras = ("L" if locknut else "") + (f"G{guard}" if guard else "")
    return Part(
        part_number=f"EN 62444 - M{size}x{length}-{across_flats}-{dome}-{grooves}" + (f"-{extras}" if extras else ""),
        name=f"Cable gland M{size}",
        category=CATEGORY,
        recipe="cable_gland",
        dimensions={
            "thread": size,
            "length": length,
            "across_flats": across_flats,
            "dome": dome,
            "grooves": grooves,
            "locknut": locknut,
            "guard": guard,
        },
        finish=finish,
        standard="EN 62444",
        thread=f"M{size}",
        details=(
            f"{grooves} grooves",
            *(("with lock nut",) if locknut else ()),
            *(("with spring guard",) if guard else ()),
        ),
    )


def boxed(kind: str, width: float, height: float, depth: float, rows: int, pins: int, ears: int, finish: str) -> Part:
    """A "d-sub" or "rectangular" connector with or without flange ears; ``pins`` is a row's; millimetres."""
    sign = "DS" if kind == "d-sub" else "RC"
    return Part(
        part_number=f"{sign}-{rows}x{pins}-{width:g}x{height:g}x{depth:g}" + ("-F" if ears else ""),
        name=f"{kind.capitalize()} connector {rows}x{pins}",
        category=CATEGORY,
        recipe="box_connector",
        dimensions={
            "kind": kind,
            "width": width,
            "height": height,
            "depth": depth,
            "rows": rows,
            "pins": pins,
            "ears": ears,
        },
        finish=finish,
        details=(f"{rows * pins} pins", *(("with flange ears",) if ears else ())),
    )


def crimp(kind: str, hole: float, width: float, reach: float, barrel: float, sleeve: float, finish: str) -> Part:
    """An insulated crimp terminal with a "ring", "fork" or "blade" tongue; the finish is its sleeve's; millimetres."""
    return Part(
        part_number=f"DIN 46237 - {kind[0].upper()}{hole:g}-{width:g}x{reach:g}-{barrel:g}x{sleeve:g}",
        name=f"{kind.capitalize()} terminal {hole:g} mm",
        category=CATEGORY,
        recipe="ring_terminal",
        dimensions={
            "kind": kind,
            "hole": hole,
            "width": width,
            "reach": reach,
            "barrel": barrel,
            "sleeve": sleeve,
        },
        finish=finish,
        standard="DIN 46237",
        details=(f"with {kind} tongue", "insulated"),
    )


DEMO = (
    block(3, 5.08, 10, 8, 1, "green-plastic"),
    block(4, 5.08, 10, 8, 1, "green-plastic"),
    block(6, 8, 14, 18, 2, "ivory-plastic"),
    header(1, 8, 2.54, 6, 0, "black-plastic"),
    header(2, 8, 2.54, 6, 0, "black-plastic"),
    header(2, 5, 2.54, 7.5, 1, "blue-plastic"),
    circular(12, 4, 36, "knurled", "male", 0, 1, "black-plastic"),
    circular(12, 5, 36, "hexagon", "female", 0, 1, "orange-plastic"),
    gland(20, 10, 24, 17, 15, 0, 0, "grey-plastic"),
    gland(20, 10, 24, 17, 12, 1, 0, "brass"),
    boxed("d-sub", 18, 9, 12, 2, 4, 1, "black-plastic"),
    boxed("rectangular", 32, 9, 9, 2, 10, 0, "grey-plastic"),
    crimp("ring", 6.4, 12, 11, 5.4, 12, "blue-plastic"),
    crimp("fork", 5.3, 9.5, 9, 5, 11, "red-plastic"),
)
STRANGERS = (
    block(8, 5.08, 10, 8, 1, "orange-plastic"),
    circular(12, 8, 30, "knurled", "male", 1, 0, "yellow-plastic"),
    gland(25, 12, 30, 16, 8, 0, 60, "black-plastic"),
    crimp("ring", 8.4, 15, 13, 6.8, 14, "yellow-plastic"),
)


def _some_block(random: Random) -> Part:
    pitch, screws = random.choice((2.5, 3.5, 3.81, 5, 5.08, 7.5, 7.62, 10, 10.16, 12)), random.choice((1, 1, 2))
    height = round(pitch * random.uniform(1.2, 2.6) * (0.7 if screws == 2 else 1.0), 1)
    depth = round(height * random.uniform(0.7, 1.3) * (1.6 if screws == 2 else 1.0), 1)
    return block(random.randint(2, 12), pitch, height, depth, screws, random.choice(PLASTICS))


def _some_header(random: Random) -> Part:
    pitch = random.choice((1.27, 2, 2.5, 2.54, 3.96, 5.08))
    rows, pins, angled = random.choice((1, 2)), random.randint(2, 18), random.choice((0, 0, 1))
    return header(rows, pins, pitch, round(pitch * random.uniform(1.2, 5.5), 1), angled, random.choice(PLASTICS))


def _some_circular(random: Random) -> Part:
    size = random.choice((5, 8, 9, 12, 16, 23))
    return circular(
        size,
        random.randint(2, 12),
        round(size * random.uniform(1.4, 4.2)),
        random.choice(("knurled", "hexagon")),
        random.choice(("male", "female")),
        random.choice((0, 0, 1)),
        random.choice((0, 1)),
        random.choice((*PLASTICS, *METAL_HOUSINGS)),
    )


def _some_gland(random: Random) -> Part:
    size = random.choice((12, 16, 20, 25, 32, 40, 50, 63))
    return gland(
        size,
        round(size * random.uniform(0.3, 1.0)),
        round(size * random.uniform(1.15, 1.4)),
        round(size * random.uniform(0.5, 1.1)),
        random.randint(5, 20),
        random.choice((0, 0, 1)),
        random.choice((0, 0, round(size * random.uniform(1.2, 3.0)))),
        random.choice((*PLASTICS, *METAL_HOUSINGS)),
    )


def _some_boxed(random: Random) -> Part:
    kind, rows, pins = random.choice(("d-sub", "rectangular")), random.randint(1, 3), random.randint(2, 16)
    height = round(random.uniform(6, 20), 1)
    width = round(height * random.uniform(1.2, 1.6) + pins * height * random.uniform(0.06, 0.24), 1)
    depth = round(height * random.uniform(0.7, 2.2), 1)
    return boxed(kind, width, height, depth, rows, pins, random.choice((0, 1)), random.choice(PLASTICS))


def _some_crimp(random: Random) -> Part:
    barrel = round(random.uniform(3.5, 9), 1)
    width = round(barrel * random.uniform(1.1, 2.6), 1)
    hole, reach = round(width * random.uniform(0.35, 0.68), 1), round(width * random.uniform(0.75, 1.6), 1)
    kind, sleeve = random.choice(("ring", "ring", "fork", "blade")), round(barrel * random.uniform(1.5, 3.2), 1)
    return crimp(kind, hole, width, reach, barrel, sleeve, random.choice(PLASTICS))


def drawn(random: Random) -> list[Part]:
    """Seven of each kind, all dimensions drawn at random; no two of one shape."""
    makers = (_some_block, _some_header, _some_circular, _some_gland, _some_boxed, _some_crimp)
    parts = [make(random) for make in makers for _ in range(7)]
    shapes = {part.shape_key: part for part in parts}
    return list({part.part_number: part for part in shapes.values()}.values())


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
