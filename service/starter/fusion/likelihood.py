"""Fits how probable candidates are: what scores are worth, and where something else takes its place among them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec.structs import replace as replaced
from scipy.optimize import minimize
from scipy.special import logsumexp

from service.recognition.fusion import FusionModel
from service.recognition.proposals import SHORTLIST
from service.recognition.tags import CLIP_SCALE
from service.recognition.verdict.likelihood import ANY, LikelihoodModel, LikelihoodModels, Manner, Place, Seen, look
from service.recognition.verdict.statements import designations
from service.starter.fusion.choice import Bounds, Floats, fit_choice
from service.starter.fusion.fit import DIGITS, FOLDS, folds_of, unbiased
from service.starter.fusion.gather import Looked

MADE_FOR = "parts"
"""The source whose photos the image alone is fitted on: of other things than parts the starter knows next to nothing,
and a mixture would be wrong for both."""

UPWARDS, FREE = (0.0, None), (None, None)
BINS = 10
RIDGE = 1e-4
"""Of a handful of weights only to hold those that nothing speaks of: more would make every answer too modest."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A photo as the model sees it. ``right``: the candidate that it shows; ``kin``: those of its kind."""

    seen: Seen
    right: int | None
    kin: list[int]


@dataclass(frozen=True, kw_only=True)
class FittedLikelihood:
    """The models, and of the first how it did on folds of products that it was not fitted on, photos with all channels:
    the mean probability of the first label, how often it was right, and the calibration error, 0..1.
    """

    models: LikelihoodModels
    photos: int
    said: float
    right: float
    ece: float


def fit_likelihood(
    looked: Sequence[Looked], fusion: FusionModel, bundle: str, text_scale: float, source: str
) -> FittedLikelihood:
    """Fit a model for the bundle of this identity, by which the photos were looked up, and one for any other.
    ``text_scale``: of this bundle.
    """
    looked = [unbiased(one) for one in looked]
    own = replaced(_fit(looked, fusion, bundle, source), text_scale=text_scale)
    any_other = _fit(looked, fusion, ANY, source)
    said, right = _across_folds(looked, fusion, bundle)
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    gaps = [abs(float((said - right)[bins == one].sum())) for one in range(BINS)]
    return FittedLikelihood(
        models=LikelihoodModels(models=[own, any_other]),
        photos=len(said),
        said=float(said.mean()),
        right=float(right.mean()),
        ece=sum(gaps) / len(said),
    )


def _fit(looked: Sequence[Looked], fusion: FusionModel, bundle: str, source: str) -> LikelihoodModel:
    checked = rows_of(looked, fusion)
    unchecked = rows_of([_stripped(one) for one in looked], fusion)
    alone = rows_of([_of_image(one) for one in looked if one.source == MADE_FOR], None)
    cosine = UPWARDS if bundle else (0.0, 0.0)
    places = {
        Manner.ALONE: _fit_place(alone, cosine),
        Manner.UNCHECKED: _fit_place(unchecked, (0.0, 0.0)),
    }
    apart, fitting = _fit_checked(checked, cosine)
    return LikelihoodModel(
        bundle=bundle,
        alone=places[Manner.ALONE],
        unchecked=places[Manner.UNCHECKED],
        apart=apart,
        fitting=fitting,
        text_scale=CLIP_SCALE,
        source=source,
    )


def rows_of(looked: Sequence[Looked], fusion: FusionModel | None) -> list[Row]:
    """The photos of which anything is left to go by: without the image, and where nothing fits, nothing is."""
    rows = []
    for one in looked:
        if not one.candidates:
            continue
        seen = look([one.candidates], fusion)
        if seen.cosine is None and not (seen.fitting or seen.manner is Manner.UNCHECKED):
            continue
        kin = [at for at, number in enumerate(one.numbers) if kind_of(number) == kind_of(one.product)]
        rows.append(Row(seen=seen, right=one.right, kin=kin))
    return rows


def kind_of(number: str) -> str:
    """By the beginning of its part number; a number without one is its own kind."""
    return (designations(number) or [number])[-1]


def _stripped(one: Looked) -> Looked:
    """As where geometry was not asked."""
    return replace(one, candidates=[replace(seen, verified=None) for seen in one.candidates])


def _of_image(one: Looked) -> Looked:
    found = [(seen.image or 0.0, at) for at, seen in enumerate(one.candidates)]
    kept = [at for _, at in sorted(found, reverse=True)[:SHORTLIST]]
    bare = [replace(one.candidates[at], kernel=None, kernel_sum=0.0, verified=None) for at in kept]
    right = kept.index(one.right) if one.right in kept else None
    return replace(one, candidates=bare, numbers=[one.numbers[at] for at in kept], right=right)


