"""Lookups and confirmations on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import CatalogName, ReferenceImage, Space
from mobile_contract.limits import (
    CANDIDATES_DEFAULT,
    CANDIDATES_MAX,
    CLIENT_ID_CHARACTERS,
    FILTER_VALUES_MAX,
    PART_NUMBER_CHARACTERS,
)

ClientId = Annotated[str, Meta(min_length=1, max_length=CLIENT_ID_CHARACTERS)]
Values = Annotated[list[str], Meta(max_length=FILTER_VALUES_MAX)]


class LookupOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a client may say beside the photo: the ``request`` part of a multipart lookup.

    A product must be in one of ``categories`` (where given) and, for every key of ``metadata``, have one of its values.
    """

    client_lookup_id: ClientId | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=CANDIDATES_MAX)] = CANDIDATES_DEFAULT
    categories: Values = []
    metadata: Annotated[dict[str, Values], Meta(max_length=FILTER_VALUES_MAX)] = {}


class Verdict(StrEnum):
    """``match``: the first candidate is it; ``ambiguous``: look closer; ``no_match``: not in the catalog."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    NO_MATCH = "no_match"


class Channel(StrEnum):
    """A kind of evidence."""

    IMAGE = "image"


class Candidate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product that the photo may show. ``score`` is a cosine in -1..1, *not* a probability."""

    rank: int
    part_number: str
    name: str
    metadata: dict[str, str]
    description: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    superseded_by: str | UnsetType = UNSET
    score: float
    matched_by: list[Channel]
    reference_image: ReferenceImage


class PhotoFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was seen of the photo itself. ``sha256`` lets a client make sure that the answer is about its photo."""

    sha256: str
    width: int
    height: int
    format: str
    advice: list[str]


class VerdictBasis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why the verdict is what it is. ``thresholds`` says what they were fitted on, or that there are none yet."""

    score: float | UnsetType = UNSET
    margin: float | UnsetType = UNSET
    thresholds: str


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
    """The answer to a photo. ``timings`` are milliseconds per stage."""

    id: UUID
    catalog: CatalogName
    client_lookup_id: str | UnsetType = UNSET
    created_at: datetime
    verdict: Verdict
    verdict_basis: VerdictBasis
    candidates: list[Candidate]
    photo: PhotoFacts
    space: Space
    timings: dict[str, float]
    confirmation: Confirmation | UnsetType = UNSET
