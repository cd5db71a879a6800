"""Devices as the wire shows them."""

from litestar import Response
from litestar.datastructures import Cookie
from msgspec import UNSET

from catalog.models import DeviceRow
from mobile_contract.devices import Access, Device, EnrolledDevice, Keep, OwnAccess
from service.access.decision import COOKIE

COOKIE_SECONDS = 400 * 24 * 60 * 60
"""As long as browsers keep any cookie."""


def present_enrolled(row: DeviceRow, token: str, keep: Keep) -> Response[EnrolledDevice]:
    """A new device and its token, which stands in the answer or in a cookie, and nowhere else from then on."""
    kept = token if keep is Keep.TOKEN else UNSET
    device = EnrolledDevice(id=row.id, name=row.name, created_at=row.created_at, token=kept)
    cookies = [] if keep is Keep.TOKEN else [_cookie(token)]
    return Response(device, status_code=201, cookies=cookies, headers={"Cache-Control": "no-store"})


def present_access(row: DeviceRow | None) -> OwnAccess:
    """As whom one asks; without a device it is this machine."""
    if row is None:
        return OwnAccess(access=Access.LOOPBACK)
    return OwnAccess(access=Access.DEVICE, device=Device(id=row.id, name=row.name, created_at=row.created_at))


def _cookie(token: str) -> Cookie:
    return Cookie(
        key=COOKIE, value=token, max_age=COOKIE_SECONDS, path="/", secure=True, httponly=True, samesite="strict"
    )
