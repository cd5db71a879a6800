"""What to know before a part is used, on the wire: safety notices, and what has replaced it."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.limits import NOTICE_CHARACTERS, URL_CHARACTERS


class Severity(StrEnum):
    """How much a notice matters. ``danger``: somebody may be hurt."""

    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"


class SafetyNotice(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What whoever handles a product has to know. ``validFrom`` and ``validUntil``: its first and last day, UTC; it
    holds without end where they are left out.
    """

    severity: Severity
    text: Annotated[str, Meta(pattern=r"\S", max_length=NOTICE_CHARACTERS, examples=["Recalled: the seal may burst"])]
    url: (
        Annotated[
            str,
            Meta(pattern=r"^https?://[^\s]+$", max_length=URL_CHARACTERS, examples=["https://example.com/recall"]),
        ]
        | UnsetType
    ) = UNSET
    valid_from: date | UnsetType = UNSET
    valid_until: date | UnsetType = UNSET


class SuccessionProblem(StrEnum):
    """Why a chain of replacements does not end with a product of the catalog: the catalog lacks the last one, it comes
    back to where it was, or it is longer than is followed.
    """

    MISSING = "missing"
    LOOP = "loop"
    TOO_LONG = "too_long"


class Successor(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What has replaced a product in the end, ``hops`` replacements on. ``name`` is left out where the catalog has no
    such product. With a ``problem`` it is no end: the first replacement of a loop, or the last one that was followed.
    """

    part_number: str
    name: str | UnsetType = UNSET
    in_catalog: bool
    hops: int
    problem: SuccessionProblem | UnsetType = UNSET
