"""Waits until all is worked out from references' pictures: until then they are found by less, and more slowly."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

from catalog.enrichment import LOOK, SURFACE, TEXT, Kind, count_of_catalog
from service.bootstrap import Services
from service.evaluation.errors import EvaluationError
from service.evaluation.progress import Progress

POLL_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 180.0
"""Without one more description in this time, nobody describes them."""


async def await_enrichment(parts: Services, catalog_id: UUID, progress: Progress) -> list[str]:
    """Wait until nothing of the catalog is pending; gives a sentence for what could not be described or read.

    Raises:
        EvaluationError: it does not go on.

    """
    told = []
    if parts.enriching:
        failed = await _await(parts, catalog_id, SURFACE, lambda *done: progress("describing surfaces", *done))
        told += [f"the surfaces of {failed} reference images could not be described"] if failed else []
    failed = await _await(parts, catalog_id, LOOK, lambda *done: progress("looking at pictures", *done))
    told += [f"{failed} reference images could not be looked at"] if failed else []
    if parts.reading:
        failed = await _await(parts, catalog_id, TEXT, lambda *done: progress("reading text", *done))
        told += [f"the text of {failed} reference images could not be read"] if failed else []
    return told


async def _await(parts: Services, catalog_id: UUID, kind: Kind, progress: Callable[[int, int], None]) -> int:
    """Gives how many failed."""
    clock = asyncio.get_running_loop().time
    least, since = None, clock()
    while True:
        async with parts.database.read() as session:
            counts = await count_of_catalog(session, kind, catalog_id)
        progress(counts.total - counts.pending, counts.total)
        if not counts.pending:
            return counts.failed
        if least is None or counts.pending < least:
            least, since = counts.pending, clock()
        if clock() - since > PATIENCE_SECONDS:
            raise EvaluationError(f"the {kind.name} of {counts.pending} reference images is not there, and they wait")
        await asyncio.sleep(POLL_SECONDS)
