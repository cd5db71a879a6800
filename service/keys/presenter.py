"""Keys as the wire shows them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response
from msgspec import UNSET, UnsetType

from catalog.keys import is_live
from catalog.models import AccessKeyRow
from mobile_contract.access import Key, KeyState, MadeKey, Scope
from service.access.tokens import shown_prefix

NO_STORE = {"Cache-Control": "no-store"}


def present_key(row: AccessKeyRow, names: Mapping[UUID, str]) -> Key:
    """A key; ``names``: of catalogs, by id."""
    return Key(**_fields(row, names))


def present_made(row: AccessKeyRow, names: Mapping[UUID, str], text: str) -> Response[MadeKey]:
    """A new key, which stands in this answer and nowhere else."""
    headers = NO_STORE | {"Location": f"/v1/keys/{row.id}"}
    return Response(MadeKey(**_fields(row, names), key=text), status_code=201, headers=headers)


def state_of(row: AccessKeyRow) -> KeyState:
    """Whether a key is good now."""
    if row.revoked_at is not None:
        return KeyState.REVOKED
    return KeyState.LIVE if is_live(row, time.time()) else KeyState.EXPIRED


def present_bound(catalogs: Sequence[UUID] | None, names: Mapping[UUID, str]) -> list[str] | UnsetType:
    """Names of the catalogs that somebody is bound to, of those that there still are."""
    return UNSET if catalogs is None else sorted(names[one] for one in catalogs if one in names)


def _fields(row: AccessKeyRow, names: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "client": row.client,
        "prefix": shown_prefix(row.public_id),
        "state": state_of(row),
        "scopes": msgspec.convert(row.scopes, list[Scope]),
        "catalogs": present_bound(row.catalogs, names),
        "created_at": row.created_at,
        "expires_at": row.expires_at or UNSET,
        "last_seen_at": row.last_seen_at or UNSET,
        "revoked_at": row.revoked_at or UNSET,
    }
