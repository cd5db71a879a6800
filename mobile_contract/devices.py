"""Devices on the wire: who may ask from outside the service's own machine."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.limits import DEVICE_NAME_CHARACTERS, TOKEN_CHARACTERS


class Keep(StrEnum):
    """How a device keeps its token: by itself, out of the answer, or as a cookie that no script can read."""

    TOKEN = "token"
    COOKIE = "cookie"


class Access(StrEnum):
    """Why a request is let in: it comes from the service's own machine, or carries a device token."""

    LOOPBACK = "loopback"
    DEVICE = "device"


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
    """A device."""

    id: UUID
    name: str
    created_at: datetime


class OwnAccess(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why the request was let in, and as which device."""

    access: Access
    device: Device | UnsetType = UNSET
