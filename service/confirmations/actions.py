"""Keeping a worker's word, once."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from msgspec import UNSET, UnsetType

from catalog.lookups import confirm
from mobile_contract.confirmations import NewConfirmation, Outcome
from mobile_contract.problems import Code, FieldError
from service.access.gate import visitor_of
from service.access.names import read_name
from service.bootstrap import Services
from service.confirmations.presenter import present_confirmation
from service.idempotency import JSON, Keep, fingerprint_of, once
from service.metrics import CONFIRMATIONS
from service.refused import Refused


async def confirm_once(
    request: Request[Any, Any, Any], parts: Services, lookup_id: UUID, said: NewConfirmation
) -> Response[bytes]:
    """Keep the word and answer with it; a repeated request is answered as the first one was."""
    part_number = None if said.part_number is UNSET else said.part_number
    if (said.outcome is Outcome.CONFIRMED) != (part_number is not None):
        fields = (FieldError(field="partNumber", message="belongs to the outcome confirmed and to no other"),)
        raise Refused(Code.VALIDATION_FAILED, "outcome and partNumber do not go together", fields)

    visitor, worker = visitor_of(request), _read_worker(said.worker)

    async def work(keep: Keep) -> Response[bytes]:
        async with parts.database.write() as session:
            who = {"device_id": visitor.device, "key_id": visitor.key}
            kept, catalog_id = await confirm(session, lookup_id, said.outcome.value, part_number, **who, worker=worker)
            body = msgspec.json.encode(present_confirmation(kept))
            await keep(session, 200, body, catalog_id=catalog_id)
        CONFIRMATIONS.labels(said.outcome.value).inc()
        return Response(content=body, status_code=200, media_type=JSON)

    fingerprint = fingerprint_of(msgspec.json.encode(said))
    return await once(request, parts.database, scope=f"confirmation {lookup_id}", fingerprint=fingerprint, work=work)


def _read_worker(given: str | UnsetType) -> str | None:
    """Who gives the word: empty, nobody in particular; None, who uses the device.

    Raises:
        Refused: the name is blank, or holds control characters.

    """
    if given is UNSET:
        return None
    return read_name(given, "worker") if given else ""
