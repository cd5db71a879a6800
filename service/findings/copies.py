"""References of a catalog that look the same, found a few at a time so that other work goes on beside."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from catalog.search.looks import CatalogLooks, LookedAt, pairs, unpacked
from service.findings.groups import Groups

AT_ONCE: Final = 500
"""Looks that are compared with all that come after them, before somebody else's turn: 0.7 s of 100,000."""


@dataclass(frozen=True, kw_only=True)
class CopiesFound:
    """References that look the same. ``identical``: they are one and the same file."""

    references: Sequence[LookedAt]
    identical: bool

    @property
    def products(self) -> int:
        """Of how many products they are."""
        return len({one.product_id for one in self.references})


async def find_copies(catalog: CatalogLooks, turn: Callable[[], Awaitable[None]]) -> list[CopiesFound]:
    """Groups of references of several products that look the same, the largest first. ``turn`` is awaited between."""
    same: dict[bytes, list[LookedAt]] = {}
    for reference, look in zip(catalog.references, catalog.looks.rows, strict=True):
        same.setdefault(look.tobytes(), []).append(reference)
    # One look for many references that show one and the same, as the placeholder of a shop does.
    groups = Groups[int]()
    async for one, other in _near(list(same), turn):
        groups.unite(one, other)
    alike = list(same.values())
    grouped = groups.all()
    alone = [[place] for place in sorted(set(range(len(alike))).difference(*grouped))]
    found = [_found([one for place in places for one in alike[place]]) for places in [*grouped, *alone]]
    several = [one for one in found if one.products > 1]
    return sorted(several, key=lambda one: (-len(one.references), one.references[0].part_number))


def sharing(copies: Sequence[CopiesFound], pictures: Mapping[UUID, int]) -> list[tuple[UUID, UUID]]:
    """Pairs of products of which the first has no picture that looks like none of the second's: nobody tells it from
    that by its pictures. Where many are alike, enough pairs to join them. ``pictures``: how many each product has.
    """
    places: dict[UUID, set[int]] = {}
    counted = Counter[UUID]()
    for place, group in enumerate(copies):
        for one in group.references:
            places.setdefault(one.product_id, set()).add(place)
            counted[one.product_id] += 1
    alike: dict[frozenset[int], list[UUID]] = {}
    for product, its_places in places.items():
        alike.setdefault(frozenset(its_places), []).append(product)
    found = []
    for some, products in alike.items():
        whole = next((one for one in products if counted[one] == pictures.get(one)), None)
        if whole is not None:
            others = (other for more, them in alike.items() if some <= more for other in them)
            found += [(whole, other) for other in others if other != whole]
    return found


async def _near(looks: Sequence[bytes], turn: Callable[[], Awaitable[None]]) -> AsyncIterator[tuple[int, int]]:
    unique = unpacked(looks)
    for start in range(0, len(unique), AT_ONCE):
        end = min(start + AT_ONCE, len(unique))
        for one, other, _ in await asyncio.to_thread(lambda a, b: list(pairs(unique, a, b)), start, end):
            yield one, other
        await turn()


def _found(references: list[LookedAt]) -> CopiesFound:
    hashes = {one.content_hash for one in references}
    return CopiesFound(references=sorted(references, key=lambda one: one.part_number), identical=len(hashes) == 1)
