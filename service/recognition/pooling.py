"""Candidates of several photos of one object, put together by product."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog.search.candidates import ProductHit
from service.recognition.channels import Channel
from service.recognition.fusion import Evidence, Views
from service.recognition.proposals import Found


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """A product with what each photo says of it. ``photo``: the place of the one that shows it best, from 0; by it the
    reference was chosen and the product is shown. ``matched_by``: by any photo.
    """

    product: ProductHit
    evidence: tuple[Evidence, ...]
    photo: int
    matched_by: tuple[Channel, ...]


def pooled(of_photos: Sequence[Sequence[Found]]) -> list[Pooled]:
    """Every product that any photo has found, in no order."""
    by_product: list[dict[UUID, Found]] = [{one.product.product_id: one for one in found} for found in of_photos]
    lacking = [_lacking(found) for found in of_photos]
    products = dict.fromkeys(product for found in by_product for product in found)
    return [_pooled([found.get(product) for found in by_product], lacking) for product in products]


def views(candidates: Sequence[Pooled], photos: int) -> Views:
    """The same by photo."""
    return [[one.evidence[photo] for one in candidates] for photo in range(photos)]


def _pooled(seen: Sequence[Found | None], lacking: Sequence[Evidence]) -> Pooled:
    there = {place: one for place, one in enumerate(seen) if one is not None}
    photo = max(there, key=lambda place: _strength(there[place]))
    ways = {way for one in seen if one is not None for way in one.matched_by}
    return Pooled(
        product=there[photo].product,
        evidence=tuple(one.evidence if one else none for one, none in zip(seen, lacking, strict=True)),
        photo=photo,
        matched_by=tuple(channel for channel in Channel if channel in ways),
    )


def _strength(one: Found) -> tuple[int, float]:
    verified, cosine = one.evidence.verified, one.evidence.image
    return (verified.inliers if verified else 0, -1.0 if cosine is None else cosine)


def _lacking(found: Sequence[Found]) -> Evidence:
    """For a product that a photo did not propose and could not weigh: no better than its worst, and nothing in common.

    None would be taken for evidence that was not asked for, which counts against nobody.
    """
    cosines = [one.evidence.image for one in found if one.evidence.image is not None]
    recalled = any(one.evidence.kernel is not None for one in found)
    return Evidence(image=min(cosines, default=None), kernel=0.0 if recalled else None)
