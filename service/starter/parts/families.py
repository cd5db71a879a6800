"""All families together: what goes into the demo catalog, what is in no catalog, what the starter learns from."""

from random import Random

from service.starter.parts import (
    bearings,
    brackets,
    clamps,
    couplings,
    drives,
    gears,
    handles,
    knobs,
    nuts,
    pipework,
    screws,
    springs,
    washers,
)
from service.starter.parts.part import Family, Part

FAMILIES: tuple[Family, ...] = tuple(
    module.FAMILY
    for module in (
        screws, nuts, washers, bearings, pipework, gears, drives, knobs, brackets, handles, couplings, clamps, springs,
    )
)  # fmt: skip


def demo_parts() -> list[Part]:
    """The demo catalog's products."""
    return [part for family in FAMILIES for part in family.demo]


def stranger_parts() -> list[Part]:
    """Parts of the same families that are in no catalog."""
    return [part for family in FAMILIES for part in family.strangers]


def training_parts(seed: int) -> list[Part]:
    """Parts to learn from: none shares a part number or a solid with the demo catalog or its strangers."""
    known = [*demo_parts(), *stranger_parts()]
    numbers, shapes = {p.part_number for p in known}, {p.shape_key for p in known}
    parts: dict[str, Part] = {}
    for family in FAMILIES:
        for part in family.training(Random(f"{seed} {family.category}")):
            if part.part_number not in numbers and part.shape_key not in shapes:
                parts[part.part_number] = part
    return list(parts.values())
