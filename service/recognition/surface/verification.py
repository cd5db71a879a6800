"""Candidates checked against the photo: geometry, what tells each from the others, and colours."""

from collections.abc import Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import structlog
from numpy.typing import NDArray

from service.recognition.surface.appearance import UNSEEN, Appearance, compare_appearance
from service.recognition.surface.detail import compare_detail
from service.recognition.surface.features import EDGE, FeaturesInvalid, LocalFeatures
from service.recognition.surface.geometry import Alignment, Keypoints, align, box_of, outline_of
from service.recognition.surface.ground import Fit, common_ground, middle_of
from service.recognition.surface.matching import Pairs, match_features


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What the check of one reference gave.

    ``matches``: pairs of features; ``inliers``: those that one plausible view explains, 0 where none does.
    ``distinct``: how much nearer the inliers' descriptors are to this product than to any other candidate's, summed.
    ``appearance`` and ``detail``: how far the aligned reference shows the photo's colours, and its very detail, -1..1;
    of each product's reference with most inliers alone, by which the product is judged, the others' say nothing.
    ``outline``: four corners in fractions of the photo, None without inliers.
    """

    matches: int = 0
    inliers: int = 0
    distinct: float = 0.0
    appearance: Appearance = UNSEEN
    detail: float = 0.0
    outline: Sequence[tuple[float, float]] | None = None


@dataclass(frozen=True, eq=False)
class Verification:
    """``verified``: of each reference, in order. ``ground``: ``bool[n]``, features of the photo that are not of what
    was photographed, by which some references fit nevertheless; None where there are none.
    """

    verified: Sequence[Verified]
    ground: NDArray[np.bool_] | None = None


@dataclass(frozen=True, kw_only=True)
class _Likeness:
    appearance: Appearance
    detail: float


@dataclass(frozen=True, eq=False)
class _Fitted:
    """``likeness``: of the aligned pictures; None where they were not compared."""

    pairs: Pairs
    alignment: Alignment | None
    likeness: _Likeness | None = None

    @property
    def inliers(self) -> int:
        return int(np.count_nonzero(self.alignment.inliers)) if self.alignment is not None else 0


def verify(
    photo: LocalFeatures,
    references: Sequence[tuple[Hashable, LocalFeatures]],
    workers: Executor,
    *,
    off_ground: bool = False,
) -> Verification:
    """Check each (product, reference's features) in ``workers``; blocks for about a millisecond a reference.

    ``off_ground``: ground has been taken out of the photo's features, which is still on the references' pictures.

    ``distinct`` follows local naive Bayes nearest neighbour (McCann and Lowe, CVPR 2012): a feature that other products
    have as well says nothing, however well it fits.
    """
    vectors = _unit(photo.vectors)
    fitted = list(workers.map(lambda one: _fit(photo, vectors, one[1]), references))
    best = _best_of_products([product for product, _ in references], fitted)
    compared = workers.map(
        lambda place: _compared(photo, references[place][1], fitted[place], off_ground=off_ground), best
    )
    for place, one in zip(best, compared, strict=True):
        fitted[place] = one
    nearest: dict[Hashable, NDArray[np.float32]] = {}
    for (product, _), one in zip(references, fitted, strict=True):
        so_far = nearest.get(product)
        nearest[product] = one.pairs.nearest if so_far is None else np.maximum(so_far, one.pairs.nearest)
    verified = [
        _verified(photo, reference, one, _advantage(nearest, product))
        for (product, reference), one in zip(references, fitted, strict=True)
    ]
    fits = [
        Fit(product, reference, one.pairs.query[one.alignment.inliers], one.pairs.reference[one.alignment.inliers])
        for (product, reference), one in zip(references, fitted, strict=True)
        if one.alignment is not None
    ]
    return Verification(verified, None if off_ground else common_ground(photo, fits))


def _fit(photo: LocalFeatures, vectors: NDArray[np.float32], reference: LocalFeatures) -> _Fitted:
    pairs = match_features(vectors, _unit(reference.vectors))
    known, seen = Keypoints.of(reference, pairs.reference), Keypoints.of(photo, pairs.query)
    return _Fitted(pairs, align(known, seen, reference.size))


def _best_of_products(products: Sequence[Hashable], fitted: Sequence[_Fitted]) -> list[int]:
    """The place of each product's reference with most inliers, where it has one with any."""
    best: dict[Hashable, int] = {}
    for place, (product, one) in enumerate(zip(products, fitted, strict=True)):
        if one.inliers > (fitted[best[product]].inliers if product in best else 0):
            best[product] = place
    return list(best.values())


def _compared(photo: LocalFeatures, reference: LocalFeatures, one: _Fitted, *, off_ground: bool) -> _Fitted:
    """With the likeness of the aligned pictures; without an alignment where the reference's cannot be read."""
    if one.alignment is None:
        return one
    transform, points = one.alignment.transform, reference.points[one.pairs.reference[one.alignment.inliers]]
    there, here = reference.pictures, photo.pictures
    try:
        appearance = compare_appearance(here.colours, there.colours, transform, points)
        shown = middle_of(reference) if off_ground else reference.points
        detail = compare_detail(here.grey, there.grey, transform, box_of(shown), EDGE)
    except FeaturesInvalid as error:
        structlog.get_logger("photocode.surface").warning("a reference's pictures cannot be read", reason=str(error))
        return _Fitted(one.pairs, None)
    return replace(one, likeness=_Likeness(appearance=appearance, detail=detail))


def _advantage(nearest: dict[Hashable, NDArray[np.float32]], product: Hashable) -> NDArray[np.float32]:
    """``float32[n]``: how much nearer each of the photo's features is to ``product`` than to any other; at least 0."""
    others = [similarity for other, similarity in nearest.items() if other != product]
    if not others:
        return np.zeros_like(nearest[product])
    advantage: NDArray[np.float32] = np.maximum(nearest[product] - np.max(others, axis=0), 0)
    return advantage


def _verified(photo: LocalFeatures, reference: LocalFeatures, one: _Fitted, advantage: NDArray[np.float32]) -> Verified:
    if one.alignment is None:
        return Verified(matches=len(one.pairs))
    return Verified(
        matches=len(one.pairs),
        inliers=one.inliers,
        distinct=float(advantage[one.pairs.query[one.alignment.inliers]].sum()),
        appearance=one.likeness.appearance if one.likeness else UNSEEN,
        detail=one.likeness.detail if one.likeness else 0.0,
        outline=outline_of(one.alignment.transform, reference.points, photo.size),
    )


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    # Coding in a few bits changes lengths, and nearest neighbours are by the angle.
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return unit
