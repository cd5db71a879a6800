"""Which device has a token, remembered for a few seconds."""

import asyncio
import time
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from catalog.database import Database
from catalog.devices import live_device, note_seen
from mobile_contract.limits import REVOCATION_SECONDS
from service.access.tokens import hash_of

REMEMBERED_SECONDS: Final = REVOCATION_SECONDS - 1
"""So old at most is what a request is let in by; the rest is for asking."""


class LiveDevices:
    """The devices of one process's requests. ``close`` at the end."""

    def __init__(self, database: Database) -> None:
        """``database``: where devices are."""
        self._database = database
        self._known: dict[bytes, tuple[UUID, float]] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def find(self, token: str) -> UUID | None:
        """Id of the device with this token; None where there is none, or it was revoked more than 5 s ago."""
        token_hash, now = hash_of(token), time.monotonic()
        known = self._known.get(token_hash)
        if known and now - known[1] < REMEMBERED_SECONDS:
            return known[0]
        async with self._database.statements() as session:
            device = await live_device(session, token_hash)
        if device is None:
            self._known.pop(token_hash, None)
            return None
        self._known[token_hash] = (device.id, now)
        if device.unseen:
            self._note(device.id)
        return device.id

    async def close(self) -> None:
        """Wait for what is still being written down."""
        await asyncio.gather(*self._noting)

    def _note(self, device_id: UUID) -> None:
        """Beside the request, which need not wait for the disk."""
        task = asyncio.create_task(self._note_seen(device_id))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _note_seen(self, device_id: UUID) -> None:
        try:
            async with self._database.write() as session:
                await note_seen(session, device_id)
        except (SQLAlchemyError, OSError) as error:
            structlog.get_logger("photocode").warning("a device was not noted as seen", reason=type(error).__name__)
