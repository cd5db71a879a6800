"""A service from its settings: all its parts, and the workers that run beside it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

from catalog.database import Database
from catalog.limits import Limits
from catalog.storage.pictures import PictureStore, open_pictures
from service.access.attempts import Attempts
from service.access.credentials import Credentials
from service.access.pepper import Pepper
from service.admission.doors import Admission
from service.admission.metering import Meter
from service.bootstrap.given import NOTHING, Given
from service.bootstrap.importing import Importing, open_importing, opened_fetcher
from service.bootstrap.judging import Judging, build_judging
from service.bootstrap.parts import Services
from service.bootstrap.recognition import Recognition, open_recognition
from service.jobs.care import Hands, Turns
from service.jobs.enrichers import Enricher, LookEnricher, SurfaceEnricher, TextEnricher
from service.jobs.enrichment import EnrichmentWorker
from service.jobs.erasing import PhotoEraser
from service.jobs.indexing import IndexWorker
from service.jobs.photos import PhotoKeeper
from service.jobs.purging import PurgeWorker
from service.jobs.referencing import ReferenceMaker
from service.jobs.traffic import Traffic
from service.memory import keep_freed_memory
from service.recognition.embedding.photo import PhotoDecoder
from service.settings import Settings

DOOR_CONNECTIONS = 2
"""Of those who let requests in, so that nobody is refused late because lookups have all connections."""
FACETS_AT_ONCE = 2
"""Each reads a whole catalog, over a connection that lookups are then without."""


@asynccontextmanager
async def open_services(settings: Settings, given: Given = NOTHING) -> AsyncIterator[Services]:
    """Build the parts, run the workers beside, and close everything at the end.

    Raises:
        BundleError: the bundle is absent, changed, or not the one that the settings demand.
        VocabularyInvalid: the file of visual words is absent or damaged.

    """
    keep_freed_memory()
    pepper = Pepper(settings.pepper, settings.data_folder)
    traffic = Traffic()
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url, pool_size=settings.connections)
        stack.push_async_callback(database.close)
        door_database = Database(settings.database_url, pool_size=DOOR_CONNECTIONS)
        stack.push_async_callback(door_database.close)
        credentials = Credentials(door_database, pepper)
        stack.push_async_callback(credentials.close)
        decoder = _decoder(stack)
        # For what may be late: enrichment, and photos to keep that have to be coded anew.
        quiet_decoder = _decoder(stack)
        pictures = open_pictures(settings.pictures_location)
        recognition = await stack.enter_async_context(open_recognition(settings, given, database, decoder))
        # Over the doors' connections, which nobody keeps: who takes something in hand keeps one of the others.
        turns, hands = Turns(), partial(Hands, door_database)
        judging = build_judging(settings, recognition, database, pictures, quiet_decoder, traffic, turns, hands)
        enrichment = EnrichmentWorker(
            database=database,
            pictures=pictures,
            decoder=quiet_decoder,
            enrichers=_enrichers(recognition, pictures),
            traffic=traffic,
            turns=turns,
            hands=hands(),
            when_done=judging.wake,
        )
        indexing = IndexWorker(database)

        def landed() -> None:
            indexing.wake()
            enrichment.wake()
            judging.wake()

        importing = await stack.enter_async_context(
            open_importing(settings, given, recognition, database, pictures, traffic, landed, turns, hands)
        )
        erasing = PhotoEraser(database=database, pictures=pictures, days=settings.photo_days)
        parts = Services(
            settings=settings,
            database=database,
            pictures=pictures,
            engine=recognition.engine,
            recognizer=recognition.recognizer,
            imports=importing.worker,
            feed=importing.feed,
            previews=importing.previews,
            references=ReferenceMaker(pictures=pictures, engine=recognition.engine, decoder=decoder),
            enrichment=enrichment,
            photos=PhotoKeeper(pictures=pictures, decoder=quiet_decoder, on=settings.keep_photos == "on"),
            sources=importing.sources,
            uploads=importing.uploads,
            fetcher=await opened_fetcher(stack, settings, given),
            traffic=traffic,
            admission=Admission(
                settings.lookups, at_once=settings.at_once, drain=settings.drain, linger=settings.linger
            ),
            meter=Meter(door_database, Limits(rate=settings.rate, quota=settings.quota)),
            surface=recognition.surface,
            reader=recognition.reader,
            indexes=recognition.indexes,
            calibrations=judging.calibrations,
            calibrating=judging.calibrating,
            self_tests=judging.self_tests,
            space=recognition.space,
            counting=asyncio.Semaphore(FACETS_AT_ONCE),
            credentials=credentials,
            pepper=pepper,
            erasing=erasing,
            attempts=Attempts(),
        )
        purging = PurgeWorker(
            database=database, pictures=pictures, after=settings.purge_after, audit=settings.audit_kept
        )
        beside: list[AbstractAsyncContextManager[None]] = [
            erasing.running(),
            importing.uploads.sweeping(),
            purging.running(),
        ]
        beside += [indexing.running(), *_workers(importing, enrichment, judging)] if settings.worker == "on" else []
        for running in beside:
            await stack.enter_async_context(running)
        yield parts


def _decoder(stack: AsyncExitStack) -> PhotoDecoder:
    decoder = PhotoDecoder()
    stack.push_async_callback(decoder.close)
    return decoder


def _enrichers(recognition: Recognition, pictures: PictureStore) -> Sequence[Enricher]:
    """Surfaces first: they say more, and of more products. Looks cost little, reading costs most."""
    surface, reader = recognition.surface, recognition.reader
    return [
        *([SurfaceEnricher(surface, pictures)] if surface else []),
        LookEnricher(recognition.engine.input_size),
        *([TextEnricher(reader)] if reader else []),
    ]


def _workers(
    importing: Importing, enrichment: EnrichmentWorker, judging: Judging
) -> list[AbstractAsyncContextManager[None]]:
    works = (
        importing.worker,
        importing.wake_up,
        importing.previews,
        enrichment,
        judging.calibrating,
        judging.self_tests,
    )
    return [work.running() for work in works if work]
