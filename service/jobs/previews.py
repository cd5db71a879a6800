"""The worker of import previews: works one out after the other, a few rows at a time, and gives way to lookups.

A preview that was cut off is begun anew by whoever comes next: nothing but what it found is written.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from catalog.errors import CatalogError
from catalog.imports.previews import (
    HeldPreview,
    drop_previews,
    finish_preview,
    give_preview_back,
    put_progress,
    take_preview,
)
from catalog.imports.reading.options import ReadOptions
from mobile_contract.import_previews import PictureCheck, PreviewReport
from mobile_contract.imports import ImportMode
from mobile_contract.limits import PREVIEW_SECONDS
from service.jobs.background import NOT_AT_ALL, Background
from service.jobs.previewing import Asked, Previewer
from service.jobs.traffic import Traffic

IDLE_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 2.0
GIVE_WAY_SECONDS: Final = 0.5
"""Some rows wait so long for a moment without lookups."""
DROP_SECONDS: Final = 600.0
"""Between two looks for previews that have expired."""


class LeaseLost(Exception):
    """Another process has taken the preview, or it is gone."""


@dataclass(kw_only=True)
class PreviewWorker:
    """Works previews out. All parts stay the caller's."""

    previewer: Previewer
    traffic: Traffic
    background: Background = field(default_factory=lambda: Background("previews"))
    _drop_at: float = 0.0

    def wake(self) -> None:
        """Say that there is work; without it, work is found within two seconds."""
        self.background.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs."""
        async with self.background.running(self._step_or_recover):
            yield

    async def step(self) -> bool:
        """Work a preview out; False where none waits."""
        async with self.previewer.database.write() as session:
            held = await take_preview(session)
        if held is None:
            await self._drop()
            return False
        until = held.until
        report: dict[str, Any] | None = None
        try:
            async for tally in self.previewer.preview(_asked(held)):
                report = _stored(tally.report())
                until = await self._keep(held, until, report)
                await self.traffic.lull(GIVE_WAY_SECONDS)
        except (CatalogError, FileNotFoundError) as error:
            reason = "the upload is gone" if isinstance(error, FileNotFoundError) else str(error)
            async with self.previewer.database.write() as session:
                await finish_preview(session, held, until, failure=reason)
            return True
        except asyncio.CancelledError:
            async with self.previewer.database.write() as session:
                await give_preview_back(session, held, until)
            raise
        async with self.previewer.database.write() as session:
            await finish_preview(session, held, until, report=report)
        return True

    async def _step_or_recover(self) -> float:
        log = structlog.get_logger("photocode.previews")
        try:
            return NOT_AT_ALL if await self.step() else IDLE_SECONDS
        except LeaseLost as error:
            log.info("import preview given up", reason=str(error))
        except Exception:
            # Mostly the database or the store is away: its lease runs out, and it is begun anew.
            log.exception("import preview failed; trying again")
        return RETRY_SECONDS

    async def _keep(self, held: HeldPreview, until: datetime, report: dict[str, Any]) -> datetime:
        async with self.previewer.database.write() as session:
            kept = await put_progress(session, held, until, report)
        if kept is None:
            raise LeaseLost(f"import preview {held.id} is no longer this process's")
        return kept

    async def _drop(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._drop_at:
            return
        self._drop_at = now + DROP_SECONDS
        async with self.previewer.database.write() as session:
            keys = await drop_previews(session, timedelta(seconds=PREVIEW_SECONDS))
        for key in keys:
            with suppress(FileNotFoundError):
                await self.previewer.pictures.delete_archive(key)


def _asked(held: HeldPreview) -> Asked:
    return Asked(
        catalog_id=held.catalog_id,
        archive_key=held.archive_key,
        mode=ImportMode(held.options["mode"]),
        pictures=PictureCheck(held.options["pictures"]),
        options=msgspec.convert(held.options["reading"], ReadOptions),
    )


def _stored(report: PreviewReport) -> dict[str, Any]:
    stored: dict[str, Any] = msgspec.to_builtins(report)
    return stored
