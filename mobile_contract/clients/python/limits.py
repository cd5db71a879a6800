"""Flows of rates and quotas: how much each client may ask."""

from msgspec import UNSET

from mobile_contract.allowances import ClientAllowance, ClientAllowanceList, NewAllowance
from mobile_contract.clients.python.exchange import Call, Core, Flow, ask, json_body, segment

PAGE = 500


def limits(core: Core) -> Flow[list[ClientAllowance]]:
    """Clients for which something was set or that have asked something today."""
    found: list[ClientAllowance] = []
    path = f"/v1/limits?limit={PAGE}"
    while True:
        page = yield from ask(core, Call(operation="listLimits", method="GET", path=path, kind=ClientAllowanceList))
        found += page.clients
        if page.next is UNSET:
            return found
        path = f"/v1/limits?limit={PAGE}&after={segment(page.next)}"


def limits_of(core: Core, subject: str) -> Flow[ClientAllowance]:
    """What a client may ask, and has asked. ``subject``: ``device:ID``, ``key:ID`` or ``local``."""
    path = f"/v1/limits/{segment(subject)}"
    return ask(core, Call(operation="getLimits", method="GET", path=path, kind=ClientAllowance))


def set_limits(core: Core, subject: str, *, rate: int | None = None, quota: int | None = None) -> Flow[ClientAllowance]:
    """Set what a client may ask a minute and a day, in place of what was set before. 0 is no limit; None leaves it to
    the service's settings.
    """
    new = NewAllowance(rate=UNSET if rate is None else rate, quota=UNSET if quota is None else quota)
    path, body = f"/v1/limits/{segment(subject)}", json_body(new)
    return ask(core, Call(operation="putLimits", method="PUT", path=path, kind=ClientAllowance, body=body))


def clear_limits(core: Core, subject: str) -> Flow[None]:
    """Let a client ask what the service's settings say."""
    path = f"/v1/limits/{segment(subject)}"
    yield from ask(core, Call(operation="deleteLimits", method="DELETE", path=path, kind=bytes))
