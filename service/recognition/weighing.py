"""Photos of one object with what they propose, ready to be weighed; again where more comes to be proposed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from service.recognition.finding import Finder
from service.recognition.fusion import FusionModel
from service.recognition.pooling import Pooled, pooled
from service.recognition.proposals import Found, Proposed
from service.recognition.region import Region
from service.recognition.search import CandidateSearch
from service.recognition.seen import outwards
from service.recognition.stages import Stages, all_of
from service.recognition.typed import Said, Typed, compared, said_of


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """``finders`` and ``proposed`` by photo, with the ``places`` in the photo that they lie in: of each those regions,
    the innermost first, that its pixels were cut to one after the other. ``typed`` None: nothing was, or it was late.
    ``fusion``: as the catalog has it; None where the image channel answers alone.
    """

    finders: Sequence[Finder]
    proposed: Sequence[Proposed]
    places: Sequence[Sequence[Region]]
    typed: Typed | None
    search: CandidateSearch
    fusion: FusionModel | None
    stages: Stages

    async def weigh(self, more: frozenset[UUID]) -> tuple[list[Pooled], dict[UUID, Said] | None]:
        """What speaks for each product that any photo has proposed and for those of ``more`` references, with what was
        typed beside the photos says of them; None where nothing was, or it is late or fails.
        """
        together = more.union(*(one.references for one in self.proposed))
        found = await all_of(
            finder.weigh(one, together, fusion=self.fusion)
            for finder, one in zip(self.finders, self.proposed, strict=True)
        )
        products = pooled(
            [[_outwards(one, places) for one in some] for some, places in zip(found, self.places, strict=True)]
        )
        return products, await self._said(self.typed, products) if self.typed else None

    async def _said(self, typed: Typed, products: Sequence[Pooled]) -> dict[UUID, Said] | None:
        async def work() -> dict[UUID, Said]:
            references = [one.product.reference.id for one in products]
            return await said_of(typed, await compared(typed, references, self.search), self.search)

        return await self.stages.optional("hint", asyncio.shield(work()))


def _outwards(one: Found, places: Sequence[Region]) -> Found:
    for place in places:
        one = outwards(one, place)
    return one
