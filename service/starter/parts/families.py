"""All families together: what goes into the demo catalog, what is in no catalog, what the starter learns from.

Everything beyond the hand-chosen parts is drawn from the families' own ranges with seeds of its own. What was drawn
for the catalog, and for the strangers to it, is taken out of what is learnt from.
"""

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import replace
from random import Random

from service.starter.parts import (
    bearings,
    brackets,
    clamps,
    connectors,
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
        connectors,
    )
)  # fmt: skip

CATALOG_PER_FAMILY = 18
SIBLING_STRANGERS = 80
OTHER_STRANGERS = 80
FOREIGN_RECIPES = frozenset({"worm", "z_bracket", "wing_grip", "disc_spring", "slit_coupling", "hose_clamp"})
"""Kinds of parts that the catalog does not carry at all: the strangers that are no siblings."""


def demo_parts() -> list[Part]:
    """The demo catalog's products: for each family the hand-chosen ones, then drawn ones, kinds taking turns."""
    taken = _Taken([part for family in FAMILIES for part in family.strangers])
    parts: list[Part] = []
    for family in FAMILIES:
        chosen = [part for part in family.demo if part.recipe not in FOREIGN_RECIPES and taken.claim(part)]
        kinds = Counter(part.recipe for part in chosen)
        while len(chosen) < CATALOG_PER_FAMILY:
            fresh = [p for p in _round(family, f"catalog {len(chosen)}") if p.recipe not in FOREIGN_RECIPES]
            part = min((p for p in fresh if p not in taken), key=lambda p: kinds[p.recipe])
            taken.claim(part)
            kinds[part.recipe] += 1
            chosen.append(part)
        parts += chosen
    return parts


def sibling_strangers() -> list[Part]:
    """Parts of no catalog that resemble a product: its kind with other dimensions, drawn ones with its surface too."""
    catalog = demo_parts()
    taken = _Taken(catalog)
    parts = [p for family in FAMILIES for p in family.strangers if p.recipe not in FOREIGN_RECIPES and taken.claim(p)]
    order = Random("siblings").sample(catalog, len(catalog))
    drawn = _by_recipe("siblings")
    for product in order:
        if len(parts) == SIBLING_STRANGERS:
            break
        sibling = next((p for p in drawn.get(product.recipe, ()) if p not in taken), None)
        if sibling and taken.claim(sibling):
            parts.append(replace(sibling, finish=product.finish))
    return parts


def other_strangers() -> list[Part]:
    """Parts of no catalog and of kinds that the catalog does not carry."""
    taken = _Taken([*demo_parts(), *sibling_strangers()])
    drawn = _by_recipe("others")
    parts: list[Part] = []
    while len(parts) < OTHER_STRANGERS:
        recipe = sorted(FOREIGN_RECIPES)[len(parts) % len(FOREIGN_RECIPES)]
        part = next(p for p in drawn[recipe] if p not in taken)
        taken.claim(part)
        parts.append(part)
    return parts


def stranger_parts() -> list[Part]:
    """Parts that are in no catalog."""
    return [*sibling_strangers(), *other_strangers()]


def training_parts(seed: int, rounds: int = 1, most_of_a_kind: int = 1000) -> list[Part]:
    """Parts to learn from: none shares a part number or a solid with the demo catalog or its strangers.

    More rounds draw more parts; ``most_of_a_kind`` bounds those of one recipe. Two parts may share a solid and differ
    in their surface.
    """
    known = _Taken([*demo_parts(), *stranger_parts()])
    kinds: Counter[str] = Counter()
    parts: dict[tuple[str, str], Part] = {}
    for number in range(rounds):
        for family in FAMILIES:
            for part in _round(family, f"{seed} {number}"):
                key = (part.shape_key, part.finish)
                if part not in known and key not in parts and kinds[part.recipe] < most_of_a_kind:
                    parts[key] = part
                    kinds[part.recipe] += 1
    return list(parts.values())


class _Taken(Container[Part]):
    """Designations and solids that are spoken for."""

    def __init__(self, parts: list[Part]) -> None:
        self._numbers = {part.part_number for part in parts}
        self._shapes = {part.shape_key for part in parts}

    def __contains__(self, part: object) -> bool:
        return isinstance(part, Part) and (part.part_number in self._numbers or part.shape_key in self._shapes)

    def claim(self, part: Part) -> bool:
        """Take a part unless it is taken already."""
        if part in self:
            return False
        self._numbers.add(part.part_number)
        self._shapes.add(part.shape_key)
        return True


def _round(family: Family, seed: str) -> list[Part]:
    return family.drawn(Random(f"{seed} {family.category}"))


def _by_recipe(seed: str, rounds: int = 30) -> dict[str, list[Part]]:
    drawn: dict[str, list[Part]] = {}
    for part in _many(seed, rounds):
        drawn.setdefault(part.recipe, []).append(part)
    return drawn


def _many(seed: str, rounds: int) -> Iterator[Part]:
    for number in range(rounds):
        for family in FAMILIES:
            yield from _round(family, f"{seed} {number}")
