"""The enrichment worker: gives references their surface and their text in the background, when they can already be
found by vector.

The truth is in the states of ``reference_image``; this only moves them on. One kind of one reference is one
transaction, so a worker that is killed leaves it waiting, and any worker takes it up again. Enrichment gives way: one
picture at a time in one thread that the system prefers less than others, few while lookups are under way or the rows of
an import wait.
"""

import asyncio
import os
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.enrichment import PendingReference, claim_pending, requeue_others
from catalog.errors import ReferenceNotFound
from catalog.imports.jobs import rows_wait
from catalog.search.surface.stored import prune_changes
from catalog.storage.pictures import PictureStore
from service.jobs.background import NOT_AT_ALL, Background, tell
from service.jobs.care import MOST_DEATHS, Hands, Turns
from service.jobs.enrichers import Enricher, Keep
from service.jobs.traffic import Traffic
from service.recognition.embedding.photo import PhotoDecoder, PhotoError

IDLE_SECONDS = 2.0
RETRY_SECONDS = 2.0
TRICKLE_SECONDS = 10.0
"""Pause after each picture while an import's rows wait: a tenth of a core went into it with one second."""
RENEWED_AT_ONCE = 1_000
GIVE_WAY_SECONDS = 0.25
"""A picture waits so long for a moment without lookups."""
MOST_ASIDE = 8
WARY_STEPS = 64
"""Pictures of each kind, after a start, that are taken in hand in writing: the one that killed the process before is
among the first. Later that would cost, and say nothing.
"""
PRUNE_SECONDS = 3600.0
"""Between two looks for changes of signatures that every index in memory has long taken in."""
NICENESS = 10
"""Of the thread. Much nicer ones are slower for lookups too: they are set aside while they hold the interpreter."""


class Unfit(Exception):
    """A reference that cannot be enriched; the message says why."""


