"""Gears of metric module, and racks and worms that mesh with them."""

from random import Random

from service.starter.parts.part import Family, Part

CATEGORY = "Gears"


def spur(module: float, teeth: int, width: int, bore: int, hub: int, windows: int, finish: str) -> Part:
    """A spur gear; hub diameter (0: none) and bore in millimetres, ``windows`` round openings in the web."""
    return Part(
        part_number=f"SG-m{module:g}-z{teeth}-b{width}" + (f"-W{windows}" if windows else ""),
        name=f"Spur gear module {module:g}, {teeth} teeth",
        category=CATEGORY,
        recipe="spur_gear",
        dimensions={"module": module, "teeth": teeth, "width": width, "bore": bore, "hub": hub, "windows": windows},
        finish=finish,
        details=(f"{teeth} teeth",),
    )


def helical(module: float, teeth: int, width: int, bore: int, angle: int, finish: str) -> Part:
    """A helical gear; helix angle in degrees."""
    return Part(
        part_number=f"HG-m{module:g}-z{teeth}-b{width}-{angle}deg",
        name=f"Helical gear module {module:g}, {teeth} teeth",
        category=CATEGORY,
        recipe="helical_gear",
        dimensions={"module": module, "teeth": teeth, "width": width, "bore": bore, "angle": angle},
        finish=finish,
        details=(f"{teeth} teeth",),
    )


def rack(module: float, teeth: int, width: int, finish: str) -> Part:
    """A gear rack."""
    return Part(
        part_number=f"GR-m{module:g}-z{teeth}-b{width}",
        name=f"Gear rack module {module:g}, {teeth} teeth",
        category=CATEGORY,
        recipe="rack",
        dimensions={"module": module, "teeth": teeth, "width": width},
        finish=finish,
    )


def worm(module: float, starts: int, length: int, shaft: int, finish: str) -> Part:
    """A worm on a shaft that stands out on both sides by ``shaft`` millimetres."""
    return Part(
        part_number=f"WM-m{module:g}-{starts}-{length}",
        name=f"Worm module {module:g}, {starts} start{'s' if starts > 1 else ''}",
        category=CATEGORY,
        recipe="worm",
        dimensions={"module": module, "starts": starts, "length": length, "shaft": shaft},
        finish=finish,
    )


def bevel(teeth: int, diameter: int, width: int, bore: int, finish: str) -> Part:
    """A straight bevel gear of 45 degrees; outer diameter in millimetres."""
    return Part(
        part_number=f"BG-z{teeth}-d{diameter}",
        name=f"Bevel gear {teeth} teeth",
        category=CATEGORY,
        recipe="bevel_gear",
        dimensions={"teeth": teeth, "diameter": diameter, "width": width, "bore": bore},
        finish=finish,
        details=(f"{teeth} teeth",),
    )


DEMO = (
    spur(2, 18, 20, 10, 0, 0, "zinc"),
    spur(1, 18, 10, 5, 0, 0, "zinc"),
    spur(1.5, 40, 8, 12, 24, 6, "aluminium"),
    spur(2, 28, 10, 8, 26, 0, "white-plastic"),
    helical(2, 24, 16, 12, 25, "black-oxide"),
    rack(2, 16, 15, "zinc"),
    worm(2.5, 1, 36, 16, "bronze"),
    bevel(20, 44, 12, 10, "brass"),
    bevel(20, 66, 18, 15, "brass"),
)
STRANGERS = (spur(2.5, 22, 14, 12, 0, 5, "red-plastic"), bevel(32, 60, 12, 16, "zinc"))


def drawn(random: Random) -> list[Part]:
    """Other tooth counts and widths."""
    finishes = (
        "zinc",
        "black-oxide",
        "brass",
        "aluminium",
        "white-plastic",
        "black-plastic",
        "ivory-plastic",
        "red-plastic",
        "blue-plastic",
    )
    parts = []
    for teeth in random.sample(range(11, 60), 7):
        width = max(5, round(teeth * random.uniform(0.25, 1.2)))
        bore, hub = round(teeth * 0.3) + 2, random.choice((0, round(teeth * 0.9)))
        windows = random.choice((0, 0, 4, 5, 6)) if teeth >= 32 else 0
        parts.append(spur(2 if teeth < 40 else 1.5, teeth, width, bore, hub, windows, random.choice(finishes)))
        if teeth < 40:
            parts.append(helical(2, teeth + 1, width + 2, bore, random.choice((15, 20, 30)), random.choice(finishes)))
        if teeth < 30:
            bevelled = (teeth + 2, round(teeth * 2.1), round(teeth * 0.4) + 3, round(teeth * 0.4))
            parts.append(bevel(*bevelled, random.choice(finishes)))
    parts += [rack(2, random.randint(7, 26), random.randint(10, 26), random.choice(finishes)) for _ in range(2)]
    for _ in range(2):
        starts, length, shaft = random.choice((1, 2)), random.randint(20, 60), random.randint(3, 18)
        parts.append(worm(2, starts, length, shaft, random.choice((*finishes[:4], "bronze"))))
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
