"""How probable each candidate is: a softmax over the candidates' scores, with a place for what is none of them.

Scales and places were fitted on labelled photos (``photocode starter fusion``), by what was looked at: fused scores are
far apart where a candidate fits by geometry, and say little where none does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import fmean, median
from typing import Final, Self

import msgspec
import numpy as np

from catalog.search.candidates import ProductHit
from service.recognition.fusion import MEASURES, Evidence, FusionModel, Views, measures, spread_of, trust_in
from service.recognition.pooling import Pooled, views

ANY: Final = ""
"""In place of a bundle's identity: weights that hold for any model."""

_IMAGE: Final = MEASURES.index("image")


class LikelihoodInvalid(Exception):
    """The file holds no weights of this form."""


class Manner(StrEnum):
    """What the candidates' scores rest on: the picture's vector alone; local features too, that nobody has checked; a
    check by geometry, which none passes, or which the best passes surely. Between the last two there is every degree.
    """

    ALONE = "alone"
    UNCHECKED = "unchecked"
    APART = "apart"
    FITTING = "fitting"


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``scale``: of a candidate's score. ``something_else``: logit of the photo's showing none of the candidates;
    ``another_kind``: of its showing nothing of their kind either. From both is taken ``cosine`` for each unit of the
    best candidate's cosine, to both is added ``texture`` for each unit of :attr:`Seen.texture`.
    """

    scale: float
    something_else: float
    another_kind: float
    cosine: float = 0.0
    texture: float = 0.0

    def towards(self, other: "Place", share: float) -> "Place":
        """Between this (0) and the other (1)."""
        mixed = {name: getattr(self, name) * (1 - share) + getattr(other, name) * share for name in _NAMES}
        return Place(**mixed)


_NAMES: Final = tuple(field.name for field in msgspec.structs.fields(Place))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the likelihood of one answer's candidates is read from. ``scores``: one a candidate, comparable among these.
    ``fitting``: 0 where no candidate fits by geometry, to 1. ``cosine``: the best candidate's, None where the image was
    not asked. ``texture``: log of one more than the pairs of features that the middle one of the checked candidates has
    with the photo, 0 without a check: where there is much to compare and nothing fits, it is something else. Of several
    photos, means.
    """

    manner: Manner
    scores: Sequence[float]
    fitting: float
    cosine: float | None
    texture: float


class LikelihoodModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place for every manner. ``bundle``: identity of the model whose cosines it knows; ``ANY`` knows none's.
    ``text_scale``: of a photo's cosines with texts, to choose one of them by (:mod:`service.recognition.tags`).
    """

    bundle: str
    alone: Place
    unchecked: Place
    apart: Place
    fitting: Place
    text_scale: float
    source: str

    def place(self, seen: Seen) -> Place:
        """The one for what was looked at."""
        if seen.manner is Manner.ALONE:
            return self.alone
        return self.unchecked if seen.manner is Manner.UNCHECKED else self.apart.towards(self.fitting, seen.fitting)

    def shares(self, seen: Seen) -> tuple[list[float], list[float]]:
        """For each candidate the probability that the photo shows it, and its share of the probability that the photo
        shows something of the candidates' kind. Both sum to less than 1; the second is never less than the first.
        """
        place = self.place(seen)
        logits = np.array([place.scale * score for score in seen.scores], dtype=np.float64)
        seems = place.texture * seen.texture - place.cosine * (seen.cosine or 0.0)
        of_kind = min(place.another_kind, place.something_else) + seems
        return _softmax(logits, place.something_else + seems), _softmax(logits, of_kind)


class LikelihoodModels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Content of ``labels.json``. Cosines of two bundles mean different things, so one that was not at hand when this
    was fitted is given the model that looks at none.
    """

    models: list[LikelihoodModel]

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a JSON file.

        Raises:
            LikelihoodInvalid: not readable, or no model of any bundle is among them.

        """
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as error:
            raise LikelihoodInvalid(f"{path}: {error}") from error
        if not any(model.bundle == ANY for model in found.models):
            raise LikelihoodInvalid(f"{path} holds no model that any bundle can use")
        return found

    def of(self, bundle: str) -> LikelihoodModel:
        """The model for the bundle of this identity."""
        by_bundle = {model.bundle: model for model in self.models}
        return by_bundle.get(bundle) or by_bundle[ANY]


@dataclass(frozen=True, kw_only=True)
class Likely:
    """A candidate: the probability that the photo shows this very product, and its share, no less, of the probability
    that the photo shows something of the candidates' kind. Shares of several candidates add up.
    """

    product: ProductHit
    exact: float
    kind: float


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """All ranked candidates, the most probable first; ``basis`` says what it was fitted on. ``unit``: how many units of
    the score that ranks them are worth a factor of e in probability.
    """

    products: tuple[Likely, ...]
    basis: str
    unit: float = 0.0


def likelihood(
    products: Sequence[Pooled], photos: int, *, fusion: FusionModel | None, model: LikelihoodModel | None
) -> Likelihood | None:
    """By what the photos show, whatever was typed: as in the verdict, a word may be mistaken. None without a model."""
    if model is None:
        return None
    if not products or not photos:
        return Likelihood(products=(), basis=model.source)
    of_photos = views(products, photos)
    seen = look(of_photos, fusion)
    exact, kind = model.shares(seen)
    found = [
        Likely(product=one.product, exact=here, kind=near)
        for one, here, near in zip(products, exact, kind, strict=True)
    ]
    found.sort(key=lambda one: (-one.exact, one.product.product_id))
    return Likelihood(products=tuple(found), basis=model.source, unit=_unit(of_photos, seen, model.place(seen), fusion))


def _unit(of_photos: Views, seen: Seen, place: Place, fusion: FusionModel | None) -> float:
    """Of what candidates are ranked by: the fused score, or the mean cosine."""
    if place.scale <= 0:
        return 0.0
    if fusion is None:
        return fmean(spread_of(candidates) for candidates in of_photos) / place.scale
    return (fusion.ranking["image"] if seen.manner is Manner.ALONE else 1.0) / place.scale


def look(of_photos: Views, fusion: FusionModel | None) -> Seen:
    """What is to be known of the candidates, of which there is at least one. Without ``fusion`` the image is alone."""
    manner = _manner([one for candidates in of_photos for one in candidates]) if fusion else Manner.ALONE
    checked = [candidates for candidates in of_photos if any(one.verified is not None for one in candidates)]
    return Seen(
        manner=manner,
        scores=_of_image(of_photos) if fusion is None or manner is Manner.ALONE else fusion.scores(of_photos),
        fitting=fmean(trust_in(candidates) for candidates in checked) if checked else 0.0,
        cosine=max((fmean(known) for one in zip(*of_photos, strict=True) if (known := _cosines(one))), default=None),
        texture=fmean(_texture(candidates) for candidates in checked) if checked else 0.0,
    )


def _manner(everything: Sequence[Evidence]) -> Manner:
    if any(one.verified is not None for one in everything):
        return Manner.FITTING
    return Manner.UNCHECKED if any(one.kernel for one in everything) else Manner.ALONE


def _of_image(of_photos: Views) -> list[float]:
    """Of the image alone: how far behind the nearest, by their spread, so that it says the same of any model."""
    by_photo = [[row[_IMAGE] for row in measures(candidates)] for candidates in of_photos]
    return [fmean(of_candidate) for of_candidate in zip(*by_photo, strict=True)]


def _cosines(of_candidate: Sequence[Evidence]) -> list[float]:
    return [one.image for one in of_candidate if one.image is not None]


def _texture(candidates: Sequence[Evidence]) -> float:
    return math.log1p(median(one.verified.matches for one in candidates if one.verified is not None))


def _softmax(logits: np.ndarray[tuple[int], np.dtype[np.float64]], another: float) -> list[float]:
    """Shares of the logits where one more, ``another``, takes part."""
    highest = max(float(logits.max()), another)
    powers = np.exp(logits - highest)
    shares: list[float] = (powers / (powers.sum() + math.exp(another - highest))).tolist()
    return shares
