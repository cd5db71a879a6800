"""How much clients may ask, on the wire."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.limits import ALLOWANCE_MAX

Allowance = Annotated[int, Meta(ge=0, le=ALLOWANCE_MAX)]


class NewAllowance(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What one client may ask: ``rate`` requests a minute and ``quota`` a day (UTC). 0 is no limit; what is left out is
    as the operator has set it for all.
    """

    rate: Allowance | UnsetType = UNSET
    quota: Allowance | UnsetType = UNSET


class ClientAllowance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one client may ask, and has asked. ``subject``: ``device:`` or ``key:`` and its id, or ``local``, which is
    the service's own machine without a key. ``rate`` and ``quota`` are those that hold, ``ownRate`` and ``ownQuota``
    those that were set for this client.
    """

    subject: str
    rate: Allowance
    quota: Allowance
    own_rate: Allowance | UnsetType = UNSET
    own_quota: Allowance | UnsetType = UNSET
    used_this_minute: Annotated[int, Meta(ge=0)]
    used_today: Annotated[int, Meta(ge=0)]


class ClientAllowanceList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Clients for which something was set or that have asked something today, by subject. ``next``: cursor of the next
    page, left out on the last one.
    """

    clients: list[ClientAllowance]
    next: str | UnsetType = UNSET
