"""Objects that geometry finds: what is known by its print lies where its features lie.

A photo of several goods has features of all of them. What fits best is found first; without the features in its
outline the others come up (sequential fitting, as in Lowe, IJCV 2004, section 7.4, for several models in one image).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.scores import Hit
from service.recognition.objects.boxes import Detected, around, same
from service.recognition.proposals import CHECKED_OF_PRODUCT, CONFIRMED_INLIERS, SHORTLIST, BySurface
from service.recognition.region import Points, Region
from service.recognition.search import CandidateSearch
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.surface.features import LocalFeatures

ROUNDS: Final = 3
"""Of looking: each finds what the ones before were in the way of."""

LEAST_FEATURES: Final = 40
"""Of what is left: fewer would hardly fit anything."""

SURE_INLIERS: Final = 60
"""From so many on there is nothing more to be sure of."""

LEAST_CONFIDENCE: Final = 0.6
"""Of what just fits: above what pixels alone make of it."""


@dataclass(frozen=True, kw_only=True)
class _Fit:
    region: Region
    outline: Points
    inliers: int


async def printed_objects(
    channel: SurfaceChannel, search: CandidateSearch, surface: BySurface, most: int
) -> list[Detected]:
    """At most so many objects of the catalog, by the photo's features; the best fitting first."""
    found: list[_Fit] = []
    left = surface.features
    for _ in range(ROUNDS):
        if len(left) < LEAST_FEATURES or len(found) >= most:
            break
        fresh = await _fitting(channel, search, left, surface.index, found)
        if not fresh:
            break
        found += fresh
        left = without(left, [one.outline for one in fresh])
    best = sorted(found, key=lambda one: -one.inliers)[:most]
    return [Detected(region=one.region, confidence=_confidence(one.inliers)) for one in best]


def without(features: LocalFeatures, outlines: Sequence[Points]) -> LocalFeatures:
    """Features outside of outlines, which are in fractions of the picture."""
    width, height = features.size
    kept: NDArray[np.bool_] = np.ones(len(features), dtype=np.bool_)
    for outline in outlines:
        corners = np.array([(x * width, y * height) for x, y in outline], dtype=np.float32)
        hull = cv2.convexHull(corners)
        beside = [cv2.pointPolygonTest(hull, (float(x), float(y)), measureDist=False) < 0 for x, y in features.points]
        kept &= np.array(beside, dtype=np.bool_)
    return features.without(~kept)


async def _fitting(
    channel: SurfaceChannel,
    search: CandidateSearch,
    features: LocalFeatures,
    index: SurfaceIndex,
    before: Sequence[_Fit],
) -> list[_Fit]:
    recalled = await channel.recall(features, index, further=search.filtered)
    hits = _few(recalled.hits)
    known = {hit.reference.id for hit in await search.describe([hit.reference_id for hit in hits], None)}
    hits = [hit for hit in hits if hit.reference_id in known]
    packed = await search.features([hit.features_key for hit in hits])
    there = [(hit.product_id, content) for hit, content in zip(hits, packed, strict=True) if content is not None]
    fits = [
        _Fit(region=around(one.outline), outline=one.outline, inliers=one.inliers)
        for one in (await channel.verify(features, there)).verified
        if one.outline is not None and one.inliers >= CONFIRMED_INLIERS
    ]
    kept: list[_Fit] = []
    for fit in sorted(fits, key=lambda one: -one.inliers):
        if not any(same(fit.region, other.region) for other in (*before, *kept)):
            kept.append(fit)
    return kept


def _few(hits: Sequence[Hit]) -> list[Hit]:
    """The best, few of any one product."""
    taken: list[Hit] = []
    of_product: dict[UUID, int] = {}
    for hit in hits:
        if len(taken) < SHORTLIST and of_product.get(hit.product_id, 0) < CHECKED_OF_PRODUCT:
            taken.append(hit)
            of_product[hit.product_id] = of_product.get(hit.product_id, 0) + 1
    return taken


def _confidence(inliers: int) -> float:
    share = (inliers - CONFIRMED_INLIERS) / (SURE_INLIERS - CONFIRMED_INLIERS)
    return LEAST_CONFIDENCE + (1 - LEAST_CONFIDENCE) * min(1.0, share)
