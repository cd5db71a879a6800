"""Candidates by every channel: image and surface side by side, then geometry on the best of both."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from PIL import Image

from catalog.search.candidates import ProductHit
from catalog.search.surface.index import Hit, SurfaceIndex
from catalog.search.surface.resident import Absent
from catalog.search.vectors import Vector
from service.recognition.channels import Channel
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.fusion import Evidence
from service.recognition.search import CandidateSearch
from service.recognition.stages import Stages
from service.recognition.surface.channel import Recalled, SurfaceChannel
from service.recognition.surface.features import LocalFeatures
from service.recognition.surface.verification import Verified

SHORTLIST: Final = 20
"""Products that the image channel proposes, and references that geometry checks."""

CHECKED_BY_IMAGE: Final = 5
"""Of the references checked, so many at most are the image channel's own."""

CONFIRMED_INLIERS: Final = 12
"""From so many on a candidate is said to be confirmed by geometry and its outline is shown. Fewer weigh in the ranking,
but a wrong print of the same kind of lines and letters has as many by chance."""

CHECKED_OF_PRODUCT: Final = 3
"""References of one product that are checked: more of it would keep others from being checked."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A product with what speaks for it, and the channels that proposed or confirmed it."""

    product: ProductHit
    evidence: Evidence
    matched_by: tuple[Channel, ...]


@dataclass(frozen=True, kw_only=True)
class _ByImage:
    vector: Vector | None = None
    hits: Sequence[ProductHit] = ()


@dataclass(frozen=True, kw_only=True)
class _BySurface:
    """``recalled``: None where the surface may not propose candidates, but geometry is to check others'."""

    features: LocalFeatures
    index: SurfaceIndex
    recalled: Recalled | None = None

    @property
    def hits(self) -> Sequence[Hit]:
        """What the surface proposes, best first."""
        return self.recalled.hits if self.recalled else ()


@dataclass(kw_only=True)
class Finder:
    """Finds one photo's candidates. ``surface`` None leaves surface and geometry out."""

    stages: Stages
    engine: ImageEmbedder
    surface: SurfaceChannel | None
    search: CandidateSearch
    channels: frozenset[Channel]
    surface_answered: bool = field(default=False, init=False)

    async def find(self, full: Image.Image, small: Image.Image, *, limit: int, deadline: float) -> list[Found]:
        """Candidates in no order. ``full`` is for local features, ``small`` for the model.

        Raises:
            Overloaded: too many photos wait for the model.
            TimeoutError: the deadline passed while the photo waited.

        """
        by_image = asyncio.create_task(self._by_image(small, max(limit, SHORTLIST), deadline))
        by_surface = asyncio.create_task(self._by_surface(full, by_image))
        try:
            image = await by_image
            surface = await by_surface
        finally:
            by_image.cancel()
            by_surface.cancel()
        if surface is None:
            return [_image_only(hit) for hit in image.hits]
        return await self._together(image, surface)

    async def _by_image(self, small: Image.Image, most: int, deadline: float) -> _ByImage:
        if Channel.IMAGE not in self.channels:
            return _ByImage()
        with self.stages.lap("embed"):
            vector = await self.engine.embed_image(small, deadline=deadline)
        with self.stages.lap("search"):
            return _ByImage(vector=vector, hits=await self.search.nearest(vector, most))

    async def _by_surface(self, full: Image.Image, by_image: "asyncio.Task[_ByImage]") -> _BySurface | None:
        if self.surface is None:
            return None
        index = await self.stages.optional("index", self.search.surface_index())
        if index is Absent.LOADING:
            self.stages.dropped["recall"] = "loading"
        if index is None or index is Absent.LOADING:
            return None
        features = await self.stages.optional("features", self.surface.extract(full))
        if features is None:
            return None
        if index is Absent.TOO_LARGE:
            hits = (await asyncio.shield(by_image)).hits
            # What asks the database is left to end by itself: a statement that is cut off costs its connection.
            index = await self.stages.optional("recall", asyncio.shield(self._index_of(hits)))
        if not isinstance(index, SurfaceIndex):
            return None
        if Channel.SURFACE not in self.channels:
            return _BySurface(features=features, index=index)
        recall = self.surface.recall(features, index, further=self.search.filtered)
        recalled = await self.stages.optional("recall", recall)
        return None if recalled is None else _BySurface(features=features, index=index, recalled=recalled)

    async def _index_of(self, hits: Sequence[ProductHit]) -> SurfaceIndex:
        """Above the size that memory is allowed for, the surface ranks what the image channel found."""
        references = await self.search.references_of([hit.product_id for hit in hits])
        return await self.search.index_of([one for some in references.values() for one in some])

    async def _together(self, image: _ByImage, surface: _BySurface) -> list[Found]:
        references = {hit.reference_id for hit in surface.hits} | {hit.reference.id for hit in image.hits}
        work = self.search.describe(references, image.vector)
        described = await self.stages.optional("describe", asyncio.shield(work))
        if described is None:
            return [_image_only(hit) for hit in image.hits]
        self.surface_answered = True
        known = {hit.reference.id: hit for hit in described}
        checked = await self._check(image, surface, known)
        return _combined(image, surface, known, checked)

    async def _check(self, image: _ByImage, surface: _BySurface, known: dict[UUID, ProductHit]) -> dict[UUID, Verified]:
        """By reference."""
        if Channel.GEOMETRY not in self.channels or self.surface is None:
            return {}
        entries = surface.index.entries_of([hit.reference.id for hit in image.hits])
        mine = [(hit.reference_id, hit.product_id, hit.features_key) for hit in surface.hits]
        theirs = [(one.reference_id, one.product_id, one.features_key) for one in entries.values()]
        chosen = _to_check([one for one in mine if one[0] in known], [one for one in theirs if one[0] in known])
        verified = await self.stages.optional("geometry", self._verify(self.surface, surface.features, chosen))
        return verified or {}

    async def _verify(
        self, channel: SurfaceChannel, photo: LocalFeatures, chosen: Sequence[tuple[UUID, UUID, str]]
    ) -> dict[UUID, Verified]:
        packed = await self.search.features([key for _, _, key in chosen])
        there = [(one, content) for one, content in zip(chosen, packed, strict=True) if content is not None]
        verified = await channel.verify(photo, [(product, content) for (_, product, _), content in there])
        return {reference: seen for ((reference, _, _), _), seen in zip(there, verified, strict=True)}


