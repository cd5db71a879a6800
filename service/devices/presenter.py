"""Devices as the wire shows them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from msgspec import UNSET

from catalog.models import DeviceRow
from mobile_contract.access import Scope
from mobile_contract.devices import Device, EnrolledDevice, Enrolment, Keep
from service.access.decision import COOKIE
from service.keys.presenter import NO_STORE, present_bound

COOKIE_SECONDS = 400 * 24 * 60 * 60
"""As long as browsers keep any cookie."""


def present_enrolled(row: DeviceRow, token: str, keep: Keep) -> Response[EnrolledDevice]:
    """A new device and its token, which stands in the answer or in a cookie, and nowhere else from then on."""
    kept = token if keep is Keep.TOKEN else UNSET
    device = EnrolledDevice(id=row.id, name=row.name, created_at=row.created_at, token=kept)
    cookies = [] if keep is Keep.TOKEN else [_cookie(token)]
    return Response(device, status_code=201, cookies=cookies, headers=NO_STORE)


def present_device(row: DeviceRow, names: Mapping[UUID, str], *, seen: bool = True) -> Device:
    """A device; ``names``: of catalogs, by id; ``seen``: with when it was last seen."""
    return Device(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        scopes=msgspec.convert(row.scopes, list[Scope]),
        catalogs=present_bound(row.catalogs, names),
        worker=row.worker or UNSET,
        last_seen_at=(row.last_seen_at or UNSET) if seen else UNSET,
        revoked_at=row.revoked_at or UNSET,
    )


def present_enrolment(token: str, expires_at: datetime) -> Response[Enrolment]:
    """An enrolment token, which stands in this answer and nowhere else. In its link it is in the fragment, which
    browsers keep to themselves: it comes into no log.
    """
    enrolment = Enrolment(enrolment_token=token, link=f"/#enrol={token}", expires_at=expires_at)
    return Response(enrolment, status_code=201, headers=NO_STORE)


def _cookie(token: str) -> Cookie:
    return Cookie(
        key=COOKIE, value=token, max_age=COOKIE_SECONDS, path="/", secure=True, httponly=True, samesite="strict"
    )
