"""Enrolling a device, and telling it who it is."""

from typing import Any

from litestar import Request, Response

from catalog.devices import enrol, get_device
from mobile_contract.devices import EnrolledDevice, NewDevice, OwnAccess
from service.access.gate import visitor_of
from service.access.tokens import Purpose, hash_of, new_token
from service.bootstrap import Services
from service.devices.presenter import present_access, present_enrolled
from service.devices.requests import checked_device


async def enrol_device(request: Request[Any, Any, Any], parts: Services, data: NewDevice) -> Response[EnrolledDevice]:
    """Exchange an enrolment token for a device's.

    Raises:
        Refused: the token has not the form of one, the name is none, or there were too many attempts.
        EnrolmentInvalid: the token is unknown, was used, or is too old.

    """
    parts.attempts.count(visitor_of(request).client)
    new = checked_device(data)
    token = new_token(Purpose.DEVICE)
    async with parts.database.write() as session:
        row = await enrol(session, hash_of(new.enrolment_token), name=new.name, token_hash=hash_of(token))
    return present_enrolled(row, token, data.keep)


async def own_access(request: Request[Any, Any, Any], parts: Services) -> OwnAccess:
    """Why a request was let in."""
    visitor = visitor_of(request)
    if visitor.device is None:
        return present_access(None)
    async with parts.database.read() as session:
        return present_access(await get_device(session, visitor.device))
