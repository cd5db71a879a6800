"""Nuts of ISO and DIN standards, and threaded inserts."""

from random import Random

from service.starter.parts.finishes import FASTENER_FINISHES
from service.starter.parts.part import Family, Part
from service.starter.parts.screws import PITCHES

CATEGORY = "Nuts"

KINDS = {
    "hex": ("HexNut", "iso4032", "ISO 4032", "Hexagon nut"),
    "thin": ("HexNut", "iso4035", "ISO 4035", "Thin hexagon nut"),
    "flange": ("HexNutWithFlange", "din1665", "DIN EN 1661", "Hexagon nut with flange"),
    "domed": ("DomedCapNut", "din1587", "DIN 1587", "Domed cap nut"),
    "square": ("SquareNut", "din557", "DIN 557", "Square nut"),
}
THREADS = ("M5", "M6", "M8", "M10", "M12", "M16")
INSERTS = (("M3", 5.7), ("M5", 9.5), ("M6", 12.7), ("M8", 12.7), ("M10", 12.7), ("M5", 5.8))


def nut(kind: str, thread: str, finish: str) -> Part:
    """A nut with a metric coarse thread."""
    model, variety, standard, name = KINDS[kind]
    return Part(
        part_number=f"{standard} - {thread}",
        name=f"{name} {thread}",
        category=CATEGORY,
        recipe="nut",
        dimensions={"model": model, "variety": variety, "size": f"{thread}-{PITCHES[thread]:g}"},
        finish=finish,
        standard=standard,
        thread=thread,
    )


def insert(thread: str, length: float, finish: str) -> Part:
    """A heat-set insert for plastic, of the maker's table in bd_warehouse; length in millimetres."""
    size = f"{thread}-{PITCHES[thread]:g}-{length:g}"
    return Part(
        part_number=f"CK-INSERT-{thread}x{length:g}",
        name=f"Heat-set insert {thread}x{length:g}",
        category=CATEGORY,
        recipe="nut",
        dimensions={"model": "HeatSetNut", "variety": "CNCKitchen", "size": size},
        finish=finish,
        thread=thread,
    )


def knurled(diameter: int, height: int, collar: int, thread: str, finish: str) -> Part:
    """A knurled thumb nut after DIN 466 (high) and DIN 467 (flat, no collar); millimetres."""
    standard = "DIN 466" if collar else "DIN 467"
    return Part(
        part_number=f"{standard} - {thread}-{diameter}x{height}",
        name=f"Knurled thumb nut {thread}",
        category=CATEGORY,
        recipe="knurled_nut",
        dimensions={"diameter": diameter, "height": height, "collar": collar, "bore": float(thread[1:])},
        finish=finish,
        standard=standard,
        thread=thread,
    )


def wing(span: int, height: int, thread: str, finish: str) -> Part:
    """A wing nut after DIN 315; millimetres."""
    return Part(
        part_number=f"DIN 315 - {thread}-{span}",
        name=f"Wing nut {thread}",
        category=CATEGORY,
        recipe="wing_nut",
        dimensions={"span": span, "height": height, "bore": float(thread[1:])},
        finish=finish,
        standard="DIN 315",
        thread=thread,
    )


DEMO = (
    nut("hex", "M8", "zinc"),
    nut("hex", "M6", "zinc"),
    nut("hex", "M12", "zinc"),
    nut("thin", "M10", "brass"),
    nut("flange", "M8", "yellow-zinc"),
    nut("domed", "M8", "stainless"),
    nut("domed", "M10", "stainless"),
    nut("square", "M8", "black-oxide"),
    insert("M4", 8.1, "brass"),
    knurled(20, 12, 4, "M6", "stainless"),
    wing(32, 16, "M6", "zinc"),
)
STRANGERS = (nut("domed", "M6", "brass"), wing(38, 14, "M8", "brass"))


def drawn(random: Random) -> list[Part]:
    """Other threads, other proportions."""
    taken = {p.shape_key for p in (*DEMO, *STRANGERS)}
    parts = [nut(k, t, random.choice(FASTENER_FINISHES)) for k in KINDS for t in random.sample(THREADS, 3)]
    parts.append(insert(*random.choice(INSERTS), random.choice(("brass", "brass", "stainless"))))
    for _ in range(4):
        diameter, thread = random.randint(14, 44), random.choice(("M4", "M5", "M6", "M8", "M10"))
        height, collar = round(diameter * random.uniform(0.25, 0.7)), random.choice((0, round(diameter * 0.2)))
        parts.append(knurled(diameter, height, collar, thread, random.choice(FASTENER_FINISHES)))
    for _ in range(4):
        span, thread = random.randint(18, 60), random.choice(("M4", "M5", "M6", "M8", "M10"))
        parts.append(wing(span, round(span * random.uniform(0.35, 0.6)), thread, random.choice(FASTENER_FINISHES)))
    return [p for p in parts if p.shape_key not in taken]


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
