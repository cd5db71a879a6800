"""``Idempotency-Key`` for the requests that a phone repeats from its offline queue.

Answers that are final (2xx, and the 4xx that the same request can only get again) are kept and given again, byte for
byte; transient failures free the key. See :func:`mobile_contract.problems.is_final`.

A key is its client's: what two clients call alike are two keys, and neither hears of the other's. Kept answers hold no
photo. They stay when a lookup's photo is erased, as the lookup does: who sends that request again, from a queue that
has not heard the answer, gets it, and the photo is not kept a second time. They go with their catalog, and by age.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import msgspec
from litestar import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.idempotency import KeptAnswer, claim_key, keep_answer, release_key
from mobile_contract.limits import IDEMPOTENCY_KEY_CHARACTERS, LOOKUP_SECONDS
from mobile_contract.problems import KINDS, Code, is_final
from service.access.visitor import visitor_of
from service.problems import PROBLEM_JSON, diagnose, problem_document, problem_response, request_id_of
from service.refused import Refused

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
JSON = "application/json"
UNPAID = "unpaid"
"""Key of a request's state under which the refusal lies of one that may only be answered as it was before."""
LEASE = timedelta(seconds=LOOKUP_SECONDS + 5)


class Keep(Protocol):
    """Called by the work inside its own transaction, with the status and body of its answer, and the catalog with which
    the answer goes.
    """

    async def __call__(self, session: AsyncSession, status: int, body: bytes, *, catalog_id: UUID) -> None:
        """Keep it."""
        ...


def fingerprint_of(*parts: bytes) -> str:
    """What a key stands for. Of the photo's bytes and not of the multipart body, whose boundary changes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


async def once(
    request: Request[Any, Any, Any],
    database: Database,
    *,
    scope: str,
    fingerprint: str,
    work: Callable[[Keep], Awaitable[Response[bytes]]],
) -> Response[bytes]:
    """Do the work, or give the answer that the client's key has had before. Without a key, just the work.

    ``scope``: what the request is about; a key is used once for each.

    Raises:
        Refused: the key is malformed, in flight, or was used for another request.

    """
    key = request.headers.get(HEADER)
    if key is None:
        return await work(_keep_nothing)
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_CHARACTERS or not key.isascii() or not key.isprintable():
        raise Refused(
            Code.IDEMPOTENCY_KEY_INVALID, f"a key is 1 to {IDEMPOTENCY_KEY_CHARACTERS} printable ASCII characters"
        )
    scope = f"{visitor_of(request).owner}\n{scope}"  # no owner's name holds a line's end
    async with database.statements() as session:
        claim = await claim_key(session, scope, key, fingerprint, LEASE)
    if not claim.same_request:
        raise Refused(Code.IDEMPOTENCY_KEY_REUSED, "the key belongs to another photo, body or set of options")
    if claim.kept is not None:
        return _replay(claim.kept)
    if claim.token is None:
        raise Refused(Code.IDEMPOTENCY_KEY_IN_FLIGHT, "the first request with this key has not been answered yet")
    return await _first_time(request, _Key(database, scope, key, claim.token), work)


class _Key:
    """A key that is ours for the length of a lease."""

    def __init__(self, database: Database, scope: str, key: str, token: UUID) -> None:
        self._database = database
        self._who = (scope, key, token)

    async def keep(self, session: AsyncSession, status: int, body: bytes, *, catalog_id: UUID) -> None:
        await self._keep(session, KeptAnswer(status=status, media_type=JSON, body=body), catalog_id)

    async def _keep(self, session: AsyncSession, answer: KeptAnswer, catalog_id: UUID | None) -> None:
        if not await keep_answer(session, *self._who, answer, catalog_id):
            raise Refused(Code.IDEMPOTENCY_KEY_IN_FLIGHT, "the request took so long that another one took its key")

    async def keep_apart(self, status: int, body: bytes, media_type: str) -> None:
        async with self._database.write() as session:
            await self._keep(session, KeptAnswer(status=status, media_type=media_type, body=body), None)

    async def release(self) -> None:
        async with self._database.write() as session:
            await release_key(session, *self._who)


async def _first_time(
    request: Request[Any, Any, Any], key: _Key, work: Callable[[Keep], Awaitable[Response[bytes]]]
) -> Response[bytes]:
    try:
        if refusal := request.scope["state"].get(UNPAID):
            raise refusal
        return await work(key.keep)
    except asyncio.CancelledError:
        await asyncio.shield(key.release())
        raise
    except Exception as error:  # every failure decides over the key, also one that nobody foresaw
        diagnosis = diagnose(error)
        kind = KINDS[diagnosis.code]
        if not is_final(kind.status) or kind.retry_after is not None:
            await key.release()
            raise
        body = msgspec.json.encode(problem_document(diagnosis, request_id_of(request)))
        await key.keep_apart(kind.status, body, PROBLEM_JSON)
        return problem_response(body, diagnosis.code)


async def _keep_nothing(session: AsyncSession, status: int, body: bytes, *, catalog_id: UUID) -> None:
    del session, status, body, catalog_id


def _replay(kept: KeptAnswer) -> Response[bytes]:
    return Response(content=kept.body, status_code=kept.status, media_type=kept.media_type, headers={REPLAYED: "true"})
