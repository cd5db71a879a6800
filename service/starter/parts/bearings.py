"""Rolling bearings in the boundary dimensions of ISO 15, and plain bushes."""

from random import Random

from service.starter.parts.part import Family, Part

CATEGORY = "Bearings"

# kind: class in bd_warehouse, prefix of our designation, name
KINDS = {
    "ball": ("SingleRowDeepGrooveBallBearing", "BB", "Deep groove ball bearing"),
    "sealed": ("SingleRowCappedDeepGrooveBallBearing", "BB-2RS", "Sealed deep groove ball bearing"),
    "angular": ("SingleRowAngularContactBallBearing", "AC", "Angular contact ball bearing"),
    "roller": ("SingleRowCylindricalRollerBearing", "CR", "Cylindrical roller bearing"),
    "tapered": ("SingleRowTaperedRollerBearing", "TR", "Tapered roller bearing"),
}


def bearing(kind: str, size: str, finish: str = "stainless") -> Part:
    """A bearing; size as bore-outside diameter-width in millimetres ("M8-22-7")."""
    model, prefix, name = KINDS[kind]
    bore, outer, width = (float(v) for v in size.removeprefix("M").split("-"))
    return Part(
        part_number=f"ISO 15 - {prefix}-{bore:g}x{outer:g}x{width:g}",
        name=f"{name} {bore:g}x{outer:g}x{width:g}",
        category=CATEGORY,
        recipe="bearing",
        dimensions={"model": model, "size": size, "bore": bore, "diameter": outer, "width": width},
        finish=finish,
        standard="ISO 15",
    )


def bush(bore: int, diameter: int, length: int, collar: int, finish: str) -> Part:
    """A plain bush after ISO 3547, with a collar of the given diameter or none (0); millimetres."""
    name = "Flanged bush" if collar else "Bush"
    suffix = f"F{collar}" if collar else ""
    return Part(
        part_number=f"ISO 4379 - {bore}x{diameter}x{length}{suffix}",
        name=f"{name} {bore}x{diameter}x{length}",
        category=CATEGORY,
        recipe="bush",
        dimensions={"bore": bore, "diameter": diameter, "length": length, "collar": collar},
        finish=finish,
        standard="ISO 4379",
    )


DEMO = (
    bearing("ball", "M8-22-7"),
    bearing("sealed", "M8-28-6"),
    bearing("roller", "M17-40-12"),
    bearing("tapered", "M17-40-13.25"),
    bush(12, 18, 20, 0, "bronze"),
    bush(18, 27, 30, 0, "bronze"),
    bush(16, 22, 16, 30, "brass"),
    bush(24, 33, 24, 45, "brass"),
)
STRANGERS = (bush(20, 28, 40, 0, "black-plastic"), bearing("ball", "M9-20-6"))


def drawn(random: Random) -> list[Part]:
    """Other sizes of the same tables."""
    sizes = {
        "ball": ("M5-16-5", "M10-35-11", "M8-16-4", "M4-13-5", "M6-13-3.5", "M7-22-7", "M9-17-4", "M10-26-8"),
        "sealed": ("M6-19-6", "M8-22-11", "M7-14-5", "M4-9-4", "M5-16-5", "M5-11-5", "M8-24-8", "M6-13-5"),
        "angular": ("M10-30-9", "M12-37-12", "M15-35-11", "M17-47-14", "M20-52-15", "M25-62-17"),
        "roller": ("M15-35-11", "M17-40-16", "M17-47-14", "M20-47-18", "M20-52-21", "M25-52-15"),
        "tapered": ("M15-42-14.25", "M17-47-15.25", "M17-47-20.25", "M20-52-22.25", "M30-55-17", "M32-53-14.5"),
    }
    parts = [
        bearing(kind, size, random.choice(("stainless", "zinc")))
        for kind, known in sizes.items()
        for size in random.sample(known, 2)
    ]
    for _ in range(7):
        bore = random.randint(6, 32)
        diameter = round(bore * random.uniform(1.25, 1.6)) + 1
        collar = random.choice((0, round(diameter * 1.35)))
        length = round(bore * random.uniform(0.6, 2.0))
        parts.append(
            bush(bore, diameter, length, collar, random.choice(("bronze", "brass", "ivory-plastic", "white-plastic")))
        )
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
