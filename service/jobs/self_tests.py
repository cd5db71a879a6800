"""The worker of self-tests: asks a catalog about its own pictures after an import and on demand, and gives way to
lookups. What a calibration has just asked is not asked again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
import structlog
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.calibrations import next_due
from catalog.coverage import count_categories, flawed_pictures, product_names
from catalog.database import Database
from catalog.galleries import SpaceKey, live_gallery
from catalog.models import CheckState
from catalog.rehearsals import Seen, find_answer, put_answer
from catalog.search.filters import Filter
from catalog.search.gallery import GallerySearch
from catalog.search.looks import catalog_looks
from catalog.search.surface.resident import ResidentIndexes
from catalog.self_test_items import SelfTestItem, add_products, finish_item, pending_items, plan_test, tested_products
from catalog.self_tests import (
    HeldTest,
    ask_for_test,
    due_catalog,
    fail_test,
    finish_test,
    newest_test,
    take_test,
)
from mobile_contract.imports import Failure
from service.findings.copies import find_copies
from service.findings.report import Findings, make_report
from service.findings.twins import partners
from service.jobs.background import Background, LeaseLost, tried
from service.jobs.held_test import Holding
from service.jobs.steps import DEADLY, Steps
from service.jobs.traffic import Traffic
from service.rehearsal.rehearse import Busy, Rehearsal, Rehearser

IDLE_SECONDS: Final = 10.0
BUSY_SECONDS: Final = 300.0
"""Between two tries on a machine that is too busy: what is done in vain keeps it busy too."""
GIVE_WAY_SECONDS: Final = 5.0
"""A picture waits so long for a moment without lookups."""
MOST_BUSY: Final = 3
"""Pictures one after the other that go without an answer because the machine is busy, before the work is put off."""

# The database or the store is away: nothing is lost by trying again.
_TRANSIENT: Final = (SQLAlchemyError, StoreError, OSError)


@dataclass(frozen=True, kw_only=True)
class SelfTestWorker:
    """Tests one catalog after the other. All parts stay the caller's.

    ``indexes``: None where surfaces are off. ``maker``: what is looked through; ``calibrated``: whether somebody
    calibrates catalogs with it, who then goes first. ``most``: products that are asked about.
    """

    database: Database
    indexes: ResidentIndexes | None
    rehearser: Rehearser
    space: SpaceKey
    maker: str
    calibrated: bool
    most: int
    traffic: Traffic
    steps: Steps
    background: Background = field(default_factory=lambda: Background("self-tests"))

    def wake(self) -> None:
        """Say that there may be work; without it, work is found within ten seconds."""
        self.background.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs."""
        async with self.background.running(self._step_or_recover):
            yield

    async def step(self) -> bool:
        """Test a catalog, from the beginning or from where it was left; False where none is to be."""
        holding = None
        try:
            async with self.database.write() as session:
                if test := await self._take(session):
                    holding = Holding(database=self.database, test=test, until=test.until)
                    if not await self.steps.begin(session, f"self-test:{test.id}"):
                        await self._give_up(session, test)
                        return True
            if holding is None:
                return False
            await self._carry_out(holding)
            async with self.database.write() as session:
                await self.steps.end(session)
        except (asyncio.CancelledError, Busy):
            if holding:
                await holding.give_back()
            raise
        return True

    async def _take(self, session: AsyncSession) -> HeldTest | None:
        surfaces = self.indexes is not None
        test = await take_test(session, self.space, surfaces=surfaces)
        if test is not None:
            return test
        if self.calibrated and await next_due(session, self.maker, self.space):
            return None
        due = await due_catalog(session, self.space, surfaces=surfaces)
        if due is None:
            return None
        await ask_for_test(session, due, self.most)
        return await take_test(session, self.space, surfaces=surfaces)

    async def _give_up(self, session: AsyncSession, test: HeldTest) -> None:
        log = structlog.get_logger("photocode.self_tests")
        log.error("self-test kills workers", self_test=str(test.id), catalog=str(test.catalog_id))
        await fail_test(session, test, failure=DEADLY, code=Failure.WORKER_KILLED)

    async def _carry_out(self, holding: Holding) -> None:
        if holding.test.state == CheckState.QUEUED.value:
            async with self.database.write() as session:
                holding.test = await plan_test(session, holding.test)
        await self._ask_all(holding)
        if await self._add_partners(holding):
            await self._ask_all(holding)
        await self._finish(holding)

    async def _step_or_recover(self) -> float:
        log = structlog.get_logger("photocode.self_tests")
        put_off: dict[type[Exception], float] = {Busy: BUSY_SECONDS, LeaseLost: IDLE_SECONDS}
        return await tried(self.step, log, "self-test", idle=IDLE_SECONDS, again=IDLE_SECONDS, put_off=put_off)

    async def _ask_all(self, holding: Holding) -> None:
        test = holding.test
        async with self.database.read() as session:
            items = await pending_items(session, test.id)
            gallery = await live_gallery(session, test.catalog_id, self.space)
        if not items:
            return
        if self.indexes:
            async with self.steps.step():
                await self.indexes.loaded(test.catalog_id)
        search = GallerySearch(
            database=self.database,
            pictures=self.rehearser.pictures,
            indexes=self.indexes,
            gallery=gallery,
            where=Filter(),
        )
        busy = 0
        for item in items:
            try:
                await self._ask(holding, item, search)
                busy = 0
            except Busy:
                busy += 1
                if busy == MOST_BUSY:
                    raise
        async with self.database.read() as session:
            if await pending_items(session, test.id):
                raise Busy("some pictures have not been answered")

    async def _ask(self, holding: Holding, item: SelfTestItem, search: GallerySearch) -> None:
        test, reference = holding.test, item.reference
        async with self.database.read() as session:
            answer = await find_answer(
                session,
                reference.reference_id,
                self.maker,
                drawn=not reference.others,
                reference_images=test.reference_images,
                since=test.newest,
            )
        seen = None
        if answer is None:
            await self.traffic.lull(GIVE_WAY_SECONDS)
            async with self.steps.step():
                seen = await self._show(item, search)
        async with holding.keeping() as session:
            if seen is not None:
                count = test.reference_images
                answer = await put_answer(session, test.catalog_id, self.maker, seen, reference_images=count)
            await finish_item(session, test.id, item.place, answer)

    async def _show(self, item: SelfTestItem, search: GallerySearch) -> Seen | None:
        ground = replace(item.reference, object_key=item.ground_key)
        rehearsal = Rehearsal(reference=item.reference, ground=ground, draw=item.place)
        try:
            return await self.rehearser.show(rehearsal, search)
        except (Busy, *_TRANSIENT):
            raise
        except Exception:
            # A picture that nobody foresaw must not stop the ones behind it.
            structlog.get_logger("photocode.self_tests").exception("product could not be asked about")
            return None

    async def _add_partners(self, holding: Holding) -> int:
        """Ask about those that may be somebody's twin, so that it is known of both."""
        async with holding.keeping() as session:
            wanted = partners(await tested_products(session, holding.test.id))
            first = sorted(wanted)[: holding.test.most]
            return await add_products(session, holding.test, first)

    async def _finish(self, holding: Holding) -> None:
        catalog_id = holding.test.catalog_id
        async with self.database.read() as session:
            looks = await catalog_looks(session, catalog_id)

        async with AsyncExitStack() as step:
            await step.enter_async_context(self.steps.step())

            async def turn() -> None:
                await step.aclose()
                await self.traffic.lull(GIVE_WAY_SECONDS)
                await holding.keep()
                await step.enter_async_context(self.steps.step())

            copies = await find_copies(looks, turn)
        async with self.database.read() as session:
            found = Findings(
                names=await product_names(session, catalog_id),
                tested=await tested_products(session, holding.test.id),
                asked=(await newest_test(session, catalog_id)).asked,
                pictures=Counter(one.product_id for one in looks.references),
                categories=await count_categories(session, catalog_id),
                flawed=await flawed_pictures(session, catalog_id),
                copies=copies,
                not_looked_at=looks.unknown,
            )
        async with self.steps.step():
            report: dict[str, Any] = msgspec.to_builtins(await asyncio.to_thread(make_report, found))
        async with self.database.write() as session:
            await finish_test(session, holding.test, holding.until, report)
        log = structlog.get_logger("photocode.self_tests")
        log.info("catalog tested", catalog=str(catalog_id), asked=found.asked, lost=report["counters"]["lost"])
