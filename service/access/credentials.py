"""Whose a token or key is, remembered for a few seconds."""

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from catalog.database import Database
from catalog.devices import live_device, note_seen
from catalog.grants import LiveClient, names_of
from catalog.keys import StoredKey, note_key_seen, stored_key
from mobile_contract.limits import REVOCATION_SECONDS
from mobile_contract.problems import Code
from service.access.live import LiveTokens
from service.access.pepper import Pepper
from service.access.tokens import Purpose, hash_of, keyed_hash, public_id
from service.refused import Refused

REMEMBERED_SECONDS: Final = REVOCATION_SECONDS - 1
"""So old at most is what a request is let in by; the rest is for asking."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A device or a key that is good, whose it is, and what it may do: as in :class:`catalog.grants.LiveClient`."""

    purpose: Purpose
    id: UUID
    scopes: frozenset[str]
    catalogs: Mapping[UUID, str] | None
    client: str | None = None

    @property
    def subject(self) -> str:
        """By which it is called in the audit log and wherever it is counted."""
        return f"{'key' if self.purpose is Purpose.KEY else 'device'}:{self.id}"

    @property
    def owner(self) -> str:
        """Whose its idempotency keys are: of two keys of one client the client's, so that a queue goes on with the next
        key where it was with the last one.
        """
        return self.subject if self.client is None else f"client:{self.client}"


@dataclass(frozen=True, kw_only=True)
class _Remembered:
    credential: Credential
    asked_at: float
    good_until: float


class Credentials:
    """The devices and keys of one process's requests. ``close`` at the end."""

    def __init__(self, database: Database, pepper: Pepper) -> None:
        """``database``: where they are; ``pepper``: that keys were hashed with."""
        self.database = database
        self._pepper = pepper
        self.live = LiveTokens(database, pepper)
        """Asked in place of the database while somebody guesses."""
        self._known: dict[bytes, _Remembered] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def find(self, token: str, *, guessed: bool = False) -> Credential:
        """Whose a token of the right form is. ``guessed``: it comes from where many come that are nobody's, and the
        database is asked only where it is known to be somebody's.

        Raises:
            Refused: nobody's, or it was revoked more than 5 s ago, or has expired.

        """
        token_hash, now = hash_of(token), time.monotonic()
        known = self._known.get(token_hash)
        if known and now - known.asked_at < REMEMBERED_SECONDS and now < known.good_until:
            return known.credential
        self._known.pop(token_hash, None)
        purpose = Purpose.KEY if token.startswith(Purpose.KEY) else Purpose.DEVICE
        if guessed and not await self.live.holds(token):
            code = Code.KEY_INVALID if purpose is Purpose.KEY else Code.DEVICE_TOKEN_INVALID
            raise Refused(code, "nobody has this key or token, or it was revoked")
        found = await (self._key(token) if purpose is Purpose.KEY else self._device(token_hash))
        credential = Credential(
            purpose=purpose, id=found.id, scopes=found.scopes, catalogs=found.catalogs, client=found.client
        )
        until = float("inf") if found.seconds_left is None else now + found.seconds_left
        self._known[token_hash] = _Remembered(credential=credential, asked_at=now, good_until=until)
        if found.unseen:
            self._note(credential)
        return credential

    def forget(self) -> None:
        """Ask the database for each one anew: something was changed here."""
        self._known.clear()

    async def close(self) -> None:
        """Wait for what is still being written down."""
        await asyncio.gather(*self._noting)

    async def _device(self, token_hash: bytes) -> LiveClient:
        async with self.database.statements() as session:
            device = await live_device(session, token_hash)
        if device is None:
            raise Refused(Code.DEVICE_TOKEN_INVALID, "no device has this token, or it was revoked")
        return device

    async def _key(self, key: str) -> LiveClient:
        async with self.database.statements() as session:
            stored = await stored_key(session, public_id(key) or "")
            bound = None if stored is None or stored.catalogs is None else await names_of(session, stored.catalogs)
        if stored is not None and stored.pepper != self._pepper.name:
            structlog.get_logger("photocode").warning(
                "a key was made with another pepper: set PHOTOCODE_PEPPER, or share the data folder", key=str(stored.id)
            )
        if (
            stored is None
            or stored.revoked
            or not hmac.compare_digest(stored.key_hash, keyed_hash(key, self._pepper.secret))
        ):
            raise Refused(Code.KEY_INVALID, "there is no such key, or it was revoked")
        if stored.seconds_left is not None and stored.seconds_left <= 0:
            raise Refused(Code.KEY_EXPIRED, "this key has expired; ask for another one")
        return LiveClient(
            id=stored.id,
            scopes=frozenset(stored.scopes),
            catalogs=bound,
            unseen=stored.unseen,
            seconds_left=stored.seconds_left,
            client=stored.client,
        )

    def _is_right(self, key: str, stored: StoredKey) -> bool:
        """In the same time, however much of it is right."""
        return hmac.compare_digest(stored.key_hash, keyed_hash(key, self._pepper.secret))

    def _note(self, credential: Credential) -> None:
        """Beside the request, which need not wait for the disk."""
        task = asyncio.create_task(self._note_seen(credential))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _note_seen(self, credential: Credential) -> None:
        note = note_key_seen if credential.purpose is Purpose.KEY else note_seen
        try:
            async with self.database.write() as session:
                await note(session, credential.id)
        except (SQLAlchemyError, OSError) as error:
            structlog.get_logger("photocode").warning("a client was not noted as seen", reason=type(error).__name__)
