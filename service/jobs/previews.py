"""The worker of import previews: works one out after the other, a few rows at a time, and gives way to lookups.

A preview that was cut off is begun anew by whoever comes next: nothing but what it found is written.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from catalog.database import Database
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
from service.jobs.background import Background, LeaseLost, tried
from service.jobs.failures import AS_A_WHOLE, KillsWorkers, told
from service.jobs.preview_tally import Tally
from service.jobs.previewing import Asked, Previewer
from service.jobs.steps import Steps
from service.jobs.traffic import Traffic

IDLE_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 2.0
GIVE_WAY_SECONDS: Final = 0.5
"""Some rows wait so long for a moment without lookups."""
DROP_SECONDS: Final = 600.0
"""Between two looks for previews that have expired."""


@dataclass(kw_only=True)
class PreviewWorker:
    """Works previews out. All parts stay the caller's."""

    previewer: Previewer
    traffic: Traffic
    steps: Steps
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
        holding, bearable = None, True
        try:
            async with self.previewer.database.write() as session:
                if held := await take_preview(session):
                    holding = _Holding(database=self.previewer.database, held=held, until=held.until)
                    bearable = await self.steps.begin(session, f"preview:{held.id}")
            if holding is None:
                await self._drop()
                return False
            await self._carry_out(holding, bearable=bearable)
            async with self.previewer.database.write() as session:
                await self.steps.end(session)
        except asyncio.CancelledError:
            if holding:
                await holding.give_back()
            raise
        return True

    async def _step_or_recover(self) -> float:
        log = structlog.get_logger("photocode.previews")
        put_off: dict[type[Exception], float] = {LeaseLost: RETRY_SECONDS}
        return await tried(self.step, log, "import preview", idle=IDLE_SECONDS, again=RETRY_SECONDS, put_off=put_off)

    async def _carry_out(self, holding: "_Holding", *, bearable: bool) -> None:
        report: dict[str, Any] | None = None
        try:
            if not bearable:
                raise KillsWorkers
            async with aclosing(self.previewer.preview(_asked(holding.held))) as tallies:
                while (tally := await self._next(tallies)) is not None:
                    report = _stored(tally.report())
                    await holding.keep(report)
                    await self.traffic.lull(GIVE_WAY_SECONDS)
        except AS_A_WHOLE as error:
            code, reason = told(error)
            await holding.finish(failure=reason, code=code)
        except CatalogError as error:
            await holding.finish(failure=str(error))
        else:
            await holding.finish(report=report)

    async def _next(self, tallies: AsyncIterator[Tally]) -> Tally | None:
        async with self.steps.step():
            return await anext(tallies, None)

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


@dataclass(kw_only=True)
class _Holding:
    """The right to go on with a preview."""

    database: Database
    held: HeldPreview
    until: datetime

    async def keep(self, report: dict[str, Any]) -> None:
        """Keep it, and note what has been found so far.

        Raises:
            LeaseLost: it is no longer this process's.

        """
        async with self.database.write() as session:
            kept = await put_progress(session, self.held, self.until, report)
            if kept is None:
                raise LeaseLost(f"import preview {self.held.id} is no longer this process's")
            self.until = kept

    async def finish(
        self, *, report: dict[str, Any] | None = None, failure: str | None = None, code: str | None = None
    ) -> None:
        """It has been worked out, or cannot be."""
        async with self.database.write() as session:
            await finish_preview(session, self.held, self.until, report=report, failure=failure, failure_code=code)

    async def give_back(self) -> None:
        """Whoever works on it next need not wait for the lease to run out."""
        async with self.database.write() as session:
            await give_preview_back(session, self.held, self.until)


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
