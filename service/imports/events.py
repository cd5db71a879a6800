"""An import's progress as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec
from litestar.response import ServerSentEvent, ServerSentEventMessage
from msgspec import UNSET

from mobile_contract.imports import ENDED, ImportProgress, ImportState
from service.bootstrap import Services
from service.imports.presenter import present_progress

AGAIN_MILLISECONDS: Final = 500
"""After which a browser whose line ended asks again."""
LINE_SECONDS: Final = 10.0
"""A line ends after so long, and whoever watches asks again by itself: a service that stops waits for open lines."""

Until = Literal["searchable", "enriched"]
"""When the events end: with the import, or when its pictures have been described and read too."""


async def import_events(
    parts: Services, job_id: UUID, *, last_id: str | None, until: Until
) -> AsyncIterator[ServerSentEventMessage]:
    """An event ``progress`` whenever something has changed, and ``end`` as the last one; a line that ends without it is
    to be taken up again.

    Each says all there is to say, so that who lost the line only needs the next one; ``last_id`` is that of the last
    event that came, which is not sent again.
    """
    yield ServerSentEventMessage(data=None, comment="progress of an import", retry=AGAIN_MILLISECONDS)
    give_up = asyncio.get_running_loop().time() + LINE_SECONDS
    async for report in parts.feed.watch(job_id):
        if asyncio.get_running_loop().time() > give_up:
            return
        if report is None:
            yield ServerSentEventMessage(data=None, comment="still there")
            continue
        progress = present_progress(report, parts)
        data = msgspec.json.encode(progress)
        event_id, over = sha256(data).hexdigest()[:16], _is_over(progress, until)
        if event_id != last_id or over:
            yield ServerSentEventMessage(event="end" if over else "progress", id=event_id, data=data.decode())
        if over:
            return
        last_id = event_id


def event_answer(events: AsyncIterator[ServerSentEventMessage]) -> ServerSentEvent:
    """The answer that carries events."""
    return ServerSentEvent(events)


def _is_over(progress: ImportProgress, until: Until) -> bool:
    if progress.state not in ENDED:
        return False
    if until == "searchable" or progress.state is not ImportState.COMPLETED:
        return True
    described = progress.enrichment is UNSET or not progress.enrichment.pending
    return described and (progress.reading is UNSET or not progress.reading.pending)
