"""Waits until references' surfaces are described: until then the surface channel cannot find them."""

import asyncio
from typing import Final
from uuid import UUID

from catalog.search.surface.enrichment import count_of_catalog
from service.bootstrap import Services
from service.evaluation.errors import EvaluationError
from service.evaluation.progress import Progress

POLL_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 180.0
"""Without one more description in this time, nobody describes them."""


async def await_enrichment(parts: Services, catalog_id: UUID, progress: Progress) -> list[str]:
    """Wait until nothing of the catalog is pending; gives a sentence where some could not be described.

    Raises:
        EvaluationError: it does not go on.

    """
    if not parts.enriching:
        return []
    clock = asyncio.get_running_loop().time
    least, since = None, clock()
    while True:
        async with parts.database.read() as session:
            counts = await count_of_catalog(session, catalog_id)
        done, total = counts.enriched + counts.failed, counts.enriched + counts.failed + counts.pending
        progress("describing surfaces", done, total)
        if not counts.pending:
            return [f"the surfaces of {counts.failed} reference images could not be described"] if counts.failed else []
        if least is None or counts.pending < least:
            least, since = counts.pending, clock()
        if clock() - since > PATIENCE_SECONDS:
            raise EvaluationError(f"the surfaces of {counts.pending} reference images are not described, and wait")
        await asyncio.sleep(POLL_SECONDS)
