"""Waits until a catalog's verdicts have been fitted to it: until then they are the shared model's."""

import asyncio
from typing import Final
from uuid import UUID

from catalog.calibrations import calibration_of
from catalog.enrichment import SURFACE, count_of_catalog
from service.bootstrap import Services
from service.evaluation.errors import EvaluationError
from service.evaluation.progress import Progress
from service.recognition.verdict.calibration import Answered
from service.rehearsal.calibrations import rehearsed_in

POLL_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 900.0


async def await_calibration(parts: Services, catalog_id: UUID, progress: Progress) -> list[Answered]:
    """Wait for a first calibration; gives the answers about the catalog's own pictures. None is made without surfaces.

    Raises:
        EvaluationError: none comes.

    """
    if parts.calibrating is None or parts.calibrations is None:
        return []
    async with parts.database.read() as session:
        if not (await count_of_catalog(session, SURFACE, catalog_id)).done:
            return []
    progress("fitting verdicts", 0, 1)
    clock = asyncio.get_running_loop().time
    parts.calibrating.wake()
    give_up = clock() + PATIENCE_SECONDS
    while clock() < give_up:
        async with parts.database.read() as session:
            row = await calibration_of(session, catalog_id, parts.certainty_maker)
        if row:
            parts.calibrations.forget(catalog_id)
            progress("fitting verdicts", 1, 1)
            return rehearsed_in(row)
        await asyncio.sleep(POLL_SECONDS)
    raise EvaluationError(
        f"the catalog's verdicts were not fitted within {PATIENCE_SECONDS / 60:.0f} minutes, as happens on a busy "
        "machine; PHOTOCODE_CALIBRATE=off evaluates with the shared model's"
    )
