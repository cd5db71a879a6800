"""Allowances as the wire shows them."""

from collections.abc import Sequence

from msgspec import UNSET

from catalog.limits import Limits, SubjectLimits
from mobile_contract.allowances import ClientAllowance, ClientAllowanceList
from service.admission.metering import Meter


def present_allowance(found: SubjectLimits, default: Limits) -> ClientAllowance:
    """One client's. ``default``: what holds where nothing was set for it."""
    return ClientAllowance(
        subject=found.subject,
        rate=default.rate if found.rate is None else found.rate,
        quota=default.quota if found.quota is None else found.quota,
        own_rate=UNSET if found.rate is None else found.rate,
        own_quota=UNSET if found.quota is None else found.quota,
        used_this_minute=found.in_minute,
        used_today=found.in_day,
    )


def present_allowances(found: Sequence[SubjectLimits], meter: Meter, limit: int) -> ClientAllowanceList:
    """A page, of one more than fit on it."""
    page = found[:limit]
    return ClientAllowanceList(
        clients=[present_allowance(one, meter.default_of(one.subject)) for one in page],
        next=page[-1].subject if len(found) > limit else UNSET,
    )
