"""Lookups and confirmations on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import CatalogName, ReferenceImage, Space
from mobile_contract.facets import Facet, Fields
from mobile_contract.limits import (
    CANDIDATES_DEFAULT,
    CANDIDATES_MAX,
    CLIENT_ID_CHARACTERS,
    FILTER_VALUES_MAX,
    LABELS_CHARACTERS,
    LABELS_PATTERN,
    PART_NUMBER_CHARACTERS,
    REGION_SHARE_MIN,
    TEXT_CHARACTERS,
    URL_CHARACTERS,
)

ClientId = Annotated[str, Meta(min_length=1, max_length=CLIENT_ID_CHARACTERS)]
Values = Annotated[list[str], Meta(max_length=FILTER_VALUES_MAX)]
MetadataValues = Annotated[dict[str, Values], Meta(max_length=FILTER_VALUES_MAX)]
LabelsBy = Annotated[
    str,
    Meta(
        pattern=LABELS_PATTERN,
        max_length=LABELS_CHARACTERS,
        description="product, category, or metadata: and a key",
        examples=["product", "metadata:standard"],
    ),
]


class Channel(StrEnum):
    """A kind of evidence: the whole picture's vector, local features in common and their agreement on one view, what
    was typed, and bar and matrix codes in the photo.
    """

    IMAGE = "image"
    SURFACE = "surface"
    GEOMETRY = "geometry"
    TEXT = "text"
    BARCODE = "barcode"


class Region(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A box in the upright photo, in fractions of its width and height: its upper left corner and its size. It lies
    within the photo.
    """

    x: Annotated[float, Meta(ge=0, le=1)]
    y: Annotated[float, Meta(ge=0, le=1)]
    width: Annotated[float, Meta(ge=REGION_SHARE_MIN, le=1)]
    height: Annotated[float, Meta(ge=REGION_SHARE_MIN, le=1)]


class Focus(StrEnum):
    """``auto``: look at the one object of a photo where it is small or aside; ``off``: at all of the photo."""

    AUTO = "auto"
    OFF = "off"


class LookupOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a client may say beside its photos: the ``request`` part of a multipart lookup, or a JSON body.

    In place of the photo: ``photoUrl``, a public https address on the default port from which the service gets it, or
    ``photoOf``, an earlier lookup of this catalog whose photos are meant, to look them up by other conditions.

    ``text``: words for what is meant ("red knob", "M8x40"), as a hint beside photos, or alone in their place.

    A product must be in one of ``categories`` (where given) and, for every key of ``metadata``, have one of its values.
    ``region``: look at this part of the photo only, where there is one. ``channels``: by which evidence to look, all
    where none is named; ``image`` alone is the fastest. ``facets``: fields (``category`` or metadata keys) whose values
    are to be counted among the candidates.

    ``labels``: the catalog is a classifier, whose labels are its products (``product``), or what they bear in a field
    (``category``, ``metadata:`` and a key); the answer is to have the most probable ones, as many as ``limit`` says.
    ``tags``: the answer is to have those of the catalog's tags that the photo looks like, likewise.

    ``objects``: the photo, which is one, shows several things; the answer is to say of each what it may be. ``focus``:
    whether the service may choose a region by itself, where no ``region`` and no ``objects`` are asked for.
    """

    photo_url: Annotated[str, Meta(min_length=1, max_length=URL_CHARACTERS)] | UnsetType = UNSET
    photo_of: UUID | UnsetType = UNSET
    client_lookup_id: ClientId | UnsetType = UNSET
    text: Annotated[str, Meta(min_length=1, max_length=TEXT_CHARACTERS)] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=CANDIDATES_MAX)] = CANDIDATES_DEFAULT
    region: Region | UnsetType = UNSET
    categories: Values = []
    metadata: MetadataValues = {}
    channels: Annotated[list[Channel], Meta(max_length=len(Channel))] = []
    facets: Fields | UnsetType = UNSET
    labels: LabelsBy | UnsetType = UNSET
    tags: bool = False
    objects: bool = False
    focus: Focus = Focus.OFF


class Verdict(StrEnum):
    """``match``: the first candidate is it; ``ambiguous``: look closer; ``no_match``: not in the catalog."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    NO_MATCH = "no_match"


