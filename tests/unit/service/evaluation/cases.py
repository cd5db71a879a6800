"""Answers made by hand."""

from pathlib import Path

from service.evaluation.asking import Answer, Asked
from service.evaluation.queries import Kind, Query
from service.recognition.verdict.judge import Verdict


def answer(
    *part_numbers: str,
    verdict: Verdict = Verdict.AMBIGUOUS,
    score: float | None = 0.5,
    probability: float | None = None,
    label: tuple[str, float] | None = None,
    coarse: bool | None = None,
) -> Answer:
    return Answer(
        part_numbers=part_numbers,
        name="",
        reference_id=None,
        verdict=verdict,
        score=score,
        probability=probability,
        timings={"total": 1.0},
        label=label[0] if label else None,
        label_probability=label[1] if label else None,
        coarse=coarse,
    )


def asked(truth: str | None, *answers: Answer, kind: Kind = Kind.PRESENT) -> Asked:
    name = truth or f"stranger {id(answers)}"
    query = Query(name=name, sources=(Path(name),), kind=kind, part_number=truth, cluster=name)
    return Asked(query=query, answers=answers)
