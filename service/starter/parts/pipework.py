"""Flanges after ASME B16.5 and pipe fittings."""

from random import Random

from service.starter.parts.part import Family, Part

CATEGORY = "Flanges and fittings"

FLANGES = {
    "blind": ("BlindFlange", "Blind flange"),
    "slip-on": ("SlipOnFlange", "Slip-on flange"),
    "weld-neck": ("WeldNeckFlange", "Welding neck flange"),
}
SIZES = (("1 1/2", 150), ("4", 150), ("2", 300), ("1/2", 150), ("3/4", 600), ("2 1/2", 300), ("5", 300), ("1 1/4", 300))


def flange(kind: str, nps: str, rating: int, finish: str) -> Part:
    """A flange of a nominal pipe size (inches) and pressure class."""
    model, name = FLANGES[kind]
    return Part(
        part_number=f"ASME B16.5 - {name} NPS {nps} Class {rating}",
        name=f"{name} NPS {nps} class {rating}",
        category=CATEGORY,
        recipe="flange",
        dimensions={"model": model, "nps": nps, "rating": rating},
        finish=finish,
        standard="ASME B16.5",
    )


def elbow(outer: int, wall: int, radius: int, angle: int, finish: str) -> Part:
    """A pipe bend; outer diameter, wall, bend radius in millimetres, angle in degrees."""
    return Part(
        part_number=f"PE-{angle}-{outer}x{wall}-R{radius}",
        name=f"Pipe elbow {angle}° {outer}x{wall}",
        category=CATEGORY,
        recipe="elbow",
        dimensions={"diameter": outer, "wall": wall, "radius": radius, "angle": angle},
        finish=finish,
    )


def tee(outer: int, wall: int, length: int, branch: int, finish: str) -> Part:
    """A pipe tee with a branch of another or the same diameter; millimetres."""
    return Part(
        part_number=f"PT-{outer}/{branch}x{wall}-{length}",
        name=f"Pipe tee {outer}/{branch}",
        category=CATEGORY,
        recipe="tee",
        dimensions={"diameter": outer, "wall": wall, "length": length, "branch": branch},
        finish=finish,
    )


def reducer(large: int, small: int, length: int, wall: int, finish: str) -> Part:
    """A concentric reducer; millimetres."""
    return Part(
        part_number=f"PR-{large}/{small}-{length}",
        name=f"Concentric reducer {large}/{small}",
        category=CATEGORY,
        recipe="reducer",
        dimensions={"diameter": large, "small": small, "length": length, "wall": wall},
        finish=finish,
    )


def nipple(across: int, diameter: int, length: int, bore: int, finish: str) -> Part:
    """A hexagon double nipple; millimetres."""
    return Part(
        part_number=f"PN-{diameter}-{length}-SW{across}",
        name=f"Hexagon double nipple {diameter}x{length}",
        category=CATEGORY,
        recipe="nipple",
        dimensions={"across_flats": across, "diameter": diameter, "length": length, "bore": bore},
        finish=finish,
    )


DEMO = (
    flange("weld-neck", "2", 150, "cast-iron"),
    flange("slip-on", "1", 300, "zinc"),
    flange("blind", "3", 150, "cast-iron"),
    elbow(34, 3, 50, 90, "stainless"),
    elbow(68, 6, 100, 90, "stainless"),
    tee(42, 4, 110, 42, "copper"),
    tee(21, 2, 55, 21, "copper"),
    reducer(60, 34, 50, 3, "stainless"),
    reducer(120, 68, 100, 6, "stainless"),
    nipple(27, 21, 48, 15, "brass"),
)
STRANGERS = (elbow(30, 3, 60, 60, "copper"), tee(50, 4, 130, 25, "grey-plastic"))


def drawn(random: Random) -> list[Part]:
    """Other nominal sizes and proportions."""
    metals = ("stainless", "cast-iron", "copper", "zinc", "brass")
    parts = [
        flange(kind, nps, rating, random.choice(metals[:4]))
        for kind in FLANGES
        for nps, rating in random.sample(SIZES, 2)
    ]
    for _ in range(4):
        outer = random.randint(15, 60)
        radius, angle = round(outer * random.uniform(1.1, 2.4)), random.choice((45, 90, 90, 120, 180))
        parts.append(elbow(outer, 2, radius, angle, random.choice((*metals, "grey-plastic"))))
        branch = round(outer * random.choice((0.6, 1.0)))
        parts.append(
            tee(outer, 2, round(outer * random.uniform(2.2, 3.4)), branch, random.choice((*metals, "grey-plastic")))
        )
        parts.append(
            reducer(
                outer,
                round(outer * random.uniform(0.4, 0.75)),
                round(outer * random.uniform(0.6, 1.5)),
                2,
                random.choice(metals),
            )
        )
        parts.append(
            nipple(
                round(outer * 1.25),
                outer,
                round(outer * random.uniform(1.4, 2.8)),
                round(outer * 0.7),
                random.choice(metals),
            )
        )
    return parts


FAMILY = Family(category=CATEGORY, demo=DEMO, strangers=STRANGERS, drawn=drawn)
