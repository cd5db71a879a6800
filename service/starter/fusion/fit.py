"""Two regressions: conditional logit for the ranking, logistic for the certainty of its first; thresholds from both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from service.recognition.fusion import CERTAINTY, MEASURES, FusionModel, certainty, measures, trust_in
from service.starter.fusion.choice import Floats, fit_choice
from service.starter.fusion.gather import Looked
from service.starter.fusion.small import in_small_catalogs
from service.starter.real_photos import kept_apart

REAL = frozenset({"grocery", "clothing"})
"""Sources that the starter was trained on, but for the products kept apart. By the photos that it has learnt from the
picture's vector would look better than it is, so of these the fit sees the other evidence only."""

FOLDS = 5
WRONG_MATCHES = 0.01
"""Share of wrong ones among matches that the threshold allows, on folds that it was not fitted on."""

RIDGE = 0.02
"""Penalty on squared standardised weights, a photo: a measure that says nothing gets no weight."""

LOST_ANSWERS = 0.02
"""Share of right answers that may be called no match."""

DIGITS = 4
SEED = 3
"""Of the candidates that small catalogs have."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Shares, 0..1: called a match, of photos whose product is there and of those whose is not; wrong ones among
    matches.
    """

    coverage: float
    left_out: float
    wrong_matches: float


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The model and how it did on folds of products that it was not fitted on, in ``large`` catalogs and in ``small``
    ones (:mod:`service.starter.fusion.small`). Shares, 0..1.
    """

    model: FusionModel
    top1: dict[str, float]
    large: Judged
    small: Judged
    photos: int


def fit_fusion(looked: Sequence[Looked], source: str) -> Fitted:
    """Fit ranking and certainty; thresholds are set on probabilities predicted across folds, split by product."""
    looked = [unbiased(one) for one in looked]
    models = _of_folds(looked, source)
    small = in_small_catalogs(looked, SEED)
    predicted, first = _predicted(looked, models)
    predicted_small, first_small = _predicted(small, models)
    match, no_match = _thresholds(np.concatenate([predicted, predicted_small]), np.concatenate([first, first_small]))
    return Fitted(
        model=_fit(looked, source, match, no_match),
        top1=_by_source(looked, first),
        large=_judged(looked, predicted, first, match),
        small=_judged(small, predicted_small, first_small, match),
        photos=len(looked),
    )


def _of_folds(looked: Sequence[Looked], source: str) -> dict[tuple[str, str], FusionModel]:
    """For each product a model that has not seen it: one for all of a fold."""
    folds = folds_of(looked)
    models = [_fit([one for one, at in zip(looked, folds, strict=True) if at != fold], source) for fold in range(FOLDS)]
    return {(one.source, one.product): models[fold] for one, fold in zip(looked, folds.tolist(), strict=True)}


def _predicted(
    looked: Sequence[Looked], models: dict[tuple[str, str], FusionModel]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Of each photo the probability that its first candidate is right, and whether it is."""
    predicted = np.empty(len(looked))
    first = np.empty(len(looked), dtype=np.bool_)
    for place, one in enumerate(looked):
        model = models[one.source, one.product]
        scores = model.scores([one.candidates])
        predicted[place] = model.probability(model.logit([one.candidates], scores, _best(scores)))
        first[place] = one.right == _best(scores)
    return predicted, first


def _judged(looked: Sequence[Looked], predicted: Floats, first: NDArray[np.bool_], match: float) -> Judged:
    matched, present = predicted >= match, np.array([one.present for one in looked])
    return Judged(
        coverage=float(matched[present].mean()),
        left_out=float(matched[~present].mean()) if not present.all() else 0.0,
        wrong_matches=float((matched & ~first).sum() / max(matched.sum(), 1)),
    )


def _best(scores: Sequence[float]) -> int:
    return int(np.argmax(scores))


def unbiased(one: Looked) -> Looked:
    """Without what the starter has learnt by heart."""
    if one.source not in REAL or kept_apart(one.product):
        return one
    return replace(one, candidates=[replace(evidence, image=None) for evidence in one.candidates])