class Point(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A place in the upright photo, in fractions of its width and height; outside 0..1 where it is beyond the edge."""

    x: float
    y: float


class CodeName(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What names a product: the ``text`` of a code in the photo, and the ``key`` of its metadata, or ``partNumber``,
    that it stands for.
    """

    text: str
    key: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What speaks for a candidate, by channel; a channel that did not answer is left out.

    ``imageScore``: cosine of the pictures' vectors, -1..1. ``surfaceScore``: share of local features in common, 0..1.
    ``inliers``: features that agree on one view of the reference picture, 0 where none is plausible. ``textScore``:
    cosine of the typed text with the picture, -1..1. ``wordScore``: share of the typed words that the product bears, 1
    where they are its part number. ``code``: a code in the photo that names the product.
    """

    image_score: float | UnsetType = UNSET
    surface_score: float | UnsetType = UNSET
    inliers: int | UnsetType = UNSET
    text_score: float | UnsetType = UNSET
    word_score: float | UnsetType = UNSET
    code: CodeName | UnsetType = UNSET


class Candidate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product that the photo may show. ``score`` ranks the candidates of one answer; it is *not* a probability, and
    scores of two answers must not be compared. ``outline``: four corners around the object in the photo, clockwise from
    what is the upper left in the reference picture. ``evidencePhoto``: the place, from 0, of the photo that
    ``evidence`` and ``outline`` are of; left out where there is one photo.
    """

    rank: int
    part_number: str
    name: str
    metadata: dict[str, str]
    description: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    superseded_by: str | UnsetType = UNSET
    score: float
    matched_by: list[Channel]
    evidence: Evidence
    evidence_photo: int | UnsetType = UNSET
    outline: Annotated[list[Point], Meta(min_length=4, max_length=4)] | UnsetType = UNSET
    reference_image: ReferenceImage


class Code(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A bar or matrix code in the photo, whether or not it names a product: its ``text`` as people read it, its
    ``format`` ("EAN-13", "QR Code"), and its four corners, clockwise from its own upper left.
    """

    text: str
    format: str
    outline: Annotated[list[Point], Meta(min_length=4, max_length=4)]


class PhotoFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was seen of the photo itself. ``sha256`` lets a client make sure that the answer is about its photo.

    ``region``: the part of it that was looked at, and that ``advice`` is about; left out where that is all of it.
    ``focused``: true where the service chose it (``focus``), and left out otherwise: the same photo (``photoOf``)
    can be asked without. ``codes``: bar and matrix codes in it; left out where there are none.
    """

    sha256: str
    width: int
    height: int
    format: str
    advice: list[str]
    region: Region | UnsetType = UNSET
    focused: bool | UnsetType = UNSET
    codes: list[Code] | UnsetType = UNSET


class VerdictBasis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why the verdict is what it is. ``thresholds`` says what they were fitted on, or that there are none yet.

    ``probability`` that the first candidate is right, 0..1; left out where only the picture's vector was compared, and
    where a code decides.
    """

    score: float | UnsetType = UNSET
    margin: float | UnsetType = UNSET
    probability: float | UnsetType = UNSET
    thresholds: str


class Label(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part number or a field's value, and the probability that the photo shows what bears it, 0..1."""

    label: str
    probability: float


class Labels(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The most probable labels, as asked by the option ``labels``, which ``by`` repeats. They rest on what the
    photos look like, whatever a hint or a code in them says.

    ``nearest``: the most probable first. Their probabilities and ``somethingElse``, that of none of all candidates'
    labels, sum to 1 at most: there may be more labels than are shown. ``basis`` says what probabilities were fitted on.
    """

    by: LabelsBy
    nearest: list[Label]
    something_else: float
    basis: str


class Certain(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that holds for what the photo shows, and its probability, 0..1.

    ``field``: ``category`` (``value``: a category, or the upper levels of one, up to a ``/``), ``partNumber``
    (``value``: what the part number begins with: ``ISO 4762``), or ``metadata:`` and a key.
    """

    field: str
    value: str
    probability: float


class Coarse(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What can be said where the exact product is uncertain: "ISO 4762, size not certain".

    ``probability``: that all that is ``certain`` holds; at least 0.9. ``uncertain``: fields, written as in ``certain``,
    in which the leading candidates differ; empty where they differ in their part numbers only. ``basis`` says what
    probabilities were fitted on.
    """

    probability: float
    certain: list[Certain]
    uncertain: list[str]
    basis: str


class TagProbability(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A tag of the catalog's list, and its probability among them, 0..1: the whole list's sum to 1 at most."""

    tag: str
    probability: float


class FoundObject(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of several things in a photo, and what it may be; all that is said is of it alone.

    ``region``: where it is in the whole photo, to be asked about by ``photoOf`` and this ``region``. ``confidence``:
    how sure it is that there is a thing, 0..1; it orders a photo's objects and is no probability. ``dropped``: stages
    that this object had to do without, left out where there are none.
    """

    region: Region
    confidence: float
    verdict: Verdict
    verdict_basis: VerdictBasis
    candidates: list[Candidate]
    coarse: Coarse | UnsetType = UNSET
    dropped: dict[str, str] | UnsetType = UNSET


class Outcome(StrEnum):
    """What the worker said."""

    CONFIRMED = "confirmed"
    NONE_OF_THESE = "none_of_these"
    UNSURE = "unsure"


class NewConfirmation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The worker's word on a lookup. ``partNumber`` belongs to ``confirmed`` and to nothing else."""

    outcome: Outcome
    part_number: Annotated[str, Meta(min_length=1, max_length=PART_NUMBER_CHARACTERS)] | UnsetType = UNSET


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The worker's word, as kept. The newest one of a lookup counts."""

    id: UUID
    lookup_id: UUID
    outcome: Outcome
    part_number: str | UnsetType = UNSET
    created_at: datetime


class Lookup(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a photo, or to several of one object: ``furtherPhotos`` are those after the first, left out where
    there are none; ``photo`` is left out where a ``text`` alone was asked. The verdict is on the first candidate, by
    what the photos show of it, whatever a hint says of it. ``timings`` are milliseconds per stage, some of them side by
    side.

    ``ranked``: how many products were ranked; ``candidates`` are the first of them. ``next`` is the cursor by which
    further ones can be had, of which the first 50 are kept; left out where there are none. ``facets`` count among all
    that were ranked; left out where no field was named.

    ``dropped``: stages that the answer had to do without, and why: ``late``, ``failed``, ``loading`` or
    ``unsupported``: the model that runs cannot do it.

    ``labels`` and ``tags`` are there where they were asked for; tags may be among ``dropped``. ``coarse`` is there
    where the verdict is not ``match`` and something broader than one product is certain enough. ``objects`` are there
    where they were asked for and could be looked for, the surest first, eight at most, each with ``limit`` candidates;
    all else is of the photo as a whole.
    """

    id: UUID
    catalog: CatalogName
    client_lookup_id: str | UnsetType = UNSET
    created_at: datetime
    verdict: Verdict
    verdict_basis: VerdictBasis
    candidates: list[Candidate]
    ranked: int | UnsetType = UNSET
    next: str | UnsetType = UNSET
    facets: list[Facet] | UnsetType = UNSET
    labels: Labels | UnsetType = UNSET
    coarse: Coarse | UnsetType = UNSET
    tags: list[TagProbability] | UnsetType = UNSET
    objects: list[FoundObject] | UnsetType = UNSET
    text: str | UnsetType = UNSET
    photo: PhotoFacts | UnsetType = UNSET
    further_photos: list[PhotoFacts] | UnsetType = UNSET
    space: Space
    timings: dict[str, float]
    dropped: dict[str, str]
    confirmation: Confirmation | UnsetType = UNSET


class CandidatePage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some of the candidates that were ranked for a lookup when it was answered, in that order. ``next`` is the cursor
    of those after them; left out where there are none.
    """

    lookup_id: UUID
    candidates: list[Candidate]
    next: str | UnsetType = UNSET
