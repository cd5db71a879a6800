"""Candidates by every channel: image and surface side by side, then geometry on the best of both.

Of several photos of one object each proposes its own; then each weighs what any of them has proposed.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.search.candidates import ProductHit
from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.resident import Absent
from catalog.search.vectors import Vector
from service.recognition.channels import Channel
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.fusion import FusionModel
from service.recognition.proposals import (
    SHORTLIST,
    ByImage,
    BySurface,
    Found,
    Proposed,
    best_first,
    combined,
    confirmed,
    image_only,
    not_proposed,
    to_check,
)
from service.recognition.search import CandidateSearch
from service.recognition.stages import Stages
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.surface.features import LocalFeatures
from service.recognition.surface.verification import Verified


@dataclass(frozen=True, eq=False)
class _Checked:
    """``verified``: by reference. ``ground``: as in :class:`~service.recognition.surface.verification.Verification`."""

    verified: dict[UUID, Verified] = field(default_factory=dict)
    ground: NDArray[np.bool_] | None = None


@dataclass(kw_only=True)
class Finder:
    """Finds one photo's candidates. ``surface`` None leaves surface and geometry out. ``extracted``: its local features
    are there, or will not be: what needs a core beside may have it.
    """

    stages: Stages
    engine: ImageEmbedder
    surface: SurfaceChannel | None
    search: CandidateSearch
    channels: frozenset[Channel]
    surface_answered: bool = field(default=False, init=False)
    extracted: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def propose(self, full: Image.Image, small: Image.Image, *, limit: int, deadline: float) -> Proposed:
        """Candidates by this photo. ``full`` is for local features, ``small`` for the model.

        Raises:
            Overloaded: too many photos wait for the model.
            TimeoutError: the deadline passed while the photo waited.

        """
        by_image = asyncio.create_task(self._by_image(small, max(limit, SHORTLIST), deadline))
        by_surface = asyncio.create_task(self._by_surface(full, by_image))
        try:
            return Proposed(image=await by_image, surface=await by_surface)
        finally:
            by_image.cancel()
            by_surface.cancel()

    async def weigh(
        self, proposed: Proposed, others: Collection[UUID] = (), *, fusion: FusionModel | None = None
    ) -> list[Found]:
        """What speaks for each candidate, in no order; ``others`` are references that other photos have proposed. By
        ``fusion`` it is chosen which of them geometry checks.
        """
        others = set(others) - proposed.references
        if proposed.surface is not None:
            return await self._together(proposed.image, proposed.surface, others, fusion)
        found = {hit.product_id: image_only(hit) for hit in proposed.image.hits}
        described = await self._described(others, proposed.image.vector) if others else ()
        for hit in described or ():
            found.setdefault(hit.product_id, not_proposed(hit, by_image=proposed.image.vector is not None))
        return list(found.values())

    async def _by_image(self, small: Image.Image, most: int, deadline: float) -> ByImage:
        if Channel.IMAGE not in self.channels:
            return ByImage()
        with self.stages.lap("embed"):
            vector = await self.engine.embed_image(small, deadline=deadline)
        with self.stages.lap("search"):
            return ByImage(vector=vector, hits=await self.search.nearest(vector, most))

    async def _by_surface(self, full: Image.Image, by_image: "asyncio.Task[ByImage]") -> BySurface | None:
        try:
            seen = await self._features(full)
        finally:
            self.extracted.set()
        if self.surface is None or seen is None:
            return None
        features, index = seen
        if index is Absent.TOO_LARGE:
            hits = (await asyncio.shield(by_image)).hits
            # What asks the database is left to end by itself: a statement that is cut off costs its connection.
            index = await self.stages.optional("recall", asyncio.shield(self._index_of(hits)))
        if not isinstance(index, SurfaceIndex):
            return None
        if Channel.SURFACE not in self.channels:
            return BySurface(features=features, index=index)
        recall = self.surface.recall(features, index, further=self.search.filtered)
        recalled = await self.stages.optional("recall", recall)
        return None if recalled is None else BySurface(features=features, index=index, recalled=recalled)

    async def _features(self, full: Image.Image) -> tuple[LocalFeatures, SurfaceIndex | Absent | None] | None:
        """And what they are looked up in."""
        if self.surface is None:
            return None
        asking = asyncio.create_task(self._index())
        try:
            features = await self.stages.optional("features", self.surface.extract(full))
            index = await asking
        finally:
            asking.cancel()
        if index is Absent.LOADING:
            self.stages.dropped["recall"] = "loading"
        return None if features is None or index is Absent.LOADING else (features, index)

    async def _index(self) -> SurfaceIndex | Absent | None:
        return await self.stages.optional("index", self.search.surface_index())

    async def _index_of(self, hits: Sequence[ProductHit]) -> SurfaceIndex:
        """Above the size that memory is allowed for, the surface ranks what the image channel found."""
        references = await self.search.references_of([hit.product_id for hit in hits])
        return await self.search.index_of([one for some in references.values() for one in some])

    async def _described(self, references: Collection[UUID], vector: Vector | None) -> Sequence[ProductHit] | None:
        return await self.stages.optional("describe", asyncio.shield(self.search.describe(references, vector)))

    async def _together(
        self, image: ByImage, surface: BySurface, others: Collection[UUID], fusion: FusionModel | None
    ) -> list[Found]:
        known = await self._known(image, surface, others)
        if known is None:
            return [image_only(hit) for hit in image.hits]
        self.surface_answered = True
        found = combined(image, surface, known)
        checked = await self._check(image, surface, known, others, best_first(found, fusion))
        if checked.ground is not None and (apart := await self._off_ground(surface, checked.ground)) is not None:
            more = await self._known(image, apart, others)
            if more is not None:
                surface, known = apart, more
                found = combined(image, surface, known)
                checked = await self._check(image, surface, known, others, best_first(found, fusion), off_ground=True)
        return confirmed(found, checked.verified, known)

    async def _known(
        self, image: ByImage, surface: BySurface, others: Collection[UUID]
    ) -> dict[UUID, ProductHit] | None:
        """By reference."""
        references = Proposed(image=image, surface=surface).references.union(others)
        described = await self._described(references, image.vector)
        return None if described is None else {hit.reference.id: hit for hit in described}

    async def _off_ground(self, surface: BySurface, ground: NDArray[np.bool_]) -> BySurface | None:
        """The same without what lies around the object: else the products with most of it would be recalled."""
        rest = surface.features.without(ground)
        if surface.recalled is None or self.surface is None:
            return replace(surface, features=rest)
        recall = self.surface.recall(rest, surface.index, further=self.search.filtered)
        recalled = await self.stages.optional("recall", recall)
        return None if recalled is None else replace(surface, features=rest, recalled=recalled)

    async def _check(
        self,
        image: ByImage,
        surface: BySurface,
        known: dict[UUID, ProductHit],
        others: Collection[UUID],
        best: Sequence[UUID],
        *,
        off_ground: bool = False,
    ) -> _Checked:
        if Channel.GEOMETRY not in self.channels or self.surface is None:
            return _Checked()
        entries = surface.index.entries_of([*(hit.reference.id for hit in image.hits), *sorted(others)])
        mine = [(hit.reference_id, hit.product_id, hit.features_key) for hit in surface.hits]
        theirs = [(one.reference_id, one.product_id, one.features_key) for one in entries.values()]
        chosen = to_check([one for one in mine if one[0] in known], [one for one in theirs if one[0] in known], best)
        work = self._verify(self.surface, surface.features, chosen, off_ground=off_ground)
        return await self.stages.optional("geometry", work) or _Checked()

    async def _verify(
        self,
        channel: SurfaceChannel,
        photo: LocalFeatures,
        chosen: Sequence[tuple[UUID, UUID, str]],
        *,
        off_ground: bool,
    ) -> _Checked:
        packed = await self.search.features([key for _, _, key in chosen])
        there = [(one, content) for one, content in zip(chosen, packed, strict=True) if content is not None]
        references = [(product, content) for (_, product, _), content in there]
        checked = await channel.verify(photo, references, off_ground=off_ground)
        verified = {reference: seen for ((reference, _, _), _), seen in zip(there, checked.verified, strict=True)}
        return _Checked(verified, checked.ground)