def _fit(looked: Sequence[Looked], source: str, match: float = 1.0, no_match: float = 0.0) -> FusionModel:
    weights = _fit_ranking([one for one in looked if one.right is not None and _teaches_order(one)])
    ranking = dict(zip(MEASURES, weights.round(DIGITS).tolist(), strict=True))
    model = FusionModel(
        ranking=ranking,
        certainty=dict.fromkeys(CERTAINTY, 0.0),
        bias=0.0,
        match_probability=match,
        no_match_probability=no_match,
        source=source,
    )
    all_sizes = [*looked, *in_small_catalogs(looked, SEED)]
    scored = [(one, model.scores([one.candidates])) for one in all_sizes if one.candidates]
    rows = np.array([certainty([one.candidates], scores, _best(scores)) for one, scores in scored])
    right = np.array([one.right == int(np.argmax(scores)) for one, scores in scored])
    certain, bias = _fit_certainty(rows, right)
    return FusionModel(
        ranking=ranking,
        certainty=dict(zip(CERTAINTY, certain.round(DIGITS).tolist(), strict=True)),
        bias=round(bias, DIGITS),
        match_probability=match,
        no_match_probability=no_match,
        source=source,
    )


def _teaches_order(one: Looked) -> bool:
    """Not where nothing fits and the image may not speak: all that is left is recall, which would learn to stand for
    the image, beside which it is to be weighed.
    """
    speaks = trust_in(one.candidates) == 1 or any(evidence.image is not None for evidence in one.candidates)
    return len(one.candidates) > 1 and speaks


def _fit_ranking(looked: Sequence[Looked]) -> Floats:
    """Maximise the likelihood that the right candidate is chosen."""
    tables = [np.array(measures(one.candidates)) for one in looked]
    rights = [one.right for one in looked if one.right is not None]
    # More of any evidence never speaks against a candidate: without the bounds, chance correlations would say so.
    return fit_choice(tables, rights, [(0.0, None)] * len(MEASURES), RIDGE)


def _fit_certainty(rows: Floats, right: NDArray[np.bool_]) -> tuple[Floats, float]:
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    table = np.column_stack([(rows - mean) / scale, np.ones(len(rows))])
    signs = np.where(right, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        signed = signs * (table @ weights)
        total = float(np.logaddexp(0, -signed).sum()) + RIDGE * len(rows) * float(np.square(weights[:-1]).sum()) / 2
        slope = -table.T @ (signs / (1 + np.exp(signed)))
        slope[:-1] += RIDGE * len(rows) * weights[:-1]
        return total, slope

    bounds = [(0.0, None)] * rows.shape[1] + [(None, None)]
    weights = np.asarray(minimize(loss, np.zeros(table.shape[1]), jac=True, bounds=bounds).x)
    scaled = weights[:-1] / scale
    return scaled, float(weights[-1] - scaled @ mean)


def _thresholds(predicted: Floats, right: NDArray[np.bool_]) -> tuple[float, float]:
    """The lowest probability from which on matches are wrong rarely enough, and the highest that loses few answers."""
    order = np.argsort(-predicted, kind="stable")
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(wrong <= WRONG_MATCHES)
    match = float(predicted[order[allowed[-1]]]) if len(allowed) else 1.0
    no_match = float(np.quantile(predicted[right], LOST_ANSWERS)) if right.any() else 0.0
    return round(match, DIGITS), round(min(no_match, match), DIGITS)


def folds_of(looked: Sequence[Looked]) -> NDArray[np.intp]:
    """A fold for each photo, all photos of a product in one."""
    products = sorted({(one.source, one.product) for one in looked})
    of_product = dict(zip(products, np.random.default_rng(0).integers(FOLDS, size=len(products)).tolist(), strict=True))
    return np.array([of_product[one.source, one.product] for one in looked])


def _by_source(looked: Sequence[Looked], first: NDArray[np.bool_]) -> dict[str, float]:
    sources = np.array([one.source for one in looked])
    present = np.array([one.present for one in looked])
    return {source: float(first[present & (sources == source)].mean()) for source in sorted(set(sources.tolist()))}
