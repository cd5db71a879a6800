"""Enrolling devices, listing and revoking them, and telling one who it is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response

from catalog.devices import begin_enrolment, enrol, get_device, list_devices, revoke, set_worker
from catalog.errors import EnrolmentInvalid
from catalog.grants import names_of
from catalog.keys import get_key
from mobile_contract.devices import (
    Access,
    Device,
    DeviceList,
    EnrolledDevice,
    Enrolment,
    NewDevice,
    NewEnrolment,
    OwnAccess,
    Worker,
)
from mobile_contract.limits import ENROLMENT_SECONDS
from mobile_contract.problems import Code
from service.access.gate import visitor_of
from service.access.granting import read_grant
from service.access.tokens import Purpose, hash_of, new_token
from service.access.trail import note
from service.bootstrap import Services
from service.devices.presenter import present_device, present_enrolled, present_enrolment
from service.devices.requests import checked_device, read_worker
from service.keys.presenter import present_key
from service.refused import Refused

UNSEEN = "/v1/devices/enrolments"
"""What a new enrolment is called in the audit log: naming it would give it away."""


async def begin(request: Request[Any, Any, Any], parts: Services, new: NewEnrolment) -> Response[Enrolment]:
    """Make an enrolment token.

    Raises:
        Refused, CatalogNotFound: what the device is to be allowed cannot be.

    """
    token, worker = new_token(Purpose.ENROLMENT), read_worker(new.worker)
    async with parts.database.write() as session:
        grant = await read_grant(session, new.scopes, new.catalogs)
        lifetime = timedelta(seconds=ENROLMENT_SECONDS)
        until = await begin_enrolment(session, hash_of(token), lifetime, grant, worker)
        await note(session, request, target=UNSEEN)
    return present_enrolment(token, until)


async def enrol_device(request: Request[Any, Any, Any], parts: Services, data: NewDevice) -> Response[EnrolledDevice]:
    """Exchange an enrolment token for a device's.

    Raises:
        Refused: the token has not the form of one, a name is none, or there were too many attempts
            that failed.
        EnrolmentInvalid: the token is unknown, was used, or is too old.

    """
    address, token = visitor_of(request).client, new_token(Purpose.DEVICE)
    with parts.attempts.counted(address):
        new = checked_device(data)
        if parts.attempts.exhausted(address) and not await parts.credentials.live.holds(new.enrolment_token):
            raise EnrolmentInvalid("the enrolment token is unknown, was used before, or is too old")
        async with parts.database.write() as session:
            own, worker = hash_of(token), read_worker(new.worker)
            row = await enrol(session, hash_of(new.enrolment_token), name=new.name, token_hash=own, worker=worker)
            await note(session, request, target=f"/v1/devices/{row.id}", subject=f"device:{row.id}")
    return present_enrolled(row, token, data.keep)


async def own_access(request: Request[Any, Any, Any], parts: Services) -> OwnAccess:
    """Why a request was let in."""
    visitor = visitor_of(request)
    names = visitor.catalogs or {}
    async with parts.database.read() as session:
        if visitor.device is not None:
            device = present_device(await get_device(session, visitor.device), names, seen=False)
            return OwnAccess(access=Access.DEVICE, device=device)
        if visitor.key is not None:
            return OwnAccess(access=Access.KEY, key=present_key(await get_key(session, visitor.key), names))
    return OwnAccess(access=Access.LOOPBACK)


async def name_worker(request: Request[Any, Any, Any], parts: Services, said: Worker) -> Device:
    """Say who uses the device that asks.

    Raises:
        Refused: it is no device, or the name is none.

    """
    visitor, worker = visitor_of(request), read_worker(said.worker)
    async with parts.database.write() as session:
        row = await set_worker(session, own_device(request), worker)
        await note(session, request, target=f"/v1/devices/{row.id}/worker")
    return present_device(row, visitor.catalogs or {}, seen=False)


async def show_all(parts: Services) -> DeviceList:
    """All devices."""
    async with parts.database.read() as session:
        rows = await list_devices(session)
        names = await names_of(session, {one for row in rows for one in row.catalogs or ()})
    return DeviceList(devices=[present_device(row, names) for row in rows])


async def revoke_device(request: Request[Any, Any, Any], parts: Services, device_id: UUID) -> None:
    """Let a device's token be good no longer.

    Raises:
        DeviceNotFound: there is none of this id.

    """
    async with parts.database.write() as session:
        await get_device(session, device_id)
        await revoke(session, device_id)
        await note(session, request)
    parts.credentials.forget()


def own_device(request: Request[Any, Any, Any]) -> UUID:
    """The device that asks.

    Raises:
        Refused: it is this machine, or a program with a key.

    """
    device = visitor_of(request).device
    if device is None:
        raise Refused(Code.DEVICE_NOT_FOUND, "this was not asked by a device")
    return device
