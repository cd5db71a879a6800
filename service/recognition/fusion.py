"""What speaks for each candidate, put together into one ranking and the probability that its first is right.

A linear model over a few measures of evidence. Ranking: conditional logit (McFadden, 1974), each candidate's measures
taken beside the best candidate's, so that scores of different models and galleries need no common scale. What local
features say counts as far as some candidate fits the photo by geometry: of smooth things they say nothing. What they
recall counts too where there is much to compare and nothing fits, as in a blurred photo or from behind. Certainty:
logistic regression over the first candidate's measures and its margin. The weights are data, fitted by
``photocode starter fusion``; the bundle says on what.

Several photos of one object are several views of the same candidates in the same order; what the model says of each is
averaged. Their mean is sharper than one of them, for errors of different photos differ, and never surer than they are.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Final, Self

import msgspec

from service.recognition.reading.comparing import Read
from service.recognition.surface.appearance import UNSEEN
from service.recognition.surface.verification import Verified

MEASURES: Final = (
    "image",
    "kernel",
    "kernel_sum",
    "inliers",
    "share",
    "distinct",
    "lightness",
    "chroma",
    "colour",
    "detail",
)
"""Of the ranking, in the order of :func:`measures`."""

READ_WEIGHT: Final = 5.0
"""Of the text on the object, 0..1, in the ranking, whose scores are logits: text makes its candidate e^5 = 150 times as
likely at most, a word of six letters alone 12 times. It is not fitted with the other weights: on the small photos that
those are fitted on text is seldom legible, and a verdict fitted on it would rest on little.
"""

READ_IN_COSINES: Final = 0.1
"""Of the same, added to a cosine where the image channel answers alone: such a word then weighs as much as lies between
siblings."""

SURE_READ: Final = 0.6
"""Of the text's score for the first candidate, from which on it may make the verdict surer; less text changes the order
alone. Of training photos of packages 15 and 23 % reach it for the right product, by catalogue and by phone pictures,
and 4 and 9 % for another one where the right one is left out (``make bench-text``)."""

CERTAINTY: Final = ("margin", "inliers", "share", "distinct", "chroma", "colour", "detail", "kernel_found")
"""Of the probability, in the order of :func:`certainty`: the margin to the second, measures of the ranking, and the
kernel as it is."""

DOUBTED_UP_TO: Final = 8
TRUSTED_FROM: Final = 20
"""Inliers of the candidate that fits best: up to the former local features count nothing, from the latter fully."""

SMOOTH_UP_TO: Final = 50
TEXTURED_FROM: Final = 150
"""Pairs of features that the middle one of the checked candidates has with the photo: up to the former recall counts
nothing where nothing fits, from the latter fully. They lie between what smooth parts have, whose few features are like
any thing's, and printed packages."""

LEAST_KERNEL: Final = 0.01
DISTINCT_SCALE: Final = 5.0
IMAGE_SLACK: Final = 0.02
"""Added to the spread of cosines: where all are alike, their differences say little."""
FARTHEST_IMAGE: Final = -3.0
MOST_MARGIN: Final = 10.0


class FusionInvalid(Exception):
    """The file holds no weights of this form."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What speaks for a product. None: that channel was not asked, or was late.

    ``image``: cosine of its nearest reference, -1..1. ``kernel``: selective match kernel of its best reference, 0..1, 0
    where none shares anything; ``kernel_sum``: over its references. ``verified``: the check of its best reference.
    ``read``: what the text on the object says of it.
    """

    image: float | None = None
    kernel: float | None = None
    kernel_sum: float = 0.0
    verified: Verified | None = None
    read: Read | None = None


Views = Sequence[Sequence[Evidence]]
"""For each photo, what speaks for each candidate: the same candidates in the same order."""


class FusionModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Weights by name of measure, and what probabilities make a verdict. ``calibration``: the version of the catalog's
    own one, by which its log-odds have been corrected; None where the shared model speaks as it is.
    """

    ranking: dict[str, float]
    certainty: dict[str, float]
    bias: float
    match_probability: float
    no_match_probability: float
    source: str
    slope: float = 1.0
    intercept: float = 0.0
    calibration: int | None = None

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a JSON file.

        Raises:
            FusionInvalid: not readable, or the names are not those of the measures.

        """
        try:
            model = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as error:
            raise FusionInvalid(f"{path}: {error}") from error
        if set(model.ranking) != set(MEASURES) or set(model.certainty) != set(CERTAINTY):
            raise FusionInvalid(f"{path} weighs other measures than {MEASURES} and {CERTAINTY}")
        return model

    def scores(self, views: Views) -> list[float]:
        """One a candidate, the higher the better; comparable among these candidates only."""
        weights = [self.ranking[name] for name in MEASURES]
        of_views = [
            [
                _dot(weights, row) + READ_WEIGHT * (one.read.score if one.read else 0.0)
                for one, row in zip(candidates, measures(candidates), strict=True)
            ]
            for candidates in views
        ]
        return [fmean(scores) for scores in zip(*of_views, strict=True)]

    @property
    def identity(self) -> str:
        """Of what log-odds are said by: those of two models do not compare."""
        weights = (sorted(self.ranking.items()), sorted(self.certainty.items()), self.bias)
        return hashlib.sha256(msgspec.json.encode(weights)).hexdigest()[:16]

    def logit(self, views: Views, scores: Sequence[float], first: int) -> float:
        """Log-odds, before any catalog's correction, that the candidate in this place is right."""
        weights = [self.certainty[name] for name in CERTAINTY]
        return _dot(weights, certainty(views, scores, first)) + self.bias

    def probability(self, logit: float) -> float:
        """That a candidate of these log-odds is right, 0..1."""
        return 1 / (1 + math.exp(-self.slope * logit - self.intercept))


def measures(candidates: Sequence[Evidence]) -> list[list[float]]:
    """A row of :data:`MEASURES` a candidate."""
    nearest = max((one.image for one in candidates if one.image is not None), default=0.0)
    spread = spread_of(candidates)
    best = max((one.kernel or 0.0 for one in candidates), default=0.0) or 1.0
    best_sum = max((one.kernel_sum for one in candidates), default=0.0) or 1.0
    trust = trust_in(candidates)
    recall = max(trust, _texture_in(candidates))
    return [
        [
            0.0 if one.image is None else max((one.image - nearest) / spread, FARTHEST_IMAGE),
            0.0 if one.kernel is None else recall * math.log(one.kernel / best + LEAST_KERNEL),
            recall * one.kernel_sum / best_sum,
            *(trust * value for value in _checked(one)),
        ]
        for one in candidates
    ]


def spread_of(candidates: Sequence[Evidence]) -> float:
    """Of one photo's cosines, by which their differences are measured."""
    cosines = [one.image for one in candidates if one.image is not None]
    return max(cosines) - median(cosines) + IMAGE_SLACK if cosines else 1.0


def certainty(views: Views, scores: Sequence[float], first: int) -> list[float]:
    """:data:`CERTAINTY` of the candidate in this place."""
    others = [score for place, score in enumerate(scores) if place != first]
    margin = min(scores[first] - max(others), MOST_MARGIN) if others else MOST_MARGIN
    rows = [dict(zip(MEASURES, measures(candidates)[first], strict=True)) for candidates in views]
    kernel = fmean(math.log(LEAST_KERNEL + (candidates[first].kernel or 0.0)) for candidates in views)
    return [margin, *(fmean(row[name] for row in rows) for name in CERTAINTY[1:-1]), kernel]


def trust_in(candidates: Sequence[Evidence]) -> float:
    """How far one photo's local features are believed, 0..1; fully where geometry was not asked or was late."""
    checked = [one.verified.inliers for one in candidates if one.verified is not None]
    if not checked:
        return 1.0
    return min(1.0, max(0.0, (max(checked) - DOUBTED_UP_TO) / (TRUSTED_FROM - DOUBTED_UP_TO)))


def _texture_in(candidates: Sequence[Evidence]) -> float:
    """How much of one photo there is to compare, 0..1."""
    pairs = [one.verified.matches for one in candidates if one.verified is not None]
    if not pairs:
        return 0.0
    return min(1.0, max(0.0, (median(pairs) - SMOOTH_UP_TO) / (TEXTURED_FROM - SMOOTH_UP_TO)))


def _checked(one: Evidence) -> tuple[float, ...]:
    seen = one.verified or Verified()
    look = seen.appearance if seen.inliers else UNSEEN
    return (
        math.log1p(seen.inliers),
        seen.inliers / max(seen.matches, 1),
        math.log1p(DISTINCT_SCALE * seen.distinct),
        look.lightness,
        look.chroma,
        look.colour,
        seen.detail,
    )


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))
