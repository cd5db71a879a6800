"""Answers as arrays, one entry a query: what figures are computed from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.evaluation.asking import Asked
from service.evaluation.bounds import Floats
from service.evaluation.queries import Kind
from service.recognition.verdict.judge import Verdict

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcomes:
    """One set of channels' answers.

    ``ranks`` are places of the true product from 1, 0 where it is not found; ``scores`` NaN where nothing came back;
    ``probabilities`` None unless every answer has one; ``clusters`` number the products. ``labels_right``: the most
    probable label is the product, with ``label_probabilities``, None unless every answer has one. ``coarse_given`` and
    ``coarse_right``: there is a coarse answer, and all of it holds.
    """

    kinds: NDArray[np.str_]
    ranks: NDArray[np.intp]
    verdicts: NDArray[np.str_]
    scores: Floats
    probabilities: Floats | None
    clusters: NDArray[np.intp]
    labels_right: Bools
    label_probabilities: Floats | None
    coarse_given: Bools
    coarse_right: Bools

    @property
    def right(self) -> Bools:
        """The first candidate is the product."""
        return np.asarray(self.ranks == 1)

    @property
    def present(self) -> Bools:
        """The product is in the gallery."""
        return np.asarray(self.kinds == Kind.PRESENT)

    @property
    def matched(self) -> Bools:
        """Answered as a match."""
        return np.asarray(self.verdicts == Verdict.MATCH)

    @property
    def confidence(self) -> Floats:
        """The probability where there is one, the score otherwise; what came back empty is least certain of all."""
        values = self.scores if self.probabilities is None else self.probabilities
        return np.where(np.isnan(values), -np.inf, values)


def outcomes(asked: Sequence[Asked], at: int = 0) -> Outcomes:
    """The answers of the channel set ``at``."""
    answers = [one.answers[at] for one in asked]
    probabilities = [answer.probability for answer in answers]
    names = [one.query.cluster for one in asked]
    _, clusters = np.unique(names, return_inverse=True)
    return Outcomes(
        kinds=np.array([one.query.kind.value for one in asked]),
        ranks=np.array([one.rank(at) for one in asked], dtype=np.intp),
        verdicts=np.array([answer.verdict.value for answer in answers]),
        scores=np.array([np.nan if answer.score is None else answer.score for answer in answers], dtype=np.float64),
        probabilities=_all_or_none(probabilities),
        clusters=np.asarray(clusters, dtype=np.intp),
        labels_right=np.array(
            [
                answer.label is not None and answer.label == one.query.part_number and one.query.kind is Kind.PRESENT
                for one, answer in zip(asked, answers, strict=True)
            ]
        ),
        label_probabilities=_all_or_none([answer.label_probability for answer in answers]),
        coarse_given=np.array([answer.coarse is not None for answer in answers]),
        coarse_right=np.array([bool(answer.coarse) for answer in answers]),
    )


def _all_or_none(values: Sequence[float | None]) -> Floats | None:
    known = [value for value in values if value is not None]
    return np.array(known, dtype=np.float64) if known and len(known) == len(values) else None
