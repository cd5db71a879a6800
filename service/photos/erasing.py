"""Erasing photos on request."""

from typing import Any
from uuid import UUID

import structlog
from litestar import Request
from obstore.exceptions import BaseError as StoreError

from catalog.devices import get_device
from catalog.erasure import asked_by, erase_of_device, erase_of_lookup
from mobile_contract.devices import ErasedPhotos
from mobile_contract.problems import Code
from service.access.gate import visitor_of
from service.access.scopes import Scope
from service.access.trail import note
from service.bootstrap import Services
from service.refused import Refused


async def erase_photos(request: Request[Any, Any, Any], parts: Services, lookup_id: UUID) -> None:
    """Erase the photos of a lookup.

    Raises:
        LookupNotFound: there is none of this id.
        Refused: somebody else asked it.

    """
    visitor = visitor_of(request)
    async with parts.database.write() as session:
        own = await asked_by(session, lookup_id, device_id=visitor.device, key_id=visitor.key)
        if not own and not visitor.may(Scope.ADMIN):
            raise Refused(Code.SCOPE_MISSING, "only who asked a lookup, or an administrator, erases its photos")
        await erase_of_lookup(session, lookup_id)
        await note(session, request)
    await _remove_files(parts)


async def erase_devices_photos(request: Request[Any, Any, Any], parts: Services, device_id: UUID) -> ErasedPhotos:
    """Erase the photos of all lookups of a device.

    Raises:
        DeviceNotFound: there is none of this id.

    """
    async with parts.database.write() as session:
        await get_device(session, device_id)
        lookups = await erase_of_device(session, device_id)
        await note(session, request, target=f"/v1/devices/{device_id}/photos")
    more = lookups
    while more:
        async with parts.database.write() as session:
            more = await erase_of_device(session, device_id)
        lookups += more
    await _remove_files(parts)
    return ErasedPhotos(lookups=lookups)


async def _remove_files(parts: Services) -> None:
    """What cannot be removed now is removed later: nothing refers to it any more."""
    try:
        while await parts.erasing.remove_files():
            pass
    except (StoreError, OSError) as error:
        structlog.get_logger("photocode.photos").warning("photos not removed yet", reason=type(error).__name__)
        parts.erasing.background.wake()
