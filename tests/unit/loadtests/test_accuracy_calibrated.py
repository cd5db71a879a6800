"""The same answers judged by the shared model, by rehearsals and by confirmations."""

import numpy as np

from loadtests.accuracy_calibrated import calibrated
from loadtests.accuracy_lines import Line
from loadtests.accuracy_runs import Finished, Photo, Run
from service.evaluation.asking import Answer
from service.evaluation.options import Options
from service.evaluation.queries import Kind
from service.evaluation.words import WORDS
from service.recognition.channels import ALL
from service.recognition.verdict.calibration import Answered
from service.recognition.verdict.judge import Verdict

RNG = np.random.default_rng(7)


def photo(number: int, logit: float | None, *, right: bool, kind: Kind) -> Photo:
    numbers = (f"P{number % 40}",) if right else ("other",)
    answer = Answer(
        part_numbers=numbers,
        name="",
        reference_id=None,
        verdict=Verdict.AMBIGUOUS,
        score=0.0,
        probability=0.5,
        timings={},
        logit=logit,
    )
    truth = None if kind is Kind.STRANGER else f"P{number % 40}"
    return Photo(name=str(number), kind=kind, part_number=truth, cluster=f"{number % 40}", group="", answers=(answer,))


def overconfident(count: int) -> list[Photo]:
    """Log-odds that promise two more than comes true."""
    drawn = RNG.normal(2.5, 2, count)
    right = RNG.random(count) < 1 / (1 + np.exp(2 - drawn))
    kinds = [Kind.PRESENT if one or RNG.random() < 0.3 else Kind.LEFT_OUT for one in right]
    return [
        photo(number, float(logit), right=bool(one), kind=kind)
        for number, (logit, one, kind) in enumerate(zip(drawn, right, kinds, strict=True))
    ]


def lines_of(photos: list[Photo], rehearsed: list[Answered]) -> dict[tuple[str, str], Line]:
    run = Run(name="run", options=Options(folder="photos"), channel_sets=(ALL,))
    done = Finished(
        run=run, load=(0.0, 0.0), seconds=1.0, references=9, rehearsed=rehearsed, photos=photos, problems=[]
    )
    return {(line.what, line.figure): line for line in calibrated("shop", done)}


def test_confirmations_of_other_products_make_probabilities_come_true() -> None:
    lines = lines_of(overconfident(1_200), [])
    error = {what: line.value for (what, figure), line in lines.items() if "calibration error" in figure}
    assert error["shop, shared model"] > 0.15
    assert error["shop, and confirmations of other products"] < 0.06
    assert error["shop, 0 answers on own pictures"] == error["shop, shared model"]


def test_rehearsed_strangers_that_look_like_products_make_matches_rarer() -> None:
    strangers = [Answered(logit=3.0, right=False, absent=True, confirmed=False) for _ in range(30)]
    known = [Answered(logit=4.5, right=True, absent=False, confirmed=False) for _ in range(100)]
    photos = [photo(n, 3.0, right=False, kind=Kind.LEFT_OUT) for n in range(20)]
    photos += [photo(n, 4.5, right=True, kind=Kind.PRESENT) for n in range(20, 60)]
    lines = lines_of(photos, strangers + known)
    called = {what: line.value for (what, figure), line in lines.items() if figure.startswith("left out, called")}
    assert called["shop, shared model"] == 1
    assert called["shop, 130 answers on own pictures"] == 0
    found = {what: line.value for (what, figure), line in lines.items() if figure == WORDS["coverage"]}
    assert found["shop, 130 answers on own pictures"] == 1


def test_answers_that_something_else_decided_are_left_as_they_are() -> None:
    lines = lines_of([photo(n, None, right=True, kind=Kind.PRESENT) for n in range(5)], [])
    found = [line.value for (_, figure), line in lines.items() if figure == WORDS["coverage"]]
    assert found == [0, 0, 0]
