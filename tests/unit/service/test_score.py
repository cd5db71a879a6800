"""The demo's figures."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from mobile_contract.candidates import Candidate, Channel, Evidence
from mobile_contract.catalogs import ReferenceImage, Space
from mobile_contract.lookups import Lookup, Verdict, VerdictBasis
from mobile_contract.photos import PhotoFacts
from service.demo.score import Answered, score


def answer(verdict: Verdict, *part_numbers: str) -> Lookup:
    image = ReferenceImage(id=uuid4(), image_url="/", width=1, height=1, role="catalog")
    candidates = [
        Candidate(
            rank=rank,
            part_number=number,
            name=number,
            metadata={},
            score=0.5,
            matched_by=[Channel.IMAGE],
            evidence=Evidence(),
            reference_image=image,
        )
        for rank, number in enumerate(part_numbers, start=1)
    ]
    return Lookup(
        id=uuid4(),
        catalog="c",
        created_at=datetime.now(UTC),
        verdict=verdict,
        verdict_basis=VerdictBasis(thresholds="none"),
        candidates=candidates,
        photo=PhotoFacts(sha256="", width=1, height=1, format="jpeg", advice=[]),
        space=Space(bundle="b", identity="i", dimension=1, preprocessing_revision=1),
        timings={},
        dropped={},
    )


def test_ranks_and_verdicts_are_counted() -> None:
    found = score(
        [
            Answered(truth="A", answer=answer(Verdict.MATCH, "A", "B"), milliseconds=1),
            Answered(truth="B", answer=answer(Verdict.MATCH, "A", "B"), milliseconds=2),
            Answered(truth="C", answer=answer(Verdict.AMBIGUOUS, "A", "B"), milliseconds=3),
            Answered(truth="D", answer=answer(Verdict.AMBIGUOUS, "1", "2", "3", "4", "5", "D"), milliseconds=4),
            Answered(truth="T", twin=True, answer=answer(Verdict.AMBIGUOUS, "U", "T"), milliseconds=4),
            Answered(truth=None, answer=answer(Verdict.NO_MATCH, "A"), milliseconds=5),
            Answered(truth=None, answer=answer(Verdict.MATCH, "A"), milliseconds=6),
        ]
    )
    assert (found.photos, found.products, found.strangers) == (5, 5, 2)
    assert (found.twins_top1, found.twins_top5) == (0.0, 1.0)
    assert found.top1 == pytest.approx(0.25)
    assert found.top5 == pytest.approx(0.5)
    assert (found.matches, found.wrong_matches) == (2, 1)
    assert (found.strangers_matched, found.strangers_refused) == (1, 1)
