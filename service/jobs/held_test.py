"""A self-test in a worker's hands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.database import Database
from catalog.self_tests import HeldTest, give_test_back, keep_test
from service.jobs.background import LeaseLost


@dataclass(kw_only=True)
class Holding:
    """The right to go on with a self-test."""

    database: Database
    test: HeldTest
    until: datetime

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[Any]:
        """A session for what is to be written, in the same transaction as the right to write it is kept.

        Raises:
            LeaseLost: it is no longer this process's.

        """
        async with self.database.write() as session:
            kept = await keep_test(session, self.test.id, self.until)
            if kept is None:
                raise LeaseLost(f"self-test {self.test.id} is no longer this process's")
            self.until = kept
            yield session

    async def keep(self) -> None:
        """Keep it, and write nothing."""
        async with self.keeping():
            pass

    async def give_back(self) -> None:
        """Whoever works on it next need not wait for the lease to run out."""
        async with self.database.write() as session:
            await give_test_back(session, self.test.id, self.until)
