"""What the channels propose for a photo, and what speaks for each of the products."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from catalog.search.candidates import ProductHit
from catalog.search.surface.index import Hit, SurfaceIndex
from catalog.search.vectors import Vector
from service.recognition.channels import Channel
from service.recognition.fusion import Evidence
from service.recognition.surface.channel import Recalled
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
class ByImage:
    """``vector`` None: the channel was not asked."""

    vector: Vector | None = None
    hits: Sequence[ProductHit] = ()


@dataclass(frozen=True, kw_only=True)
class BySurface:
    """The photo's local features and what they were compared with. ``recalled``: None where the surface may not propose
    candidates, but geometry is to check others'.
    """

    features: LocalFeatures
    index: SurfaceIndex
    recalled: Recalled | None = None

    @property
    def hits(self) -> Sequence[Hit]:
        """What the surface proposes, best first."""
        return self.recalled.hits if self.recalled else ()


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What the channels propose for one photo. ``surface`` None: it did not answer."""

    image: ByImage
    surface: BySurface | None

    @property
    def references(self) -> set[UUID]:
        """The reference by which each was proposed."""
        return {hit.reference.id for hit in self.image.hits} | {
            hit.reference_id for hit in (self.surface.hits if self.surface else ())
        }


def to_check(
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


def image_only(hit: ProductHit) -> Found:
    """A candidate for which nothing else was asked."""
    return Found(product=hit, evidence=Evidence(image=hit.score), matched_by=(Channel.IMAGE,))


def not_proposed(hit: ProductHit, *, by_image: bool) -> Found:
    """A candidate that came from elsewhere, weighed by the image channel where that was asked."""
    return Found(product=hit, evidence=Evidence(image=hit.score if by_image else None), matched_by=())


def combined(
    image: ByImage, surface: BySurface, known: dict[UUID, ProductHit], checked: dict[UUID, Verified]
) -> list[Found]:
    """One for each product that either channel proposed."""
    products: dict[UUID, ProductHit] = {hit.product_id: hit for hit in image.hits}
    kernels: dict[UUID, float] = {}
    for hit in surface.hits:
        if hit.reference_id in known and hit.product_id not in kernels:
            kernels[hit.product_id] = hit.score
            products.setdefault(hit.product_id, known[hit.reference_id])
    for one in known.values():
        products.setdefault(one.product_id, one)
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
