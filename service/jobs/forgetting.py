"""What would grow for ever is forgotten in time: answers kept for clients' keys, entries of the audit log, rows of
imports that ended, and what killed processes had in their hands.

Each piece is one transaction, and skips what another process is at. Where there is nothing to do, that is known from an
index or from the oldest entries alone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from catalog.audit import forget_entries
from catalog.database import Database
from catalog.hands import forget_in_hand
from catalog.idempotency import forget_answers
from catalog.imports.kept import forget_rows
from mobile_contract.limits import IDEMPOTENCY_DAYS

AT_ONCE: Final = 1_000
"""Rows of a transaction."""
ANSWERS_KEPT: Final = timedelta(days=IDEMPOTENCY_DAYS)


@dataclass(frozen=True, kw_only=True)
class Forgetter:
    """``audit``: for how long entries of the audit log are kept, zero for ever. The database stays the caller's."""

    database: Database
    audit: timedelta = timedelta(0)

    async def step(self) -> bool:
        """Forget one piece; False where there was nothing to do."""
        return await self._answers() or await self._entries() or await self._rows() or await self._hands()

    async def _answers(self) -> bool:
        async with self.database.write() as session:
            return self._told("answers", await forget_answers(session, ANSWERS_KEPT, AT_ONCE))

    async def _entries(self) -> bool:
        if not self.audit:
            return False
        async with self.database.write() as session:
            return self._told("audit entries", await forget_entries(session, self.audit, AT_ONCE))

    async def _rows(self) -> bool:
        async with self.database.write() as session:
            return await forget_rows(session, AT_ONCE)

    async def _hands(self) -> bool:
        async with self.database.write() as session:
            return bool(await forget_in_hand(session))

    def _told(self, what: str, forgotten: int) -> bool:
        if forgotten:
            structlog.get_logger("photocode.purging").info("forgotten by age", what=what, rows=forgotten)
        return bool(forgotten)
