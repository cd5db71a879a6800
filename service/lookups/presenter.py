"""Lookups as the wire shows them."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from catalog.galleries import SpaceKey
from catalog.lookups import StoredLookup
from catalog.search.facets import Facet
from mobile_contract.limits import CANDIDATES_DEFAULT, CANDIDATES_MAX
from mobile_contract.lookups import (
    Candidate,
    CandidatePage,
    Certain,
    Channel,
    Coarse,
    Code,
    CodeName,
    Evidence,
    FoundObject,
    Label,
    Labels,
    Lookup,
    PhotoFacts,
    Point,
    Region,
    TagProbability,
    Verdict,
    VerdictBasis,
)
from service.catalogs.presenter import present_space
from service.confirmations.presenter import present_confirmation
from service.facets.presenter import present_facet
from service.paging import Cursor, read_cursor, write_cursor, wrong_cursor
from service.recognition import channels, fusion, ranking, region
from service.recognition.evidence import coded, codes
from service.recognition.objects.answering import SeenObject
from service.recognition.pipeline import Recognition
from service.recognition.seen import SeenPhoto
from service.recognition.tags import TagShare
from service.recognition.typed import Said
from service.recognition.verdict import coarse
from service.recognition.verdict.judge import Judgement
from service.recognition.verdict.labels import labelled
from service.recognition.verdict.likelihood import Likelihood
from service.references.presenter import present_reference

SCORE_DIGITS = 4


def present_ranked(found: Recognition) -> list[Candidate]:
    """The candidates that can be had, best first: as many as are kept, which are no fewer than were asked for."""
    several = len(found.photos) > 1
    kept = islice(chain(found.candidates, found.further), CANDIDATES_MAX)
    return [_candidate(rank, one, several=several) for rank, one in enumerate(kept, start=1)]


def present_lookup(
    found: Recognition,
    ranked: Sequence[Candidate],
    *,
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
    """An answer that is just being given; ``ranked``: as :func:`present_ranked` gives them. ``labels``: by what to
    label, if at all; ``tagged``: whether there are to be tags; ``limit`` labels and tags at most.
    """
    shown = len(found.candidates)
    photos = [_photo(one) for one in found.photos]
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
        labels=_labels(found.likelihood, labels, limit),
        coarse=_coarse(found.coarse, found.likelihood),
        tags=_tags(found.tags or (), limit) if tagged else UNSET,
        objects=UNSET if found.objects is None else [_object(one, found.likelihood) for one in found.objects],
        text=text or UNSET,
        photo=photos[0] if photos else UNSET,
        further_photos=photos[1:] or UNSET,
        space=present_space(space),
        timings=found.timings,
        dropped=found.dropped,
    )


def present_stored(stored: StoredLookup) -> Lookup:
    """An answer that was given before, exactly, with what the worker has said since."""
    answer = msgspec.convert(stored.lookup.answer, Lookup)
    if stored.confirmation is None:
        return answer
    return msgspec.structs.replace(answer, confirmation=present_confirmation(stored.confirmation))


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


def _candidate(rank: int, one: ranking.Candidate, *, several: bool) -> Candidate:
    hit, verified = one.product, one.evidence.verified
    confirmed = channels.Channel.GEOMETRY in one.matched_by
    outline = verified.outline if verified and confirmed else None
    return Candidate(
        rank=rank,
        part_number=hit.part_number,
        name=hit.name,
        metadata=hit.attributes,
        description=hit.description or UNSET,
        category=hit.category or UNSET,
        superseded_by=hit.superseded_by or UNSET,
        score=round(one.score, SCORE_DIGITS),
        matched_by=[Channel(channel.value) for channel in one.matched_by],
        evidence=_evidence(one.evidence, one.said, one.named),
        evidence_photo=one.photo if several else UNSET,
        outline=_points(outline) if outline else UNSET,
        reference_image=present_reference(hit.reference),
    )


def _evidence(evidence: fusion.Evidence, said: Said | None, named: coded.CodeName | None) -> Evidence:
    return Evidence(
        image_score=_rounded(evidence.image),
        surface_score=_rounded(evidence.kernel),
        inliers=UNSET if evidence.verified is None else evidence.verified.inliers,
        text_score=_rounded(said.cosine if said else None),
        word_score=_rounded(said.words if said else None),
        code=CodeName(text=named.text, key=named.key) if named else UNSET,
    )


def _points(outline: Iterable[tuple[float, float]]) -> list[Point]:
    return [Point(x=round(x, SCORE_DIGITS), y=round(y, SCORE_DIGITS)) for x, y in outline]


def _rounded(value: float | None) -> float | UnsetType:
    return UNSET if value is None else round(value, SCORE_DIGITS)


def _labels(found: Likelihood | None, by: str | None, most: int) -> Labels | UnsetType:
    if found is None or by is None:
        return UNSET
    answer = labelled(found, by, most)
    return Labels(
        by=by,
        nearest=[Label(label=one.label, probability=_floored(one.probability)) for one in answer.nearest],
        something_else=_floored(answer.something_else),
        basis=found.basis,
    )


def _object(one: SeenObject, likely: Likelihood | None) -> FoundObject:
    return FoundObject(
        region=_region(one.region),
        confidence=_floored(one.confidence),
        verdict=Verdict(one.judgement.verdict.value),
        verdict_basis=_basis(one.judgement),
        candidates=[_candidate(rank, hit, several=False) for rank, hit in enumerate(one.candidates, start=1)],
        coarse=_coarse(one.coarse, likely),
        dropped=one.dropped or UNSET,
    )


def _coarse(said: coarse.Coarse | None, likely: Likelihood | None) -> Coarse | UnsetType:
    if said is None or likely is None:
        return UNSET
    return Coarse(
        probability=_floored(said.probability),
        certain=[
            Certain(field=one.statement.field, value=one.statement.value, probability=_floored(one.probability))
            for one in said.certain
        ],
        uncertain=list(said.uncertain),
        basis=likely.basis,
    )


def _tags(found: Sequence[TagShare], most: int) -> list[TagProbability]:
    return [TagProbability(tag=one.tag, probability=_floored(one.probability)) for one in found[:most]]


def _floored(probability: float) -> float:
    """Never more than there is, so that sums stay below 1."""
    units = 10.0**SCORE_DIGITS
    return math.floor(probability * units) / units


def _basis(judgement: Judgement) -> VerdictBasis:
    return VerdictBasis(
        score=_rounded(judgement.score),
        margin=_rounded(judgement.margin),
        probability=_rounded(judgement.probability),
        thresholds=judgement.basis,
    )


def _code(code: codes.Code) -> Code:
    return Code(text=code.text, format=code.format, outline=_points(code.outline))


def _region(box: region.Region) -> Region:
    return Region(x=box.x, y=box.y, width=box.width, height=box.height)


def _photo(photo: SeenPhoto) -> PhotoFacts:
    box = photo.region
    return PhotoFacts(
        sha256=photo.sha256,
        width=photo.width,
        height=photo.height,
        format=photo.format,
        advice=list(photo.advice),
        region=UNSET if box is None else _region(box),
        focused=True if photo.focused else UNSET,
        codes=[_code(code) for code in photo.codes] or UNSET,
    )
