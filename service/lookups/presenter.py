"""Lookups as the wire shows them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from catalog.galleries import SpaceKey
from catalog.lookups import StoredLookup
from catalog.search.facets import Facet
from catalog.succession import Successor
from mobile_contract.candidates import Candidate, CandidatePage
from mobile_contract.limits import CANDIDATES_DEFAULT, CANDIDATES_MAX
from mobile_contract.lookups import FoundObject, Lookup, Verdict, VerdictBasis
from service.candidates.presenter import present_candidate
from service.catalogs.presenter import present_space
from service.confirmations.presenter import present_confirmation
from service.facets.presenter import present_facet
from service.paging import Cursor, read_cursor, write_cursor, wrong_cursor
from service.photos.presenter import present_next_photo, present_photo, present_region
from service.recognition.answer import Recognition
from service.recognition.objects.answering import SeenObject
from service.recognition.verdict.judge import Judgement
from service.recognition.verdict.likelihood import Likelihood
from service.rounding import floored, rounded
from service.statements.presenter import present_coarse, present_differences, present_labels, present_tags


def present_ranked(found: Recognition, successors: Mapping[str, Successor]) -> list[Candidate]:
    """The candidates that can be had, best first: as many as are kept, which are no fewer than were asked for."""
    several = len(found.photos) > 1
    kept = islice(chain(found.candidates, found.further), CANDIDATES_MAX)
    ranked = enumerate(kept, start=1)
    return [present_candidate(rank, one, several=several, successors=successors) for rank, one in ranked]


def present_lookup(
    found: Recognition,
    ranked: Sequence[Candidate],
    *,
    successors: Mapping[str, Successor],
    lookup_id: UUID,
    client_lookup_id: str | None,
    catalog_name: str,
    text: str | None,
    space: SpaceKey,
    facets: Sequence[Facet] | None,
    labels: str | None = None,
    limit: int = CANDIDATES_DEFAULT,
    tagged: bool = False,
) -> Lookup:
    """An answer that is just being given; ``ranked``: as :func:`present_ranked` gives them. ``successors``: of
    products that have been replaced, by part number. ``labels``: by what to label, if at all; ``tagged``: whether there
    are to be tags; ``limit`` labels and tags at most.
    """
    shown = len(found.candidates)
    photos = [present_photo(one) for one in found.photos]
    return Lookup(
        id=lookup_id,
        catalog=catalog_name,
        client_lookup_id=client_lookup_id or UNSET,
        created_at=datetime.now(UTC),
        verdict=Verdict(found.judgement.verdict.value),
        verdict_basis=_basis(found.judgement),
        candidates=list(ranked[:shown]),
        ranked=shown + len(found.further),
        next=_next(ranked, shown),
        facets=UNSET if facets is None else [present_facet(one) for one in facets],
        labels=present_labels(found.likelihood, labels, limit),
        coarse=present_coarse(found.coarse, found.likelihood),
        differences=present_differences(found.differences),
        next_photo=present_next_photo(found.next_photo),
        tags=present_tags(found.tags, limit) if tagged else UNSET,
        objects=UNSET
        if found.objects is None
        else [_object(one, found.likelihood, successors) for one in found.objects],
        text=text or UNSET,
        photo=photos[0] if photos else UNSET,
        further_photos=photos[1:] or UNSET,
        space=present_space(space),
        timings=found.timings,
        dropped=found.dropped,
    )


def present_stored(stored: StoredLookup, *, named: bool) -> Lookup:
    """An answer that was given before, exactly, with what the worker has said since; ``named``: and who that was."""
    answer = msgspec.convert(stored.lookup.answer, Lookup)
    if stored.confirmation is None:
        return answer
    return msgspec.structs.replace(answer, confirmation=present_confirmation(stored.confirmation, named=named))


def present_page(lookup_id: UUID, stored: Sequence[Any], after: str | None, limit: int) -> CandidatePage:
    """Candidates of an earlier answer, as they were ranked: those after a cursor.

    Raises:
        Refused: the cursor is none, or of another answer.

    """
    ranked = msgspec.convert(stored, list[Candidate])
    start = 0 if after is None else _place_of(read_cursor(after), ranked)
    end = start + limit
    return CandidatePage(lookup_id=lookup_id, candidates=ranked[start:end], next=_next(ranked, end))


def _next(ranked: Sequence[Candidate], end: int) -> str | UnsetType:
    """The cursor after so many, where there are more."""
    if not 0 < end < len(ranked):
        return UNSET
    last = ranked[end - 1]
    return write_cursor(Cursor(rank=last.rank, score=last.score, key=last.part_number))


def _place_of(cursor: Cursor, ranked: Sequence[Candidate]) -> int:
    """How many candidates lie before what comes after the cursor."""
    for one in ranked:
        if (one.rank, one.part_number) == (cursor.rank, cursor.key):
            return one.rank
    raise wrong_cursor("is of another lookup")


def _object(one: SeenObject, likely: Likelihood | None, successors: Mapping[str, Successor]) -> FoundObject:
    ranked = enumerate(one.candidates, start=1)
    return FoundObject(
        region=present_region(one.region),
        confidence=floored(one.confidence),
        verdict=Verdict(one.judgement.verdict.value),
        verdict_basis=_basis(one.judgement),
        candidates=[present_candidate(rank, hit, several=False, successors=successors) for rank, hit in ranked],
        coarse=present_coarse(one.coarse, likely),
        dropped=one.dropped or UNSET,
    )


def _basis(judgement: Judgement) -> VerdictBasis:
    return VerdictBasis(
        score=rounded(judgement.score),
        margin=rounded(judgement.margin),
        probability=rounded(judgement.probability),
        calibration=UNSET if judgement.calibration is None else judgement.calibration,
        thresholds=judgement.basis,
    )
