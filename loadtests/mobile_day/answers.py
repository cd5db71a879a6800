"""Whether an answer is the one to what was asked. Each check reads the answer by the contract's own structs."""

import hashlib
import math
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET

from loadtests.mobile_day.wire import Answer
from mobile_contract.confirmations import Confirmation, NewConfirmation
from mobile_contract.lookups import Lookup, LookupOptions, Verdict
from mobile_contract.problems import KINDS, Code, Problem

T = TypeVar("T", Lookup, Confirmation)

FULL: Final = {Code.OVERLOADED, Code.TIMED_OUT, Code.UNAVAILABLE, Code.PHOTO_TOO_SLOW}
"""Codes by which a service says that it has no room now."""


class WrongAnswer(Exception):
    """The service answered otherwise than is documented; the text says how."""


def refusal(answer: Answer, *, repeated: bool) -> Code | None:
    """The code where the service says honestly that it cannot now and when to come again; None for any other answer.

    ``repeated``: the request was sent before, so that it may still be under way.

    Raises:
        WrongAnswer: a failure that is no problem document, or not of its documented form.

    """
    if answer.status < 400:
        return None
    problem = problem_of(answer)
    expected = KINDS[problem.code]
    if (answer.status, problem.status) != (expected.status, expected.status):
        raise WrongAnswer(f"{problem.code} came with status {answer.status}, the document says {problem.status}")
    if problem.code not in FULL and not (repeated and problem.code is Code.IDEMPOTENCY_KEY_IN_FLIGHT):
        return None
    if answer.retry_after is None:
        raise WrongAnswer(f"{problem.code} came without Retry-After")
    return problem.code


def problem_of(answer: Answer) -> Problem:
    """What a failure says of itself.

    Raises:
        WrongAnswer: it is no problem document.

    """
    try:
        return msgspec.json.decode(answer.body, type=Problem)
    except msgspec.MsgspecError as error:
        raise WrongAnswer(f"status {answer.status} without a problem document: {answer.body[:80]!r}") from error


def checked_lookup(answer: Answer, catalog: str, options: LookupOptions, photos: Sequence[bytes]) -> Lookup:
    """The answer to a lookup of ``photos``, none where an earlier lookup's are asked again.

    Raises:
        WrongAnswer: it is not one.

    """
    said = _read(answer, Lookup)
    if said.client_lookup_id != options.client_lookup_id:
        raise WrongAnswer(f"clientLookupId {said.client_lookup_id} came for {options.client_lookup_id}")
    if said.catalog != catalog or said.confirmation is not UNSET:
        raise WrongAnswer(f"a new lookup of {catalog} is of {said.catalog}, confirmation {said.confirmation}")
    if photos:
        _check_photos(said, photos)
    _check_candidates(said, options.limit)
    _check_verdict(said)
    return said


def _check_photos(said: Lookup, photos: Sequence[bytes]) -> None:
    """An answer names the very photos that were sent: so none is shown for another."""
    further = [] if said.further_photos is UNSET else said.further_photos
    seen = [] if said.photo is UNSET else [said.photo, *further]
    if [one.sha256 for one in seen] != [hashlib.sha256(photo).hexdigest() for photo in photos]:
        raise WrongAnswer("the answer is of other photos than were sent")


def _check_candidates(said: Lookup, limit: int) -> None:
    shown = said.candidates
    if [one.rank for one in shown] != list(range(1, len(shown) + 1)) or len(shown) > limit:
        raise WrongAnswer(f"{limit} candidates were asked for, their ranks are {[one.rank for one in shown]}")
    if len({one.part_number for one in shown}) != len(shown):
        raise WrongAnswer("a product is there twice")
    if said.ranked is UNSET or said.ranked < len(shown) or (said.next is not UNSET) != (said.ranked > len(shown)):
        raise WrongAnswer(f"{len(shown)} of {said.ranked} candidates are shown, next is {said.next}")
    if not all(math.isfinite(one.score) for one in shown):
        raise WrongAnswer("a score is no number")


def _check_verdict(said: Lookup) -> None:
    """What a verdict forbids: a match of nothing, probabilities that are none, advice where there is no question."""
    probability = said.verdict_basis.probability
    if probability is not UNSET and not 0 <= probability <= 1:
        raise WrongAnswer(f"a probability of {probability}")
    certain = said.verdict is Verdict.MATCH
    if not certain and (said.verdict is not Verdict.AMBIGUOUS or said.candidates):
        return
    if not said.candidates:
        raise WrongAnswer(f"{said.verdict} of no candidate")
    extra = [name for name in ("coarse", "differences", "next_photo") if getattr(said, name) is not UNSET]
    if certain and extra:
        raise WrongAnswer(f"a match with {', '.join(extra)}")


def checked_confirmation(answer: Answer, lookup: Lookup, word: NewConfirmation) -> Confirmation:
    """The answer to a worker's word.

    Raises:
        WrongAnswer: it is not one.

    """
    kept = _read(answer, Confirmation)
    if (kept.lookup_id, kept.outcome, kept.part_number) != (lookup.id, word.outcome, word.part_number):
        raise WrongAnswer(f"{word.outcome} of {lookup.id} was kept as {kept.outcome} of {kept.lookup_id}")
    return kept


def check_again(first: Answer, again: Answer) -> None:
    """The same request under the same key gets the same bytes, and says that they were given before.

    Raises:
        WrongAnswer: it does not.

    """
    if (again.status, again.body) != (first.status, first.body):
        raise WrongAnswer(f"a repeated request was answered otherwise: {again.status} {again.body[:80]!r}")
    if not again.replayed:
        raise WrongAnswer("a repeated request was answered the same, without Idempotency-Replayed")


def _read(answer: Answer, kind: type[T]) -> T:
    if answer.status != 200:
        raise WrongAnswer(f"status {answer.status}: {problem_of(answer).code}")
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError as error:
        raise WrongAnswer(f"not of the documented form: {error}") from error
