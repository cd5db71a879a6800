"""Lookups as the wire shows them."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from msgspec import UNSET

from catalog.galleries import SpaceKey
from catalog.lookups import StoredLookup
from catalog.search.candidates import ProductHit
from mobile_contract.lookups import Candidate, Channel, Lookup, PhotoFacts, Verdict, VerdictBasis
from service.catalogs.presenter import present_space
from service.confirmations.presenter import present_confirmation
from service.recognition.pipeline import Recognition, SeenPhoto
from service.recognition.verdict.judge import Judgement
from service.references.presenter import present_reference

SCORE_DIGITS = 4


def present_lookup(
    found: Recognition, *, lookup_id: UUID, client_lookup_id: str | None, catalog_name: str, space: SpaceKey
) -> Lookup:
    """An answer that is just being given."""
    return Lookup(
        id=lookup_id,
        catalog=catalog_name,
        client_lookup_id=client_lookup_id or UNSET,
        created_at=datetime.now(UTC),
        verdict=Verdict(found.judgement.verdict.value),
        verdict_basis=_basis(found.judgement),
        candidates=[_candidate(rank, hit) for rank, hit in enumerate(found.hits, start=1)],
        photo=_photo(found.photo),
        space=present_space(space),
        timings=found.timings,
    )


def present_stored(stored: StoredLookup) -> Lookup:
    """An answer that was given before, exactly, with what the worker has said since."""
    answer = msgspec.convert(stored.lookup.answer, Lookup)
    if stored.confirmation is None:
        return answer
    return msgspec.structs.replace(answer, confirmation=present_confirmation(stored.confirmation))


def _candidate(rank: int, hit: ProductHit) -> Candidate:
    return Candidate(
        rank=rank,
        part_number=hit.part_number,
        name=hit.name,
        metadata=hit.attributes,
        description=hit.description or UNSET,
        category=hit.category or UNSET,
        superseded_by=hit.superseded_by or UNSET,
        score=round(hit.score, SCORE_DIGITS),
        matched_by=[Channel.IMAGE],
        reference_image=present_reference(hit.reference),
    )


def _basis(judgement: Judgement) -> VerdictBasis:
    return VerdictBasis(
        score=UNSET if judgement.score is None else round(judgement.score, SCORE_DIGITS),
        margin=UNSET if judgement.margin is None else round(judgement.margin, SCORE_DIGITS),
        thresholds=judgement.basis,
    )


def _photo(photo: SeenPhoto) -> PhotoFacts:
    return PhotoFacts(
        sha256=photo.sha256, width=photo.width, height=photo.height, format=photo.format, advice=list(photo.advice)
    )