def _fit_place(rows: Sequence[Row], cosine: tuple[float | None, float | None]) -> Place:
    """Measures: the score of a candidate; for something else a constant and how far from it the best cosine is."""
    tables = [_table(row, [(1.0, "score"), (1.0, "else"), (-(row.seen.cosine or 0.0), "else")]) for row in rows]
    scale, something_else, weight = fit_choice(tables, _rights(rows), [UPWARDS, FREE, cosine], RIDGE).tolist()
    place = Place(scale=scale, something_else=something_else, another_kind=something_else, cosine=weight)
    (kind,) = _fit_kinds(rows, [place], [[1.0]] * len(rows))
    return _rounded(place, kind)


def _fit_checked(rows: Sequence[Row], cosine: tuple[float | None, float | None]) -> tuple[Place, Place]:
    """Both ends at once: between them every photo has its share of each."""
    tables = []
    for row in rows:
        fits, apart = row.seen.fitting, 1.0 - row.seen.fitting
        columns = [(apart, "score"), (fits, "score"), (apart, "else"), (fits, "else")]
        known = [(-apart * (row.seen.cosine or 0.0), "else"), (apart * row.seen.texture, "else")]
        tables.append(_table(row, columns + known))
    bounds: Bounds = [UPWARDS, UPWARDS, FREE, FREE, cosine, UPWARDS]
    found = fit_choice(tables, _rights(rows), bounds, RIDGE).tolist()
    places = [
        Place(scale=found[0], something_else=found[2], another_kind=found[2], cosine=found[4], texture=found[5]),
        Place(scale=found[1], something_else=found[3], another_kind=found[3]),
    ]
    kinds = _fit_kinds(rows, places, [[1.0 - row.seen.fitting, row.seen.fitting] for row in rows])
    return _rounded(places[0], kinds[0]), _rounded(places[1], kinds[1])


def _table(row: Row, columns: Sequence[tuple[float, str]]) -> Floats:
    """Candidates, and something else as the last row."""
    scores, none = np.array(row.seen.scores), np.zeros(len(row.seen.scores))
    return np.column_stack(
        [np.append(weight * scores, 0.0) if what == "score" else np.append(none, weight) for weight, what in columns]
    )


def _rights(rows: Sequence[Row]) -> list[int]:
    return [len(row.seen.scores) if row.right is None else row.right for row in rows]


def _fit_kinds(rows: Sequence[Row], places: Sequence[Place], shares: Sequence[Sequence[float]]) -> list[float]:
    """The logits of another kind, all else as it was fitted: what is of no candidate's kind is to be told apart."""
    weights, absent = np.array(shares), np.array([not row.kin for row in rows])
    rest = np.array([_rest(row, places, share) for row, share in zip(rows, shares, strict=True)])

    def loss(logits: Floats) -> float:
        margin = weights @ logits + rest
        held = RIDGE * float(np.square(logits - start).sum())
        return float(np.logaddexp(0, np.where(absent, -margin, margin)).sum()) + held

    start = np.array([place.something_else for place in places])
    found: list[float] = minimize(loss, start).x.tolist()
    return found


def _rest(row: Row, places: Sequence[Place], shares: Sequence[float]) -> float:
    """Of the logit of another kind against all candidates, what does not depend on its own place."""
    scale = sum(share * place.scale for share, place in zip(shares, places, strict=True))
    cosine = sum(share * place.cosine for share, place in zip(shares, places, strict=True)) * (row.seen.cosine or 0.0)
    texture = sum(share * place.texture for share, place in zip(shares, places, strict=True)) * row.seen.texture
    return float(texture - cosine - logsumexp(scale * np.array(row.seen.scores)))


def _rounded(place: Place, another_kind: float) -> Place:
    return Place(
        scale=round(place.scale, DIGITS),
        something_else=round(place.something_else, DIGITS),
        another_kind=round(min(another_kind, place.something_else), DIGITS),
        cosine=round(place.cosine, DIGITS),
        texture=round(place.texture, DIGITS),
    )


def _across_folds(looked: Sequence[Looked], fusion: FusionModel, bundle: str) -> tuple[Floats, Floats]:
    """The first label's probability and whether it was right, by a model that has not seen the product."""
    folds = folds_of(looked)
    said: list[float] = []
    right: list[float] = []
    for fold in range(FOLDS):
        model = _fit([one for one, at in zip(looked, folds, strict=True) if at != fold], fusion, bundle, "")
        for row in rows_of([one for one, at in zip(looked, folds, strict=True) if at == fold], fusion):
            exact, _ = model.shares(row.seen)
            said.append(max(exact))
            right.append(float(row.right == int(np.argmax(exact))))
    return np.array(said), np.array(right)
