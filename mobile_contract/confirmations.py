"""Confirmations on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.limits import PART_NUMBER_CHARACTERS, WORKER_CHARACTERS


class Outcome(StrEnum):
    """What the worker said."""

    CONFIRMED = "confirmed"
    NONE_OF_THESE = "none_of_these"
    UNSURE = "unsure"


class NewConfirmation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The worker's word on a lookup. ``partNumber`` belongs to ``confirmed`` and to nothing else. ``worker``: who gives
    it; an app that queues words sends the name that was set when the word was given.
    """

    outcome: Outcome
    part_number: Annotated[str, Meta(min_length=1, max_length=PART_NUMBER_CHARACTERS)] | UnsetType = UNSET
    worker: (
        Annotated[
            str,
            Meta(
                max_length=WORKER_CHARACTERS,
                examples=["Ana Ruiz"],
                description="Left out: who uses the device; empty: nobody in particular",
            ),
        ]
        | UnsetType
    ) = UNSET


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The worker's word, as kept. The newest one of a lookup counts. ``worker``: who gave it, as far as it is known, in
    answers to administrators only.
    """

    id: UUID
    lookup_id: UUID
    outcome: Outcome
    part_number: str | UnsetType = UNSET
    created_at: datetime
    worker: str | UnsetType = UNSET
