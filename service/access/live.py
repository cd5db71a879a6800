"""All keys, tokens and enrolment codes that are good, known by heart for a moment, while somebody guesses."""

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from catalog.database import Database
from catalog.devices import live_token_hashes
from catalog.keys import live_key_hashes
from service.access.pepper import Pepper
from service.access.tokens import hash_of, keyed_hash, public_id

FRESH_SECONDS: Final = 2.0
"""So often at most the database is asked, however many guess."""


@dataclass(frozen=True, kw_only=True)
class _Known:
    keys: Mapping[str, bytes]
    tokens: frozenset[bytes]
    asked_at: float


class LiveTokens:
    """Of one process. What was made since it last looked is looked for again, so that nothing good is unknown."""

    def __init__(self, database: Database, pepper: Pepper) -> None:
        """``pepper``: that keys were hashed with. Nothing is known yet."""
        self._database = database
        self._pepper = pepper
        self._known: _Known | None = None
        self._looking = asyncio.Lock()

    async def holds(self, token: str) -> bool:
        """Whether this was a good key, token or code two seconds ago at most."""
        came = time.monotonic()
        if self._known is not None and self._is_among(self._known, token):
            return True
        async with self._looking:
            if self._known is None or self._known.asked_at < came - FRESH_SECONDS:
                self._known = await self._look()
            return self._is_among(self._known, token)

    async def _look(self) -> _Known:
        now = time.monotonic()
        async with self._database.statements() as session:
            keys, tokens = await live_key_hashes(session), await live_token_hashes(session)
        return _Known(keys=keys, tokens=tokens, asked_at=now)

    def _is_among(self, known: _Known, token: str) -> bool:
        public = public_id(token)
        if public is None:
            return hash_of(token) in known.tokens
        stored = known.keys.get(public)
        return stored is not None and hmac.compare_digest(stored, keyed_hash(token, self._pepper.secret))
