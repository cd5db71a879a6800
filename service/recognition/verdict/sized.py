"""Which of several that look alike it is, by size: where a scale card measures the part, candidates of its size come
first, and where what they look like leaves it open, size may decide.

Looks say how probable each candidate is; a measured size is as probable under a candidate as it is near to what that
one would show (Bayes). Where a size lists nothing to compare with, it speaks neither for nor against.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Final
from uuid import UUID

from service.recognition.evidence.sized import Size
from service.recognition.verdict.likelihood import Likelihood

FITS: Final = 1.5
"""Standard deviations up to which a size is one's own."""
EXCLUDED: Final = 2.5
"""From where on it is not."""
RIVAL: Final = 0.3
"""Of the decided one's probability by looks: less probable ones need not be excluded by themselves."""
CHANCE: Final = 0.15
"""Probability that a thing of any size fits, in units of a full fit."""
SURPRISE: Final = 0.01
"""The same of a thing that is measured wrongly."""
DECIDED_FROM: Final = 0.8
"""Chosen with the two before it on 63 drawn photos of other seeds than ``make bench-scale``: none was wrong."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The product that size singles out, the measured length and the one it would show, in mm, and the probability
    that it is right, 0..1.
    """

    product_id: UUID
    size: Size
    probability: float


def lifts(found: Likelihood | None, sizes: Mapping[UUID, Size]) -> dict[UUID, float]:
    """What size adds to the score of each candidate, 0 or less; nothing where no size was measured or is listed."""
    if found is None or not sizes:
        return {}
    ids = (one.product.product_id for one in found.products)
    return {product_id: found.unit * log(_speaks(sizes.get(product_id))) for product_id in ids}


def decide(found: Likelihood | None, sizes: Mapping[UUID, Size]) -> Decided | None:
    """The one candidate whose size fits where every other that the looks leave possible is excluded; None where size
    does not tell.
    """
    if found is None or not sizes:
        return None
    shares = {one.product.product_id: one.exact * _speaks(sizes.get(one.product.product_id)) for one in found.products}
    nothing = max(0.0, 1 - sum(one.exact for one in found.products)) * CHANCE
    total = sum(shares.values()) + nothing
    best = max(found.products, key=lambda one: shares[one.product.product_id], default=None)
    if best is None or not total:
        return None
    size = sizes.get(best.product.product_id)
    probability = shares[best.product.product_id] / total
    if size is None or not size.sure or size.distance > FITS or probability < DECIDED_FROM:
        return None
    rivals = [one for one in found.products if one is not best and one.exact >= RIVAL * best.exact]
    if not all(excluded(sizes.get(one.product.product_id)) for one in rivals):
        return None
    return Decided(product_id=best.product.product_id, size=size, probability=probability)


def _speaks(size: Size | None) -> float:
    return CHANCE if size is None else max(SURPRISE, exp(-(size.distance**2) / 2))


def excluded(size: Size | None) -> bool:
    """Whether it is certainly another one's."""
    return size is not None and size.sure and size.distance >= EXCLUDED
