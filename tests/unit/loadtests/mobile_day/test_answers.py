"""A wrong answer is seen, whatever is wrong with it, and an honest refusal is none."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from loadtests.mobile_day.answers import WrongAnswer, check_again, checked_confirmation, checked_lookup, refusal
from loadtests.mobile_day.wire import Answer
from mobile_contract.candidates import Candidate, Evidence
from mobile_contract.catalogs import ReferenceImage, Space
from mobile_contract.confirmations import Confirmation, NewConfirmation, Outcome
from mobile_contract.lookups import Lookup, LookupOptions, Verdict, VerdictBasis
from mobile_contract.photos import PhotoFacts
from mobile_contract.problems import KINDS, Code, Problem
from mobile_contract.statements import Difference

PHOTO = b"a photo"
OPTIONS = LookupOptions(client_lookup_id="mine", limit=3)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def candidate(rank: int) -> Candidate:
    return Candidate(
        part_number=f"P-{rank}",
        name="A part",
        metadata={},
        rank=rank,
        score=1 / rank,
        matched_by=[],
        evidence=Evidence(),
        reference_image=ReferenceImage(id=uuid4(), image_url="/v1/x", width=1, height=1, role="catalog"),
    )


def facts(photo: bytes) -> PhotoFacts:
    return PhotoFacts(sha256=hashlib.sha256(photo).hexdigest(), width=1, height=1, format="JPEG", advice=[])


LOOKUP = Lookup(
    id=uuid4(),
    catalog="parts",
    client_lookup_id="mine",
    created_at=NOW,
    verdict=Verdict.MATCH,
    verdict_basis=VerdictBasis(probability=0.99, thresholds="fitted"),
    candidates=[candidate(1), candidate(2)],
    ranked=2,
    photo=facts(PHOTO),
    space=Space(bundle="starter", identity="0", dimension=1, preprocessing_revision=1),
    timings={},
    dropped={},
)


def answer(status: int, body: object, *, replayed: bool = False, retry_after: float | None = None) -> Answer:
    return Answer(status=status, body=msgspec.json.encode(body), replayed=replayed, retry_after=retry_after)


def problem(code: Code, status: int | None = None) -> Problem:
    kind = KINDS[code]
    return Problem(type="urn", title=kind.title, status=status or kind.status, code=code, detail="", request_id="r")


def test_a_right_answer_is_given() -> None:
    assert checked_lookup(answer(200, LOOKUP), "parts", OPTIONS, [PHOTO]) == LOOKUP
    nothing = replace(LOOKUP, verdict=Verdict.NO_MATCH, candidates=[], ranked=0)
    assert checked_lookup(answer(200, nothing), "parts", OPTIONS, [PHOTO]) == nothing


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_lookup_id": "another"}, "clientLookupId"),
        ({"client_lookup_id": UNSET}, "clientLookupId"),
        ({"catalog": "others"}, "others"),
        ({"photo": facts(b"another photo")}, "other photos"),
        ({"photo": UNSET}, "other photos"),
        ({"further_photos": [facts(PHOTO)]}, "other photos"),
        ({"candidates": [candidate(2), candidate(1)]}, "ranks"),
        ({"candidates": [candidate(1), candidate(2), candidate(3), candidate(4)], "ranked": 4}, "ranks"),
        ({"candidates": [candidate(1), replace(candidate(2), part_number="P-1")]}, "twice"),
        ({"ranked": 1}, "of 1 candidates"),
        ({"ranked": 9}, "of 9 candidates"),
        ({"next": "more"}, "next is more"),
        ({"verdict_basis": VerdictBasis(probability=1.2, thresholds="")}, "probability"),
        ({"candidates": [], "ranked": 0}, "match of no candidate"),
        ({"verdict": Verdict.AMBIGUOUS, "candidates": [], "ranked": 0}, "ambiguous of no candidate"),
        ({"differences": [Difference(field="category", values=[])]}, "a match with differences"),
        (
            {"confirmation": Confirmation(id=uuid4(), lookup_id=uuid4(), outcome=Outcome.UNSURE, created_at=NOW)},
            "confirmation",
        ),
    ],
)
def test_a_wrong_answer_is_seen(changes: Mapping[str, Any], said: str) -> None:
    with pytest.raises(WrongAnswer, match=said):
        checked_lookup(answer(200, replace(LOOKUP, **changes)), "parts", OPTIONS, [PHOTO])


@pytest.mark.parametrize("body", [{}, {"id": 1}, []])
def test_an_answer_of_another_form_is_seen(body: object) -> None:
    with pytest.raises(WrongAnswer, match="documented form"):
        checked_lookup(answer(200, body), "parts", OPTIONS, [PHOTO])


def test_a_problem_in_place_of_an_answer_is_named() -> None:
    with pytest.raises(WrongAnswer, match="catalog_not_found"):
        checked_lookup(answer(404, problem(Code.CATALOG_NOT_FOUND)), "parts", OPTIONS, [PHOTO])


def test_an_honest_refusal_is_told_from_other_failures() -> None:
    full = answer(503, problem(Code.OVERLOADED), retry_after=1)
    assert refusal(full, repeated=False) is Code.OVERLOADED
    assert refusal(answer(200, LOOKUP), repeated=False) is None
    assert refusal(answer(500, problem(Code.INTERNAL_ERROR)), repeated=False) is None
    under_way = answer(409, problem(Code.IDEMPOTENCY_KEY_IN_FLIGHT), retry_after=1)
    assert refusal(under_way, repeated=True) is Code.IDEMPOTENCY_KEY_IN_FLIGHT
    assert refusal(under_way, repeated=False) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (answer(503, problem(Code.OVERLOADED)), "Retry-After"),
        (answer(500, problem(Code.OVERLOADED), retry_after=1), "status 500"),
        (answer(503, problem(Code.OVERLOADED, 500), retry_after=1), "the document says 500"),
        (answer(503, "busy", retry_after=1), "without a problem document"),
    ],
)
def test_a_refusal_of_another_form_is_seen(wrong: Answer, said: str) -> None:
    with pytest.raises(WrongAnswer, match=said):
        refusal(wrong, repeated=False)


def test_a_repeated_answer_must_be_the_same_and_say_so() -> None:
    first = answer(200, LOOKUP)
    check_again(first, answer(200, LOOKUP, replayed=True))
    with pytest.raises(WrongAnswer, match="otherwise"):
        check_again(first, answer(200, replace(LOOKUP, ranked=3), replayed=True))
    with pytest.raises(WrongAnswer, match="Idempotency-Replayed"):
        check_again(first, answer(200, LOOKUP))


def test_a_word_must_be_kept_as_it_was_said() -> None:
    word = NewConfirmation(outcome=Outcome.CONFIRMED, part_number="P-1")
    kept = Confirmation(id=uuid4(), lookup_id=LOOKUP.id, outcome=Outcome.CONFIRMED, part_number="P-1", created_at=NOW)
    assert checked_confirmation(answer(200, kept), LOOKUP, word) == kept
    others: list[dict[str, UUID | str | Outcome]] = [
        {"lookup_id": uuid4()},
        {"part_number": "P-2"},
        {"outcome": Outcome.UNSURE},
    ]
    for other in others:
        with pytest.raises(WrongAnswer, match="was kept as"):
            checked_confirmation(answer(200, replace(kept, **other)), LOOKUP, word)
