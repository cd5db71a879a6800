"""Screws of ISO and DIN standards."""

from random import Random

from service.starter.parts.finishes import FASTENER_FINISHES
from service.starter.parts.part import Family, Part

CATEGORY = "Screws"

# kind: (class and type in bd_warehouse, standard, name)
KINDS = {
    "socket": ("SocketHeadCapScrew", "iso4762", "ISO 4762", "Hexagon socket head cap screw"),
    "hex": ("HexHeadScrew", "iso4017", "ISO 4017", "Hexagon head screw"),
    "hex-flange": ("HexHeadWithFlangeScrew", "din1665", "DIN EN 1665", "Hexagon flange screw"),
    "countersunk-socket": ("CounterSunkScrew", "iso10642", "ISO 10642", "Countersunk screw with hexagon socket"),
    "countersunk-slot": ("CounterSunkScrew", "iso2009", "ISO 2009", "Slotted countersunk screw"),
    "countersunk-cross": ("CounterSunkScrew", "iso7046", "ISO 7046", "Cross-recessed countersunk screw"),
    "countersunk-lobular": ("CounterSunkScrew", "iso14581", "ISO 14581", "Hexalobular countersunk screw"),
    "pan-slot": ("PanHeadScrew", "iso1580", "ISO 1580", "Slotted pan head screw"),
    "pan-lobular": ("PanHeadScrew", "iso14583", "ISO 14583", "Hexalobular pan head screw"),
    "pan-collar": ("PanHeadWithCollarScrew", "din967", "DIN 967", "Cross-recessed pan head screw with collar"),
    "button": ("ButtonHeadScrew", "iso7380_1", "ISO 7380-1", "Button head screw"),
    "button-collar": ("ButtonHeadWithCollarScrew", "iso7380_2", "ISO 7380-2", "Button head screw with collar"),
    "cheese": ("CheeseHeadScrew", "iso1207", "ISO 1207", "Slotted cheese head screw"),
    "raised-cheese": ("RaisedCheeseHeadScrew", "iso7045", "ISO 7045", "Cross-recessed raised cheese head screw"),
    "oval": ("RaisedCounterSunkOvalHeadScrew", "iso2010", "ISO 2010", "Slotted raised countersunk screw"),
    "set": ("SetScrew", "iso4026", "ISO 4026", "Hexagon socket set screw with flat point"),
}
PITCHES = {"M3": 0.5, "M4": 0.7, "M5": 0.8, "M6": 1.0, "M8": 1.25, "M10": 1.5, "M12": 1.75, "M16": 2.0}


def screw(kind: str, thread: str, length: int, finish: str) -> Part:
    """A screw with a metric coarse thread; length in millimetres below the head as the standard counts it."""
    model, variety, standard, name = KINDS[kind]
    size = f"{thread}-{PITCHES[thread]:g}"
    return Part(
        part_number=f"{standard} - {thread}x{length}",
        name=f"{name} {thread}x{length}",
        category=CATEGORY,
        recipe="screw",
        dimensions={"model": model, "variety": variety, "size": size, "length": length},
        finish=finish,
        standard=standard,
        thread=thread,
    )


DEMO = (
    screw("socket", "M6", 20, "black-oxide"),
    screw("socket", "M6", 60, "zinc"),
    screw("socket", "M8", 80, "zinc"),
    screw("hex", "M8", 30, "zinc"),
    screw("hex", "M8", 80, "stainless"),
    screw("hex", "M10", 100, "stainless"),
    screw("hex-flange", "M8", 25, "yellow-zinc"),
    screw("countersunk-socket", "M6", 25, "black-oxide"),
    screw("countersunk-slot", "M5", 30, "brass"),
    screw("pan-slot", "M5", 10, "brass"),
    screw("pan-lobular", "M5", 25, "stainless"),
    screw("button", "M8", 16, "stainless"),
    screw("button", "M6", 12, "stainless"),
    screw("button-collar", "M6", 40, "black-oxide"),
    screw("raised-cheese", "M4", 30, "yellow-zinc"),
    screw("set", "M8", 20, "black-oxide"),
    screw("set", "M10", 25, "black-oxide"),
)
STRANGERS = (
    screw("hex", "M10", 50, "black-oxide"),
    screw("cheese", "M6", 30, "stainless"),
    screw("oval", "M5", 16, "zinc"),
)


def drawn(random: Random) -> list[Part]:
    """Every kind in threads and lengths that neither the demo nor its strangers use."""
    taken = {p.shape_key for p in (*DEMO, *STRANGERS)}
    parts: dict[str, Part] = {}
    for kind, (_, variety, _, _) in KINDS.items():
        threads = ["M5", "M6", "M8", "M10"] if variety in {"din1665", "iso7380_1", "iso7380_2"} else ["M4", "M5", "M6"]
        for ratio in (1.5, 3.0, 5.0, 8.0):
            thread = random.choice(threads)
            length = max(4, round(ratio * float(thread[1:]) / 2) * 2 - random.choice((0, 1)))
            part = screw(kind, thread, length, random.choice(FASTENER_FINISHES))
            if part.shape_key not in taken and part.part_number not in parts:
                parts[part.part_number] = part
    return list(parts.values())


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
