"""Counts requests towards what a client may ask, beside the receiving of their bodies."""

import asyncio
import time
from typing import Final

from catalog.database import Database
from catalog.limits import Limits, Use, Window, count_use, give_back, limits_of
from mobile_contract.limits import LOCAL_SUBJECT
from mobile_contract.problems import Code
from service.refused import Refused

UNLIMITED: Final = Limits(rate=0, quota=0)
REMEMBERED_SECONDS: Final = 4.0
"""That a client is not limited is believed for so long: it is asked nothing then."""

POLICY_HEADER: Final = "RateLimit-Policy"
LEFT_HEADER: Final = "RateLimit"


class Metered:
    """One request that is counted."""

    def __init__(self, meter: "Meter", subject: str) -> None:
        """Begins at once."""
        self._meter, self._subject = meter, subject
        self._counting = asyncio.create_task(meter.count(subject), name="count request")
        self._returned = False

    async def refusal(self) -> Refused | None:
        """What to say where no unit is left.

        Raises:
            SQLAlchemyError, OSError: the database does not answer.

        """
        use = await asyncio.shield(self._counting)
        if use is None or use.counted:
            return None
        if use.quota.full:
            detail = f"{use.quota.limit} requests a day are allowed, and were made"
            return Refused(Code.QUOTA_EXCEEDED, detail, retry_after=use.quota.seconds)
        detail = f"{use.rate.limit} requests a minute are allowed, and were made"
        return Refused(Code.RATE_LIMITED, detail, retry_after=use.rate.seconds)

    async def headers(self) -> dict[str, str]:
        """What is left, after draft-ietf-httpapi-ratelimit-headers; nothing where there is no limit."""
        await asyncio.wait((self._counting,))
        if self._counting.cancelled() or self._counting.exception() or (use := self._counting.result()) is None:
            return {}
        back = 1 if self._returned else 0
        windows = [("minute", 60, use.rate), ("day", 86_400, use.quota)]
        limited = [(name, length, window) for name, length, window in windows if window.limit]
        if not limited:
            return {}
        return {
            POLICY_HEADER: ", ".join(f'"{name}";q={window.limit};w={length}' for name, length, window in limited),
            LEFT_HEADER: ", ".join(
                f'"{name}";r={_left(window, back)};t={window.seconds}' for name, _, window in limited
            ),
        }

    async def give_back(self) -> None:
        """Count it no longer: nothing was done for it."""
        await asyncio.wait((self._counting,))
        if self._returned or self._counting.cancelled() or self._counting.exception():
            return
        use = self._counting.result()
        if use is not None and use.counted:
            self._returned = True
            await self._meter.give_back(self._subject, use)


class Meter:
    """Counts one process's requests, on connections of its own: lookups may have all others. ``close`` at the end."""

    def __init__(self, database: Database, default: Limits) -> None:
        """``default``: of each client from outside for which nothing is set. The database stays the caller's."""
        self._database, self._default = database, default
        self._known: dict[str, tuple[bool, float]] = {}

    def begin(self, subject: str) -> Metered | None:
        """Begin to count a request; None where its client is known to have no limit."""
        if self._is_limited(subject) is False:
            return None
        return Metered(self, subject)

    async def count(self, subject: str) -> Use | None:
        """Count one now; None where there is no limit."""
        default = self.default_of(subject)
        async with self._database.statements() as session:
            if self._is_limited(subject) is None:
                limited = not (await limits_of(session, subject, default)).none
                self._known[subject] = (limited, time.monotonic() + REMEMBERED_SECONDS)
                if not limited:
                    return None
            return await count_use(session, subject, default)

    async def give_back(self, subject: str, use: Use) -> None:
        """Count one no longer."""
        async with self._database.statements() as session:
            await give_back(session, subject, use)

    def forget(self, subject: str) -> None:
        """Ask anew whether a client is limited: something was set here."""
        self._known.pop(subject, None)

    def _is_limited(self, subject: str) -> bool | None:
        limited, until = self._known.get(subject, (False, 0.0))
        return limited if time.monotonic() < until else None

    def default_of(self, subject: str) -> Limits:
        """What holds where nothing is set: this machine, in development, is not limited by itself."""
        return UNLIMITED if subject == LOCAL_SUBJECT else self._default


def _left(window: Window, back: int) -> int:
    return min(window.limit, max(0, window.limit - window.used) + back)
