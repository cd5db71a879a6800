"""Figures of one set of channels."""

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from service.evaluation.bounds import Estimate, Floats, Resamples, bounded, rate
from service.evaluation.outcomes import Bools, Outcomes
from service.evaluation.queries import Kind
from service.recognition.verdict.judge import Verdict

BINS: Final = 10
RANKS: Final = (1, 5, 10)
_CHUNK: Final = 2_000_000

Values = Callable[[Outcomes], tuple[Floats, Bools]]
"""Values in 0..1 of all queries, and the queries that count."""


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """How often a photo of something that is not in the gallery was called a match."""

    left_out: Estimate | None
    strangers: Estimate | None
    together: Estimate | None


class CoarseOfAbsent(msgspec.Struct, frozen=True, kw_only=True):
    """Coarse answers to photos of what is not in the gallery: of a product left out its kind may be right all the same,
    of a stranger nothing is.
    """

    left_out_given: Estimate | None
    left_out_wrong: Estimate | None
    strangers_given: Estimate | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation finds. Rates are of photos whose product is in the gallery, unless the name says otherwise.

    ``mrr`` counts places beyond the tenth as 0; ``auroc`` is the chance that a right first candidate has more
    confidence than a wrong or absent one; ``ece`` the expected calibration error of the probability that the first
    candidate is right, None where verdicts carry none; ``confidence`` says which of the two was used.

    ``label_ece``: the same of the most probable label's probability. ``coarse_coverage``: coarse answers to what is
    not called a match; ``coarse_wrong_rate``: of coarse answers, those of which anything does not hold;
    ``coarse_of_absent``: the same of products left out, and how often a stranger is given one.
    """

    recall_at_1: Estimate | None
    recall_at_5: Estimate | None
    recall_at_10: Estimate | None
    mrr: Estimate | None
    verdicts: dict[str, dict[str, int]]
    wrong_match_rate: Estimate | None
    stranger_match_rate: Absent
    coverage: Estimate | None
    auroc: Estimate | None
    ece: Estimate | None
    confidence: str
    label_ece: Estimate | None
    coarse_coverage: Estimate | None
    coarse_wrong_rate: Estimate | None
    coarse_of_absent: CoarseOfAbsent


def recall_at(rank: int) -> Values:
    """The product is among the first so many."""
    return lambda found: (((found.ranks > 0) & (found.ranks <= rank)).astype(np.float64), found.present)


def reciprocal_rank(found: Outcomes) -> tuple[Floats, Bools]:
    """One over the place; 0 where the product is not found."""
    places = np.maximum(found.ranks, 1)
    return np.where(found.ranks > 0, 1 / places, 0.0), found.present


def wrong_match(found: Outcomes) -> tuple[Floats, Bools]:
    """Called a match with another product first."""
    return (found.matched & ~found.right).astype(np.float64), found.present


def coverage(found: Outcomes) -> tuple[Floats, Bools]:
    """Called a match."""
    return found.matched.astype(np.float64), found.present


def absent_match(*kinds: Kind) -> Values:
    """Called a match, of photos of something that is not there."""
    return lambda found: (found.matched.astype(np.float64), np.isin(found.kinds, [kind.value for kind in kinds]))


def coarse_given(kind: Kind) -> Values:
    """Given a coarse answer, of photos of this kind that are called no match."""
    return lambda found: (found.coarse_given.astype(np.float64), (found.kinds == kind) & ~found.matched)


def coarse_wrong(kind: Kind) -> Values:
    """Of the coarse answers to photos of this kind, those that are wrong."""
    return lambda found: ((~found.coarse_right).astype(np.float64), (found.kinds == kind) & found.coarse_given)


RATES: Final[dict[str, Values]] = {
    **{f"recall_at_{rank}": recall_at(rank) for rank in RANKS},
    "mrr": reciprocal_rank,
    "coverage": coverage,
    "wrong_match_rate": wrong_match,
    "left_out_match_rate": absent_match(Kind.LEFT_OUT),
    "stranger_match_rate": absent_match(Kind.STRANGER),
    "absent_match_rate": absent_match(Kind.LEFT_OUT, Kind.STRANGER),
}
"""Rates by name; also the rows of the ablation."""

COARSE: Final[dict[str, Values]] = {
    "coarse_coverage": coarse_given(Kind.PRESENT),
    "coarse_wrong_rate": coarse_wrong(Kind.PRESENT),
    "left_out_coarse_coverage": coarse_given(Kind.LEFT_OUT),
    "left_out_coarse_wrong_rate": coarse_wrong(Kind.LEFT_OUT),
    "stranger_coarse_rate": coarse_given(Kind.STRANGER),
}
"""The same of coarse answers. Which photos count depends on what was answered, so that two sets of channels cannot be
compared photo by photo."""


def figures(found: Outcomes, drawn: Resamples) -> Figures:
    """All figures with their bounds."""
    rates = {name: rate(*values(found), found.clusters, drawn) for name, values in (RATES | COARSE).items()}
    return Figures(
        recall_at_1=rates["recall_at_1"],
        recall_at_5=rates["recall_at_5"],
        recall_at_10=rates["recall_at_10"],
        mrr=rates["mrr"],
        verdicts={kind.value: _verdicts(found, kind) for kind in Kind},
        wrong_match_rate=rates["wrong_match_rate"],
        stranger_match_rate=Absent(
            left_out=rates["left_out_match_rate"],
            strangers=rates["stranger_match_rate"],
            together=rates["absent_match_rate"],
        ),
        coverage=rates["coverage"],
        auroc=_auroc(found, drawn),
        ece=_ece(found, found.probabilities, found.right, drawn),
        confidence="score" if found.probabilities is None else "probability",
        label_ece=_ece(found, found.label_probabilities, found.labels_right, drawn),
        coarse_coverage=rates["coarse_coverage"],
        coarse_wrong_rate=rates["coarse_wrong_rate"],
        coarse_of_absent=CoarseOfAbsent(
            left_out_given=rates["left_out_coarse_coverage"],
            left_out_wrong=rates["left_out_coarse_wrong_rate"],
            strangers_given=rates["stranger_coarse_rate"],
        ),
    )


def auroc(confidence: Floats, right: Bools, weights: Floats) -> Floats:
    """Chance that a right answer has more confidence than another, ties counting half (Mann and Whitney, 1947).

    ``weights[b, q]`` counts query q in resample b; gives one value a resample, NaN where one side is empty.
    """
    order = np.argsort(confidence, kind="stable")
    levels, ordered = confidence[order], weights[:, order]
    starts = np.flatnonzero(np.append(True, levels[1:] != levels[:-1]))
    rights = np.add.reduceat(ordered * right[order], starts, axis=1)
    others = np.add.reduceat(ordered * ~right[order], starts, axis=1)
    below = np.cumsum(others, axis=1) - others
    wins = (rights * (below + 0.5 * others)).sum(axis=1)
    pairs = rights.sum(axis=1) * others.sum(axis=1)
    return np.asarray(np.divide(wins, pairs, out=np.full_like(wins, np.nan), where=pairs > 0))


def calibration_bins(probabilities: Floats) -> NDArray[np.intp]:
    """Which of ten bins of equal width each probability falls into."""
    return np.minimum((probabilities * BINS).astype(np.intp), BINS - 1)


def ece(probabilities: Floats, right: Bools, weights: Floats) -> Floats:
    """Expected calibration error over ten bins (Guo et al., ICML 2017).

    Gives one value a row of ``weights[b, q]``; no row is all zero.
    """
    members = calibration_bins(probabilities)[:, None] == np.arange(BINS)
    gaps = weights @ (members * (probabilities - right)[:, None])
    totals = weights.sum(axis=1)
    return np.asarray(np.abs(gaps).sum(axis=1) / totals)


def _auroc(found: Outcomes, drawn: Resamples) -> Estimate | None:
    if found.right.all() or not found.right.any():
        return None
    return _estimate(lambda weights: auroc(found.confidence, found.right, weights), found, drawn)


def _ece(found: Outcomes, probabilities: Floats | None, right: Bools, drawn: Resamples) -> Estimate | None:
    if probabilities is None:
        return None
    return _estimate(lambda weights: ece(probabilities, right, weights), found, drawn)


def _estimate(figure: Callable[[Floats], Floats], found: Outcomes, drawn: Resamples) -> Estimate:
    value = float(figure(np.ones((1, len(found.ranks))))[0])
    # In pieces: a weight for each query in each resample may be more than memory should hold.
    pieces = max(1, drawn.counts.shape[0] * len(found.ranks) // _CHUNK)
    parts = [figure(Resamples(part).weights(found.clusters)) for part in np.array_split(drawn.counts, pieces)]
    return bounded(value, np.concatenate(parts))


def _verdicts(found: Outcomes, kind: Kind) -> dict[str, int]:
    return {verdict.value: int(((found.kinds == kind) & (found.verdicts == verdict)).sum()) for verdict in Verdict}
