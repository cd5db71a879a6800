"""Making, showing, replacing and revoking keys."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response

from catalog.grants import names_of
from catalog.keys import create_key, get_key, list_keys, revoke_key, rotate_key
from catalog.models import AccessKeyRow
from mobile_contract.access import Key, KeyList, MadeKey, NewKey, Rotation
from service.access.fresh_keys import make_key
from service.access.granting import lifetime_of, read_grant
from service.access.names import read_name
from service.access.trail import note
from service.bootstrap import Services
from service.keys.presenter import present_key, present_made


async def make_new(request: Request[Any, Any, Any], parts: Services, new: NewKey) -> Response[MadeKey]:
    """Make a key.

    Raises:
        KeysTooMany, CatalogNotFound, Refused: there is none.

    """
    client, fresh = read_name(new.client, "client"), make_key(parts.pepper)
    async with parts.database.write() as session:
        grant = await read_grant(session, new.scopes, new.catalogs)
        row = await create_key(session, client, fresh.stored, grant, lifetime_of(new.days))
        await note(session, request, target=f"/v1/keys/{row.id}")
        names = await names_of(session, row.catalogs or ())
    return present_made(row, names, fresh.text)


async def rotate(request: Request[Any, Any, Any], parts: Services, key_id: UUID, how: Rotation) -> Response[MadeKey]:
    """Make another key for a key's client, and let the old one end soon.

    Raises:
        KeyNotFound, KeysTooMany: there is none.

    """
    fresh, overlap = make_key(parts.pepper), timedelta(hours=how.overlap_hours)
    async with parts.database.write() as session:
        row = await rotate_key(session, key_id, fresh.stored, overlap=overlap, lifetime=lifetime_of(how.days))
        await note(session, request)
        names = await names_of(session, row.catalogs or ())
    parts.credentials.forget()
    return present_made(row, names, fresh.text)


async def revoke(request: Request[Any, Any, Any], parts: Services, key_id: UUID) -> None:
    """Let a key be good no longer.

    Raises:
        KeyNotFound: there is none of this id.

    """
    async with parts.database.write() as session:
        await revoke_key(session, key_id)
        await note(session, request)
    parts.credentials.forget()


async def show(parts: Services, key_id: UUID) -> Key:
    """A key.

    Raises:
        KeyNotFound: there is none of this id.

    """
    async with parts.database.read() as session:
        row = await get_key(session, key_id)
        return present_key(row, await names_of(session, row.catalogs or ()))


async def show_all(parts: Services) -> KeyList:
    """All keys."""
    async with parts.database.read() as session:
        rows = await list_keys(session)
        names = await names_of(session, _bound(rows))
    return KeyList(keys=[present_key(row, names) for row in rows])


def _bound(rows: Sequence[AccessKeyRow]) -> set[UUID]:
    return {one for row in rows for one in row.catalogs or ()}