def _to_check(
    surface: Sequence[tuple[UUID, UUID, str]], image: Sequence[tuple[UUID, UUID, str]]
) -> list[tuple[UUID, UUID, str]]:
    """The surface channel's best with the image channel's among them; few of any one product."""
    taken: dict[UUID, tuple[UUID, UUID, str]] = {}
    of_product: dict[UUID, int] = {}

    def take(some: Sequence[tuple[UUID, UUID, str]], most: int) -> None:
        for one in some:
            if len(taken) >= most:
                return
            if one[0] not in taken and of_product.get(one[1], 0) < CHECKED_OF_PRODUCT:
                taken[one[0]] = one
                of_product[one[1]] = of_product.get(one[1], 0) + 1

    take(surface, SHORTLIST - CHECKED_BY_IMAGE)
    take(image, min(len(taken) + CHECKED_BY_IMAGE, SHORTLIST))
    take(surface, SHORTLIST)
    take(image, SHORTLIST)
    return list(taken.values())


def _image_only(hit: ProductHit) -> Found:
    return Found(product=hit, evidence=Evidence(image=hit.score), matched_by=(Channel.IMAGE,))


def _combined(
    image: _ByImage, surface: _BySurface, known: dict[UUID, ProductHit], checked: dict[UUID, Verified]
) -> list[Found]:
    """One for each product that either channel proposed."""
    products: dict[UUID, ProductHit] = {hit.product_id: hit for hit in image.hits}
    kernels: dict[UUID, float] = {}
    for hit in surface.hits:
        if hit.reference_id in known and hit.product_id not in kernels:
            kernels[hit.product_id] = hit.score
            products.setdefault(hit.product_id, known[hit.reference_id])
    best: dict[UUID, tuple[UUID, Verified]] = {}
    for reference, seen in checked.items():
        product = known[reference].product_id
        if product not in best or seen.inliers > best[product][1].inliers:
            best[product] = (reference, seen)
    proposed = {hit.product_id for hit in image.hits}
    return [
        _found(
            product,
            hit,
            proposed,
            kernels,
            surface.recalled,
            best.get(product),
            known,
            by_image=image.vector is not None,
        )
        for product, hit in products.items()
    ]


def _found(
    product: UUID,
    hit: ProductHit,
    proposed: set[UUID],
    kernels: dict[UUID, float],
    recalled: Recalled | None,
    best: tuple[UUID, Verified] | None,
    known: dict[UUID, ProductHit],
    *,
    by_image: bool,
) -> Found:
    evidence = Evidence(
        image=hit.score if by_image else None,
        kernel=kernels.get(product, 0.0) if recalled else None,
        kernel_sum=recalled.sums.get(product, 0.0) if recalled and product in kernels else 0.0,
        verified=best[1] if best else None,
    )
    verified = best is not None and best[1].inliers >= CONFIRMED_INLIERS
    ways = ((Channel.IMAGE, product in proposed), (Channel.SURFACE, product in kernels), (Channel.GEOMETRY, verified))
    return Found(
        # The reference that geometry confirmed is the one to show: the outline belongs to it.
        product=known[best[0]] if best and verified else hit,
        evidence=evidence,
        matched_by=tuple(channel for channel, is_so in ways if is_so),
    )
