"""Lookups on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.candidates import Candidate, Channel
from mobile_contract.catalogs import CatalogName, Space
from mobile_contract.confirmations import Confirmation
from mobile_contract.facets import Facet, Fields
from mobile_contract.limits import (
    CANDIDATES_DEFAULT,
    CANDIDATES_MAX,
    CLIENT_ID_CHARACTERS,
    FILTER_VALUES_MAX,
    TEXT_CHARACTERS,
    URL_CHARACTERS,
)
from mobile_contract.photos import NextPhoto, PhotoFacts, Region
from mobile_contract.statements import Coarse, Difference, Labels, LabelsBy, TagProbability

ClientId = Annotated[str, Meta(min_length=1, max_length=CLIENT_ID_CHARACTERS)]
Values = Annotated[list[str], Meta(max_length=FILTER_VALUES_MAX)]
MetadataValues = Annotated[dict[str, Values], Meta(max_length=FILTER_VALUES_MAX)]


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


class VerdictBasis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why the verdict is what it is. ``thresholds`` says what they were fitted on, or that there are none yet.

    ``probability`` that the first candidate is right, 0..1; left out where only the picture's vector was compared, and
    where a code decides. ``calibration``: the version of the catalog's own calibration that it comes from; left out
    where there is none yet, and where something other than looks decides.
    """

    score: float | UnsetType = UNSET
    margin: float | UnsetType = UNSET
    probability: float | UnsetType = UNSET
    calibration: int | UnsetType = UNSET
    thresholds: str


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
    where the verdict is not ``match`` and something broader than one product is certain enough.

    ``differences``: fields by which the most probable of the ``candidates`` can be told apart, the most telling first;
    empty where the catalog knows none; left out where the verdict is ``match`` or there are fewer than two.
    ``nextPhoto``: the one to take where the verdict is not ``match``; left out where none promises to help.

    ``objects`` are there where they were asked for and could be looked for, the surest first, eight at most, each with
    ``limit`` candidates; all else is of the photo as a whole.
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
    differences: list[Difference] | UnsetType = UNSET
    next_photo: NextPhoto | UnsetType = UNSET
    tags: list[TagProbability] | UnsetType = UNSET
    objects: list[FoundObject] | UnsetType = UNSET
    text: str | UnsetType = UNSET
    photo: PhotoFacts | UnsetType = UNSET
    further_photos: list[PhotoFacts] | UnsetType = UNSET
    space: Space
    timings: dict[str, float]
    dropped: dict[str, str]
    confirmation: Confirmation | UnsetType = UNSET
