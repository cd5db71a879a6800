"""What the channels propose for a photo, and what speaks for each of the products."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from catalog.search.candidates import ProductHit
from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.scores import Hit, Strength
from catalog.search.vectors import Vector
from service.recognition.channels import Channel
from service.recognition.fusion import Evidence, FusionModel
from service.recognition.surface.channel import Recalled
from service.recognition.surface.features import LocalFeatures
from service.recognition.surface.verification import Verified

SHORTLIST: Final = 20
"""Products that the image channel proposes, and references that geometry checks."""

CHECKED_BY_SURFACE: Final = 8
CHECKED_BY_IMAGE: Final = 4
"""Of the references checked, so many are the best of one channel, whatever the other says; the rest are the best by
both, for the right one is often among neither's first where there is little to be seen of it."""

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


def best_first(found: Sequence[Found], fusion: FusionModel | None) -> list[UUID]:
    """The products of candidates, best first by all that speaks for them; none where nothing weighs that."""
    if fusion is None:
        return []
    scores = fusion.scores([[one.evidence for one in found]])
    ranked = sorted(zip(scores, found, strict=True), key=lambda one: (-one[0], one[1].product.product_id))
    return [one.product.product_id for _, one in ranked]


def to_check(
    surface: Sequence[tuple[UUID, UUID, str]],
    image: Sequence[tuple[UUID, UUID, str]],
    products: Sequence[UUID] = (),
) -> list[tuple[UUID, UUID, str]]:
    """Of what the channels propose, best first, as (reference, product, features), that which geometry is to check; few
    of any one product. ``products``: the best by both channels, best first.
    """
    first_of = {one[1]: one for one in reversed([*surface, *image])}
    taken: dict[UUID, tuple[UUID, UUID, str]] = {}
    of_product: dict[UUID, int] = {}

    def take(some: Iterable[tuple[UUID, UUID, str]], most: int) -> None:
        for one in some:
            if len(taken) >= most:
                return
            if one[0] not in taken and of_product.get(one[1], 0) < CHECKED_OF_PRODUCT:
                taken[one[0]] = one
                of_product[one[1]] = of_product.get(one[1], 0) + 1

    take(surface, CHECKED_BY_SURFACE)
    take(image, len(taken) + CHECKED_BY_IMAGE)
    for some in ((first_of[one] for one in products if one in first_of), surface, image):
        take(some, SHORTLIST)
    return list(taken.values())


def image_only(hit: ProductHit) -> Found:
    """A candidate for which nothing else was asked."""
    return Found(product=hit, evidence=Evidence(image=hit.score), matched_by=(Channel.IMAGE,))


def not_proposed(hit: ProductHit, *, by_image: bool) -> Found:
    """A candidate that came from elsewhere, weighed by the image channel where that was asked."""
    return Found(product=hit, evidence=Evidence(image=hit.score if by_image else None), matched_by=())


def combined(image: ByImage, surface: BySurface, known: dict[UUID, ProductHit]) -> list[Found]:
    """One for each product that either channel proposed, before any is checked by geometry."""
    products: dict[UUID, ProductHit] = {hit.product_id: hit for hit in image.hits}
    recalled: set[UUID] = set()
    for hit in surface.hits:
        if hit.reference_id in known:
            recalled.add(hit.product_id)
            products.setdefault(hit.product_id, known[hit.reference_id])
    for one in known.values():
        products.setdefault(one.product_id, one)
    # Of all: one that others propose is as strong as it is, however many are recalled before it.
    strengths = surface.recalled.scores.of_products(products) if surface.recalled else {}
    proposed = {hit.product_id for hit in image.hits}
    by_image = image.vector is not None
    return [
        Found(
            product=hit,
            evidence=_unchecked(hit, strengths.get(product), by_image=by_image),
            matched_by=_ways(proposed=product in proposed, recalled=product in recalled),
        )
        for product, hit in products.items()
    ]


def confirmed(found: Sequence[Found], checked: dict[UUID, Verified], known: dict[UUID, ProductHit]) -> list[Found]:
    """The same with what geometry says, by reference."""
    best: dict[UUID, tuple[UUID, Verified]] = {}
    for reference, seen in checked.items():
        product = known[reference].product_id
        if product not in best or seen.inliers > best[product][1].inliers:
            best[product] = (reference, seen)
    return [
        _with_check(one, *best[one.product.product_id], known) if one.product.product_id in best else one
        for one in found
    ]


def _with_check(one: Found, reference: UUID, seen: Verified, known: dict[UUID, ProductHit]) -> Found:
    one = replace(one, evidence=replace(one.evidence, verified=seen))
    if seen.inliers < CONFIRMED_INLIERS:
        return one
    # The reference that geometry confirmed is the one to show: the outline belongs to it.
    return replace(one, product=known[reference], matched_by=(*one.matched_by, Channel.GEOMETRY))


def _unchecked(hit: ProductHit, strength: Strength | None, *, by_image: bool) -> Evidence:
    return Evidence(
        image=hit.score if by_image else None,
        kernel=strength.best if strength else None,
        kernel_sum=strength.together if strength else 0.0,
    )


def _ways(*, proposed: bool, recalled: bool) -> tuple[Channel, ...]:
    ways = ((Channel.IMAGE, proposed), (Channel.SURFACE, recalled))
    return tuple(channel for channel, is_so in ways if is_so)
