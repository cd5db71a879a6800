"""The first verdict: from the best score and its margin over the next product."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from service.recognition.embedding.bundle import Thresholds
from service.recognition.evidence.coded import CodeName
from service.recognition.evidence.sized import Size
from service.recognition.fusion import FusionModel, Views
from service.recognition.verdict.sized import Decided, excluded

TYPED = "the part number that was typed is a match; other words are never called one"
CODED = "a code in the photo is the product's {key}"
CODED_SEVERAL = "codes in the photo name several products"
SIZED = (
    "size decides among candidates that look alike: by the scale card the part is {measured:.0f} mm long; the first "
    "would show {expected:.0f} mm, the others that come into question are excluded"
)
CONTRADICTED = (
    "by the scale card the part is {measured:.0f} mm long, where the first, which it looks like, would show "
    "{expected:.0f} mm"
)
UNCALIBRATED = "none: the bundle carries no thresholds, so nothing is called a match"


class Verdict(StrEnum):
    """What can be said of the best candidate."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    NO_MATCH = "no_match"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A verdict on the first candidate and what it rests on: its score and its margin over the best of the others, None
    where there are too few for one. The margin is negative where typed words or a measured size put another one first
    than looks do.

    ``probability`` that the best candidate is right, in 0..1; None where nothing has been calibrated to say so.
    ``logit``: the shared model's log-odds that it comes from, None where looks alone have not decided; ``calibration``:
    the version of the catalog's own one, by which it comes from them.
    """

    verdict: Verdict
    score: float | None
    margin: float | None
    basis: str
    probability: float | None = None
    logit: float | None = None
    calibration: int | None = None


def judge(scores: Sequence[float], thresholds: Thresholds | None, lifts: Sequence[float] = ()) -> Judgement:
    """``scores`` are the photos' of the candidates in the answer's order, one per product; ``lifts`` what the text on
    the object adds to each. They move the margin alone: a word tells siblings apart, but makes nothing look alike.

    With a single candidate there is no margin to judge by, and with no thresholds no ground to be certain: both are
    at most ambiguous.
    """
    if not scores:
        return Judgement(verdict=Verdict.NO_MATCH, score=None, margin=None, basis="nothing to compare with")
    lifted = [score + lift for score, lift in zip(scores, lifts or [0.0] * len(scores), strict=True)]
    margin = lifted[0] - max(lifted[1:]) if len(lifted) > 1 else None
    verdict = _verdict(scores[0], margin, thresholds)
    basis = thresholds.source if thresholds else UNCALIBRATED
    return Judgement(verdict=verdict, score=scores[0], margin=margin, basis=basis)


def judge_fused(views: Views, scores: Sequence[float], model: FusionModel) -> Judgement:
    """``scores`` are the model's, one a candidate in the answer's order, of which there is at least one."""
    logit = model.logit(views, scores, 0)
    probability = model.probability(logit)
    best, *others = scores
    verdict = verdict_of(probability, model.match_probability, model.no_match_probability)
    margin = best - max(others) if others else None
    return Judgement(
        verdict=verdict,
        score=best,
        margin=margin,
        basis=model.source,
        probability=probability,
        logit=logit,
        calibration=model.calibration,
    )


def verdict_of(probability: float, match: float, no_match: float) -> Verdict:
    """By the probability from which on, and that below which, something is said for certain."""
    if probability >= match:
        return Verdict.MATCH
    return Verdict.NO_MATCH if probability < no_match else Verdict.AMBIGUOUS


def judge_typed(words: Sequence[float]) -> Judgement:
    """Of a text without a photo: ``words`` are each candidate's share of what was typed, in the answer's order; 1 is
    its part number. That alone says which product is meant.
    """
    if not words:
        return Judgement(verdict=Verdict.NO_MATCH, score=None, margin=None, basis="nothing to compare with")
    meant = words[0] == 1.0 and max(words[1:], default=0.0) < 1.0
    verdict = Verdict.MATCH if meant else Verdict.AMBIGUOUS
    return Judgement(verdict=verdict, score=None, margin=None, basis=TYPED)


def judge_coded(judgement: Judgement, named: Sequence[CodeName]) -> Judgement:
    """The judgement with what codes in the photos say: ``named`` are the candidates, in order, that they name. One is
    the match, of whatever probability it would be by its looks; several are to be chosen from.
    """
    if not named:
        return judgement
    if len(named) > 1:
        verdict = Verdict.AMBIGUOUS
        return _decided(judgement, verdict, CODED_SEVERAL, None)
    return _decided(judgement, Verdict.MATCH, CODED.format(key=named[0].key), None)


def judge_sized(judgement: Judgement, decided: Decided | None) -> Judgement:
    """The judgement with what a scale card says: the candidate whose size singles it out of those that look alike is
    the match, with the probability that looks and size give it together.
    """
    if decided is None:
        return judgement
    basis = SIZED.format(measured=decided.size.measured, expected=decided.size.expected)
    return _decided(judgement, Verdict.MATCH, basis, decided.probability)


def judge_measured(judgement: Judgement, by_looks: Judgement) -> Judgement:
    """The judgement where a measured size has changed the order: it rules nothing out that looks leave possible. It is
    not of looks alone, which catalogs' verdicts are fitted on.
    """
    ruled_out = judgement.verdict is Verdict.NO_MATCH and by_looks.verdict is not Verdict.NO_MATCH
    verdict = Verdict.AMBIGUOUS if ruled_out else judgement.verdict
    return replace(judgement, verdict=verdict, logit=None, calibration=None)


def judge_contradicted(judgement: Judgement, first: Size | None) -> Judgement:
    """The judgement where a scale card speaks against the first candidate: what looks alone are certain of is no match
    of another size.
    """
    if judgement.verdict is not Verdict.MATCH or first is None or not excluded(first):
        return judgement
    basis = CONTRADICTED.format(measured=first.measured, expected=first.expected)
    return _decided(judgement, Verdict.AMBIGUOUS, basis, None)


def _decided(judgement: Judgement, verdict: Verdict, basis: str, probability: float | None) -> Judgement:
    """By other than looks."""
    return replace(judgement, verdict=verdict, basis=basis, probability=probability, logit=None, calibration=None)


def _verdict(score: float, margin: float | None, thresholds: Thresholds | None) -> Verdict:
    if thresholds is None:
        return Verdict.AMBIGUOUS
    if score < thresholds.no_match_score:
        return Verdict.NO_MATCH
    if margin is not None and score >= thresholds.match_score and margin >= thresholds.match_margin:
        return Verdict.MATCH
    return Verdict.AMBIGUOUS
