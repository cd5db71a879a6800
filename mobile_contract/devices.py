"""Devices on the wire: phones and programs that may ask from outside the service's own machine."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.access import Catalogs, Key, Scope, Scopes
from mobile_contract.limits import DEVICE_NAME_CHARACTERS, TOKEN_CHARACTERS, WORKER_CHARACTERS


class Keep(StrEnum):
    """How a device keeps its token: by itself, out of the answer, or as a cookie that no script can read."""

    TOKEN = "token"
    COOKIE = "cookie"


class Access(StrEnum):
    """Why a request is let in: it comes from the service's own machine, or carries a device token or a key."""

    LOOPBACK = "loopback"
    DEVICE = "device"
    KEY = "key"


WorkerName = Annotated[
    str,
    Meta(min_length=1, max_length=WORKER_CHARACTERS, examples=["Ana Ruiz"], description="Of who uses the device"),
]


class NewEnrolment(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What the device that is to be enrolled will be allowed. ``admin`` goes with all catalogs only. ``worker``: who
    will use it, unless it says so itself.
    """

    scopes: Scopes = msgspec.field(default_factory=lambda: [Scope.LOOKUP, Scope.CATALOG_READ])
    catalogs: Catalogs | UnsetType = UNSET
    worker: WorkerName | UnsetType = UNSET


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A token by which one device is enrolled until ``expiresAt``; shown this once. ``link``: relative to the address
    by which the device opens the service, to be opened there or shown as a QR code.
    """

    enrolment_token: str
    link: str
    expires_at: datetime


class NewDevice(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An enrolment token, and what the device is to be called in the list of devices."""

    enrolment_token: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=TOKEN_CHARACTERS,
            description="From the printed code, after `#enrol=`; good for 15 minutes and for one device",
        ),
    ]
    name: Annotated[
        str, Meta(min_length=1, max_length=DEVICE_NAME_CHARACTERS, examples=["Ana's phone"], description="For people")
    ]
    worker: WorkerName | UnsetType = UNSET
    keep: Annotated[
        Keep,
        Meta(description="`token`: in the answer, to be sent as a bearer token; `cookie`: as an HttpOnly cookie"),
    ] = Keep.TOKEN


class EnrolledDevice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A device that may ask from now on. ``token``, where it was asked for, is shown this once."""

    id: UUID
    name: str
    created_at: datetime
    token: str | UnsetType = UNSET


class Device(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A device. ``lastSeenAt`` is right to a minute, and left out where it tells who it is. ``catalogs``: names of the
    only ones; left out where it is good for all.
    """

    id: UUID
    name: str
    created_at: datetime
    scopes: list[Scope]
    catalogs: list[str] | UnsetType = UNSET
    worker: str | UnsetType = UNSET
    last_seen_at: datetime | UnsetType = UNSET
    revoked_at: datetime | UnsetType = UNSET


class DeviceList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All devices, also revoked ones, the oldest first."""

    devices: list[Device]


class Worker(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Who uses a device; left out, nobody in particular."""

    worker: WorkerName | UnsetType = UNSET


class ErasedPhotos(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many lookups' photos were erased."""

    lookups: int


class OwnAccess(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why the request was let in, and as which device or with which key."""

    access: Access
    device: Device | UnsetType = UNSET
    key: Key | UnsetType = UNSET
