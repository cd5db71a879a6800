"""What a client may do, and the keys that programs carry."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import CatalogName
from mobile_contract.limits import BOUND_CATALOGS_MAX, CLIENT_NAME_CHARACTERS, KEY_DAYS_MAX, OVERLAP_HOURS_MAX


class Scope(StrEnum):
    """A right. ``lookup`` asks and confirms; ``catalog:read`` and ``catalog:write`` are about a catalog's products,
    pictures and imports; ``admin`` is about clients themselves, and includes all others.
    """

    LOOKUP = "lookup"
    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    ADMIN = "admin"


Scopes = Annotated[list[Scope], Meta(min_length=1, max_length=len(Scope), description="Rights")]
Catalogs = Annotated[
    list[CatalogName],
    Meta(min_length=1, max_length=BOUND_CATALOGS_MAX, description="Names of the only catalogs; without it, all"),
]
ClientName = Annotated[
    str, Meta(min_length=1, max_length=CLIENT_NAME_CHARACTERS, examples=["ERP import"], description="For people")
]
Days = Annotated[float, Meta(gt=0, le=KEY_DAYS_MAX, description="Days until it expires; without it, it does not")]


class NewKey(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A key to be made. ``admin`` goes with all catalogs only."""

    client: ClientName
    scopes: Scopes
    catalogs: Catalogs | UnsetType = UNSET
    days: Days | UnsetType = UNSET


class Rotation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How a key is replaced: the old one is good for ``overlapHours`` more, 0 ends it at once."""

    overlap_hours: Annotated[float, Meta(ge=0, le=OVERLAP_HOURS_MAX)] = 24.0
    days: Days | UnsetType = UNSET


class KeyState(StrEnum):
    """Whether a key is good."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Key(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key, without what makes it one. ``prefix``: how it begins, by which it is known where it is found.
    ``lastSeenAt`` is right to a minute. ``catalogs``: names of the only ones; left out where it is good for all.
    """

    id: UUID
    client: str
    prefix: str
    state: KeyState
    scopes: list[Scope]
    catalogs: list[str] | UnsetType = UNSET
    created_at: datetime
    expires_at: datetime | UnsetType = UNSET
    last_seen_at: datetime | UnsetType = UNSET
    revoked_at: datetime | UnsetType = UNSET


class KeyList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All keys, also dead ones: by client, the oldest first."""

    keys: list[Key]


class MadeKey(Key, frozen=True, kw_only=True, rename="camel"):
    """A new key. ``key`` is shown this once, to be sent as a bearer token."""

    key: str