class EnrichmentWorker:
    """Enriches references, one after the other; by the first kind all of them, then by the next."""

    def __init__(
        self,
        *,
        database: Database,
        pictures: PictureStore,
        decoder: PhotoDecoder,
        enrichers: Sequence[Enricher],
        traffic: Traffic,
        turns: Turns,
        hands: Hands,
        when_done: Callable[[], None] = lambda: None,
    ) -> None:
        """``decoder``: not the one of lookups, which must not wait for this; ``turns`` of all background workers;
        ``when_done`` is told when nothing is left to do. The parts stay the caller's to close.
        """
        self._database = database
        self._pictures = pictures
        self._decoder = decoder
        self._enrichers = enrichers
        self._traffic = traffic
        self._turns = turns
        self._hands = hands
        self._when_done = when_done
        self._worked = False
        self._wary = Counter({enricher.kind.name: WARY_STEPS for enricher in enrichers})
        self._alone = False
        self._background = Background("enrichment")
        self._renewed = False
        self._prune_at = 0.0
        self._aside: set[tuple[str, UUID]] = set()
        self._log = structlog.get_logger("photocode.enrichment")

    def wake(self) -> None:
        """Say that there is work; without it, work is found within two seconds."""
        self._background.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run while the block runs. What others than these enrichers have made is made anew."""
        with ThreadPoolExecutor(1, thread_name_prefix="enrichment", initializer=_give_way) as thread:
            try:
                async with self._background.running(partial(self._step_or_recover, thread)):
                    yield
            finally:
                await self._hands.put_down()

    async def _step_or_recover(self, thread: ThreadPoolExecutor) -> float:
        """One step; gives the seconds until the next."""
        try:
            if not self._renewed:
                await self._renew()
                return NOT_AT_ALL
            await self._traffic.lull(GIVE_WAY_SECONDS)
            if not await self.step(thread):
                await self._rest()
                return IDLE_SECONDS
            self._worked = True
            async with self._database.read() as session:
                return TRICKLE_SECONDS if await rows_wait(session) else NOT_AT_ALL
        except Exception as error:
            # Mostly the database or the store is away: the references wait, and nothing is lost by trying again.
            tell(self._log, "enrichment failed; trying again", error)
            await asyncio.sleep(RETRY_SECONDS)
        return NOT_AT_ALL

    async def _renew(self) -> None:
        self._renewed = True
        for enricher in self._enrichers:
            async with self._database.write() as session:
                renewed = await requeue_others(session, enricher.kind, enricher.maker, RENEWED_AT_ONCE)
            if renewed:
                self._renewed = False
                self._log.info("references wait for enrichment again", by=enricher.maker, references=renewed)

    async def _rest(self) -> None:
        if self._worked:
            self._worked = False
            self._when_done()
        await self._prune()

    async def _prune(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._prune_at:
            async with self._database.write() as session:
                await prune_changes(session)
            self._prune_at = now + PRUNE_SECONDS

    async def step(self, thread: ThreadPoolExecutor) -> bool:
        """Enrich one reference by one kind; False where there was nothing to do."""
        for enricher in self._enrichers:
            if await self._step(enricher, thread):
                return True
        self._aside.clear()
        return False

    async def _step(self, enricher: Enricher, thread: ThreadPoolExecutor) -> bool:
        async with self._turns.turn(alone=self._alone), self._database.write() as session:
            claimed = await claim_pending(session, enricher.kind, len(self._aside) + 1)
            reference = next((one for one in claimed if self._place(enricher, one) not in self._aside), None)
            if reference is None:
                return False
            if self._wary[enricher.kind.name]:
                state = await self._enrich_warily(session, enricher, reference, thread)
            else:
                await self._hands.put_down()
                state = await self._enrich(session, enricher, reference, thread)
        if state is not None:
            enricher.counter.labels(state).inc()
        return True

    async def _enrich_warily(
        self, session: AsyncSession, enricher: Enricher, reference: PendingReference, thread: ThreadPoolExecutor
    ) -> str | None:
        """As a process does for a while after its start, of each kind: a picture that killed the one before comes first
        again. None where that has to be done alone, and is left for the next step.
        """
        thing = f"{enricher.kind.name}:{reference.reference_id}"
        suspects = await self._hands.suspects(session, [thing])
        if suspects and not self._alone:
            self._alone = True
            return None
        alone, self._alone = self._alone, False
        if suspects.get(thing, 0) >= MOST_DEATHS:
            self._log.error("reference kills workers", reference=str(reference.reference_id), by=enricher.kind.name)
            await enricher.fail(session, reference)
            state = enricher.kind.failed
        else:
            async with self._hands.holding([thing], alone=alone):
                state = await self._enrich(session, enricher, reference, thread)
        if suspects:
            await self._hands.clear(session, thing)
        else:
            self._wary[enricher.kind.name] -= 1
        return state

    async def _enrich(
        self, session: AsyncSession, enricher: Enricher, reference: PendingReference, thread: ThreadPoolExecutor
    ) -> str:
        try:
            keep = await self._work_out(enricher, reference, thread)
            await keep(session, reference)
        except (Unfit, DataError, IntegrityError, ValueError) as error:
            self._log.warning("reference not enriched", reference=str(reference.reference_id), reason=str(error))
            await enricher.fail(session, reference)
            return enricher.kind.failed
        except Exception:
            self._put_aside(enricher, reference)
            raise
        return enricher.kind.done

    def _put_aside(self, enricher: Enricher, reference: PendingReference) -> None:
        """One picture that the store never gives must not stop those behind it; if it gives none, all are retried."""
        if len(self._aside) == MOST_ASIDE:
            self._aside.clear()
        self._aside.add(self._place(enricher, reference))

    def _place(self, enricher: Enricher, reference: PendingReference) -> tuple[str, UUID]:
        return enricher.kind.name, reference.reference_id

    async def _work_out(self, enricher: Enricher, reference: PendingReference, thread: ThreadPoolExecutor) -> Keep:
        try:
            data = await self._pictures.get(reference.object_key)
            photo = await self._decoder.decode(data, target=enricher.target)
        except (ReferenceNotFound, PhotoError) as error:
            raise Unfit(str(error)) from error
        work = asyncio.get_running_loop().run_in_executor(thread, enricher.work_out, photo.image)
        try:
            return await work
        except Exception as error:
            # A picture that nobody foresaw must not stop the ones behind it.
            self._log.exception("picture could not be described", reference=str(reference.reference_id))
            raise Unfit("the picture could not be described") from error


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere, niceness is the whole process's
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
