"""Two regressions: conditional logit for the ranking, logistic for the certainty of its first; thresholds from both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from service.recognition.fusion import CERTAINTY, MEASURES, FusionModel, certainty, measures
from service.starter.fusion.choice import Floats, fit_choice
from service.starter.fusion.gather import Looked
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


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The model and how it did on folds of products that it was not fitted on. Shares, 0..1."""

    model: FusionModel
    top1: dict[str, float]
    wrong_matches: float
    coverage: float
    photos: int


def fit_fusion(looked: Sequence[Looked], source: str) -> Fitted:
    """Fit ranking and certainty; thresholds are set on probabilities predicted across folds, split by product."""
    looked = [unbiased(one) for one in looked]
    folds = folds_of(looked)
    predicted = np.empty(len(looked))
    first = np.empty(len(looked), dtype=np.bool_)
    for fold in range(FOLDS):
        model = _fit([one for one, at in zip(looked, folds, strict=True) if at != fold], source)
        for place in np.flatnonzero(folds == fold).tolist():
            scores = model.scores([looked[place].candidates])
            predicted[place] = model.probability(model.logit([looked[place].candidates], scores, _best(scores)))
            first[place] = looked[place].right == int(np.argmax(scores))
    match, no_match = _thresholds(predicted, first)
    model = _fit(looked, source, match, no_match)
    matched = predicted >= match
    present = np.array([one.present for one in looked])
    return Fitted(
        model=model,
        top1=_by_source(looked, first),
        wrong_matches=float((matched & ~first).sum() / max(matched.sum(), 1)),
        coverage=float(matched[present].mean()),
        photos=len(looked),
    )


def _best(scores: Sequence[float]) -> int:
    return int(np.argmax(scores))


def unbiased(one: Looked) -> Looked:
    """Without what the starter has learnt by heart."""
    if one.source not in REAL or kept_apart(one.product):
        return one
    return replace(one, candidates=[replace(evidence, image=None) for evidence in one.candidates])


def _fit(looked: Sequence[Looked], source: str, match: float = 1.0, no_match: float = 0.0) -> FusionModel:
    weights = _fit_ranking([one for one in looked if one.right is not None and len(one.candidates) > 1])
    ranking = dict(zip(MEASURES, weights.round(DIGITS).tolist(), strict=True))
    model = FusionModel(
        ranking=ranking,
        certainty=dict.fromkeys(CERTAINTY, 0.0),
        bias=0.0,
        match_probability=match,
        no_match_probability=no_match,
        source=source,
    )
    scored = [(one, model.scores([one.candidates])) for one in looked if one.candidates]
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
