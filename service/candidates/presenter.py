"""Candidates as the wire shows them: products that a photo may show, and what speaks for them."""

from collections.abc import Mapping

from msgspec import UNSET

from catalog.succession import Successor
from mobile_contract.candidates import Candidate, Channel, CodeName, Evidence, ReadText
from mobile_contract.scale import Size
from service.photos.presenter import MM_DIGITS, present_points
from service.products.presenter import product_facts
from service.recognition import channels, ranking
from service.recognition.evidence import sized
from service.recognition.reading.comparing import Read
from service.references.presenter import present_reference
from service.rounding import DIGITS, rounded


def present_candidate(
    rank: int, one: ranking.Candidate, *, several: bool, successors: Mapping[str, Successor]
) -> Candidate:
    """The candidate of this rank, from 1; ``several``: photos were asked at once; ``successors``: of those that have
    been replaced, by part number.
    """
    hit, verified = one.product, one.evidence.verified
    confirmed = channels.Channel.GEOMETRY in one.matched_by
    outline = verified.outline if verified and confirmed else None
    return Candidate(
        rank=rank,
        **product_facts(hit, successors.get(hit.part_number)),
        score=round(one.score, DIGITS),
        matched_by=[Channel(channel.value) for channel in one.matched_by],
        evidence=_evidence(one),
        evidence_photo=one.photo if several else UNSET,
        outline=present_points(outline) if outline else UNSET,
        reference_image=present_reference(hit.reference),
    )


def _evidence(one: ranking.Candidate) -> Evidence:
    evidence, said, named = one.evidence, one.said, one.named
    return Evidence(
        image_score=rounded(evidence.image),
        surface_score=rounded(evidence.kernel),
        inliers=UNSET if evidence.verified is None else evidence.verified.inliers,
        text_score=rounded(said.cosine if said else None),
        word_score=rounded(said.words if said else None),
        code=CodeName(text=named.text, key=named.key) if named else UNSET,
        read=UNSET if evidence.read is None else _read(evidence.read),
        size=_size(one.size) if one.size else UNSET,
    )


def _read(read: Read) -> ReadText:
    return ReadText(score=round(read.score, DIGITS), words=list(read.words))


def _size(size: sized.Size) -> Size:
    return Size(
        measured=round(size.measured, MM_DIGITS),
        expected=round(size.expected, MM_DIGITS),
        distance=round(size.distance, MM_DIGITS),
    )
