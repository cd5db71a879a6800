"""What brings products in: imports, their previews, uploaded pictures, and those fetched by address."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from catalog.database import Database
from catalog.storage.pictures import PictureStore
from service.bootstrap.given import Given
from service.bootstrap.recognition import Recognition
from service.fetching.pictures import PictureFetcher
from service.fetching.polite import PoliteFetcher
from service.jobs.care import Hands, Turns
from service.jobs.feed import ImportFeed
from service.jobs.imports import ImportWorker
from service.jobs.landing import Lander
from service.jobs.pace import Pace
from service.jobs.picture_sources import PictureSources
from service.jobs.previewing import Previewer
from service.jobs.previews import PreviewWorker
from service.jobs.queue import WakeUp
from service.jobs.reading import Reader
from service.jobs.referencing import ReferenceMaker
from service.jobs.steps import Steps
from service.jobs.traffic import Traffic
from service.jobs.uploads import PictureUploads
from service.recognition.embedding.photo import PhotoDecoder
from service.settings import Settings

IMPORT_PATIENCE_SECONDS = 60
"""An import can wait for a decoder process; a worker with a phone cannot."""


@dataclass(frozen=True, kw_only=True)
class Importing:
    """``sources``: where imports' pictures come from."""

    worker: ImportWorker
    wake_up: WakeUp
    feed: ImportFeed
    previews: PreviewWorker
    sources: PictureSources
    uploads: PictureUploads


@asynccontextmanager
async def open_importing(
    settings: Settings,
    given: Given,
    recognition: Recognition,
    database: Database,
    pictures: PictureStore,
    traffic: Traffic,
    when_landed: Callable[[], None],
    turns: Turns,
    hands: Callable[[], Hands],
) -> AsyncIterator[Importing]:
    """Ready to be run while the block runs. ``when_landed`` is told when imports have ended; ``turns`` and ``hands``
    as of :class:`~service.jobs.imports.ImportWorker`.
    """
    async with AsyncExitStack() as stack:
        decoder = PhotoDecoder(patience=IMPORT_PATIENCE_SECONDS)
        stack.push_async_callback(decoder.close)
        # Apart from that of lookups, which an import of many addresses would else keep waiting.
        fetcher = await opened_fetcher(stack, settings, given)
        sources = PictureSources(
            pictures=pictures, database=database, fetcher=PoliteFetcher(fetcher) if fetcher else None
        )
        stack.callback(sources.close)
        pace = Pace(traffic)
        references = ReferenceMaker(pictures=pictures, engine=recognition.engine, decoder=decoder)
        worker = ImportWorker(
            database=database,
            pictures=pictures,
            reader=Reader(database, pictures),
            lander=Lander(sources=sources, references=references, space=recognition.space, pace=pace),
            pace=pace,
            turns=turns,
            hands=hands,
            when_landed=when_landed,
        )
        previewer = Previewer(
            database=database,
            pictures=pictures,
            sources=sources,
            decoder=decoder,
            input_size=recognition.engine.input_size,
        )
        feed = ImportFeed(database)
        stack.push_async_callback(feed.close)
        yield Importing(
            worker=worker,
            wake_up=WakeUp(settings.database_url, wake=worker.wake, tidy=worker.tidy),
            feed=feed,
            previews=PreviewWorker(previewer=previewer, traffic=traffic, steps=Steps(turns, hands())),
            sources=sources,
            uploads=PictureUploads(database=database, pictures=pictures, decoder=decoder),
        )


async def opened_fetcher(stack: AsyncExitStack, settings: Settings, given: Given) -> PictureFetcher | None:
    """The given one, or one that the stack closes; None where the settings want nothing fetched."""
    if settings.fetch != "on":
        return None
    if given.fetcher:
        return given.fetcher
    own = PictureFetcher()
    stack.push_async_callback(own.close)
    return own
