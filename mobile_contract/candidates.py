"""Candidates on the wire: products that a photo may show, and what speaks for them."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import ProductFacts, ReferenceImage
from mobile_contract.scale import Point, Size


class Channel(StrEnum):
    """A kind of evidence: the whole picture's vector, local features in common and their agreement on one view, what
    was typed, bar and matrix codes in the photo, text on the object, which is read where the others leave the verdict
    open, and the size beside a printed scale card.
    """

    IMAGE = "image"
    SURFACE = "surface"
    GEOMETRY = "geometry"
    TEXT = "text"
    BARCODE = "barcode"
    READING = "reading"
    SIZE = "size"


class CodeName(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What names a product: the ``text`` of a code in the photo, and the ``key`` of its metadata, or ``partNumber``,
    that it stands for.
    """

    text: str
    key: str


class ReadText(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the text on the object says of a product, by its part number, name, metadata and reference pictures.
    ``score``: 0 where it says nothing, towards 1; a word counts the less, the more candidates bear it, and what it
    does not bear counts against it. ``words``: those that speak for it, as they were read, the most telling first.
    """

    score: float
    words: list[str]


class Evidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What speaks for a candidate, by channel; a channel that did not answer is left out.

    ``imageScore``: cosine of the pictures' vectors, -1..1. ``surfaceScore``: share of local features in common, 0..1.
    ``inliers``: features that agree on one view of the reference picture, 0 where none is plausible. ``textScore``:
    cosine of the typed text with the picture, -1..1. ``wordScore``: share of the typed words that the product bears, 1
    where they are its part number. ``code``: a code in the photo that names the product. ``read``: what the text on the
    object says of it. ``size``: of the part beside a scale card, where the product lists its own.
    """

    image_score: float | UnsetType = UNSET
    surface_score: float | UnsetType = UNSET
    inliers: int | UnsetType = UNSET
    text_score: float | UnsetType = UNSET
    word_score: float | UnsetType = UNSET
    code: CodeName | UnsetType = UNSET
    read: ReadText | UnsetType = UNSET
    size: Size | UnsetType = UNSET


class Candidate(ProductFacts, frozen=True, kw_only=True, rename="camel"):
    """A product that the photo may show. ``score`` ranks the candidates of one answer; it is *not* a probability, and
    scores of two answers must not be compared. ``outline``: four corners around the object in the photo, clockwise from
    what is the upper left in the reference picture. ``evidencePhoto``: the place, from 0, of the photo that
    ``evidence`` and ``outline`` are of; left out where there is one photo.
    """

    rank: int
    score: float
    matched_by: list[Channel]
    evidence: Evidence
    evidence_photo: int | UnsetType = UNSET
    outline: Annotated[list[Point], Meta(min_length=4, max_length=4)] | UnsetType = UNSET
    reference_image: ReferenceImage


class CandidatePage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some of the candidates that were ranked for a lookup when it was answered, in that order. ``next`` is the cursor
    of those after them; left out where there are none.
    """

    lookup_id: UUID
    candidates: list[Candidate]
    next: str | UnsetType = UNSET
