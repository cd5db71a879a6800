"""What several products' pictures have in common because they lie on the same ground: a desk, a mat, a shelf.

Things that were taught on one desk fit each other's pictures by the desk, the surer the more of it is seen. Such ground
surrounds what was photographed, in the photo as in the references: what several products share lies along the edges of
both, and next to nothing of it in their middle. What siblings share, a logo or a whole print, lies in the middle of one
of them at least: of the photo, or, where that is a close-up, of the references.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.features import LocalFeatures

LEAST_COMMON: Final = 16
"""Features; fewer are explained by several products by chance."""

RIM: Final = 0.2
MIDDLE: Final = 0.3
"""Distances from the nearest edge in shares of a picture's sides: up to the former a feature is at the rim, from the
latter in the middle."""

RIM_OVER_MIDDLE: Final = 1.5
"""So many times as large is the share of common features at the rim as it is in the middle, where there is ground; in
the photo, and in the references that fit by it."""

LEAST_SPREAD: Final = 0.35
"""Of the photo's area, which the common features span at the least."""

SPREAD_PERCENTILES: Final = (5, 95)

EXPLAINED: Final = 0.5
"""Share of common features among those that an alignment explains, from which on it is the ground that it aligns."""


@dataclass(frozen=True, eq=False)
class Fit:
    """An alignment of one of a product's references: the rows of the photo's features that it explains, and of the
    reference's, ``intp[k]`` both.
    """

    product: Hashable
    reference: LocalFeatures
    rows: NDArray[np.intp]
    known: NDArray[np.intp]


def common_ground(photo: LocalFeatures, fits: Sequence[Fit]) -> NDArray[np.bool_] | None:
    """``bool[n]``: which of the photo's features are ground; None where there is none to be told."""
    common = _common(len(photo), fits)
    if np.count_nonzero(common) < LEAST_COMMON or not _spread(photo, common) or not _surrounds([(photo, common)]):
        return None
    by_it = [fit for fit in fits if common[fit.rows].mean() >= EXPLAINED]
    if not _surrounds([(fit.reference, _named(len(fit.reference), fit.known)) for fit in by_it]):
        return None
    # Also what only one reference shows of it: it moved with the rest.
    return common | _named(len(photo), np.concatenate([fit.rows for fit in by_it]))


def _common(count: int, fits: Sequence[Fit]) -> NDArray[np.bool_]:
    """``bool[count]``: features that references of two products or more explain."""
    by_product: dict[Hashable, NDArray[np.bool_]] = {}
    for fit in fits:
        by_product.setdefault(fit.product, np.zeros(count, np.bool_))[fit.rows] = True
    products = np.zeros(count, np.intp)
    for explained in by_product.values():
        products += explained
    common: NDArray[np.bool_] = products >= 2
    return common


def _named(count: int, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    named = np.zeros(count, np.bool_)
    named[rows] = True
    return named


def _spread(photo: LocalFeatures, common: NDArray[np.bool_]) -> bool:
    low, high = np.percentile(_places(photo)[common], SPREAD_PERCENTILES, axis=0)
    return bool(np.prod(high - low) >= LEAST_SPREAD)


def _surrounds(pictures: Sequence[tuple[LocalFeatures, NDArray[np.bool_]]]) -> bool:
    """Whether the named features of pictures, taken together, lie at their rims rather than in their middles."""
    if not pictures:
        return False
    places = np.concatenate([_places(picture) for picture, _ in pictures])
    named = np.concatenate([some for _, some in pictures])
    inwards = np.minimum(places, 1 - places).min(axis=1)
    rim, middle = named[inwards < RIM], named[inwards >= MIDDLE]
    if not len(rim):
        return False
    return not len(middle) or bool(rim.mean() >= RIM_OVER_MIDDLE * middle.mean())


def _places(picture: LocalFeatures) -> NDArray[np.float32]:
    """``float32[n, 2]``: of its features, in shares of its width and height."""
    places: NDArray[np.float32] = (picture.points / np.array(picture.size)).astype(np.float32)
    return places
