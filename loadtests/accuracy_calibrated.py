"""What fitting verdicts to a catalog is worth: the same answers, judged by the shared model, by what the catalog's own
pictures say, and by confirmations beside them.

Confirmations are those that workers would have made of the run's photos. The photos of a fifth of the products are
judged by a fit on those of the other products, so that no product is fitted and judged.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from loadtests.accuracy_lines import PACKAGES, Line, verdicts
from loadtests.accuracy_runs import Finished, Photo
from service.bootstrap import FUSION
from service.evaluation.queries import Kind
from service.recognition.fusion import FusionModel
from service.recognition.verdict.calibration import Answered, Calibration, calibrate, shared_calibration
from service.recognition.verdict.judge import verdict_of

FOLDS: Final = 5
SEED: Final = 0

Judge = Callable[[Photo], Calibration]


def calibrated(what: str, finished: Finished) -> Iterator[Line]:
    """Verdicts on all photos, and on packages and strangers where there are any, three times over; no targets."""
    shared = shared_calibration(FusionModel.load(FUSION))
    rehearsed = calibrate(finished.rehearsed, shared)
    confirmed = _by_fold(finished, shared)
    judges: dict[str, Judge] = {
        "shared model": lambda _: shared,
        f"{len(finished.rehearsed)} answers on own pictures": lambda _: rehearsed,
        "and confirmations of other products": lambda photo: confirmed[photo.cluster],
    }
    for whose, photos in _sorts(finished):
        for how, judge in judges.items():
            yield from verdicts(f"{what}, {whose}{how}", [_judged(photo, judge(photo)) for photo in photos], finished)


def _sorts(finished: Finished) -> Iterator[tuple[str, list[Photo]]]:
    packages = finished.of_groups(PACKAGES)
    if packages:
        yield "packages, ", packages + [photo for photo in finished.photos if photo.kind is Kind.STRANGER]
    yield "", finished.photos


def _by_fold(finished: Finished, shared: Calibration) -> dict[str, Calibration]:
    """For each product, a fit on the photos of others."""
    clusters = sorted({photo.cluster for photo in finished.photos})
    folds = dict(zip(clusters, np.random.default_rng(SEED).integers(FOLDS, size=len(clusters)).tolist(), strict=True))
    known = [(folds[photo.cluster], one) for photo in finished.photos if (one := _answered(photo))]
    fits = [
        calibrate([*finished.rehearsed, *(one for fold, one in known if fold != at)], shared) for at in range(FOLDS)
    ]
    return {cluster: fits[fold] for cluster, fold in folds.items()}


def _answered(photo: Photo) -> Answered | None:
    answer = photo.answers[0]
    if answer.logit is None:
        return None
    right = photo.kind is Kind.PRESENT and answer.part_numbers[0] == photo.part_number
    return Answered(logit=answer.logit, right=right, absent=photo.kind is not Kind.PRESENT, confirmed=True)


def _judged(photo: Photo, calibration: Calibration) -> Photo:
    answer = photo.answers[0]
    if answer.logit is None:
        return photo
    probability = calibration.probability(answer.logit)
    verdict = verdict_of(probability, calibration.match_probability, calibration.no_match_probability)
    judged = replace(answer, verdict=verdict, probability=probability)
    return msgspec.structs.replace(photo, answers=(judged,))
