"""Setting what a client may ask."""

from msgspec import UNSET

from catalog.limits import clear_limits, get_limits, list_limits, set_limits
from mobile_contract.allowances import ClientAllowance, ClientAllowanceList, NewAllowance
from service.bootstrap import Services
from service.limits.presenter import present_allowance, present_allowances


async def see_allowance(parts: Services, subject: str) -> ClientAllowance:
    """What holds for a client, and what it has asked."""
    async with parts.database.read() as session:
        found = await get_limits(session, subject)
    return present_allowance(found, parts.meter.default_of(subject))


async def see_allowances(parts: Services, after: str | None, limit: int) -> ClientAllowanceList:
    """A page of clients."""
    async with parts.database.read() as session:
        found = await list_limits(session, after, limit + 1)
    return present_allowances(found, parts.meter, limit)


async def put_allowance(parts: Services, subject: str, new: NewAllowance) -> ClientAllowance:
    """Set what a client may ask, in place of what was set before."""
    async with parts.database.write() as session:
        await set_limits(
            session,
            subject,
            None if new.rate is UNSET else new.rate,
            None if new.quota is UNSET else new.quota,
        )
    parts.meter.forget(subject)
    return await see_allowance(parts, subject)


async def forget_allowance(parts: Services, subject: str) -> None:
    """Let a client ask what the settings say."""
    async with parts.database.write() as session:
        await clear_limits(session, subject)
    parts.meter.forget(subject)
