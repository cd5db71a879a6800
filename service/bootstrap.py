"""The composition root: builds every part of a running service from its settings, once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from catalog.database import Database
from catalog.galleries import SpaceKey
from catalog.limits import Limits
from catalog.search.surface.resident import ResidentIndexes
from catalog.storage.pictures import PictureStore, open_pictures
from service.access.attempts import Attempts
from service.access.credentials import Credentials
from service.access.pepper import Pepper
from service.admission.doors import Admission
from service.admission.metering import Meter
from service.fetching.pictures import PictureFetcher
from service.fetching.polite import PoliteFetcher
from service.jobs.calibration import CalibrationWorker
from service.jobs.enrichers import Enricher, LookEnricher, SurfaceEnricher, TextEnricher
from service.jobs.enrichment import EnrichmentWorker
from service.jobs.erasing import PhotoEraser
from service.jobs.feed import ImportFeed
from service.jobs.imports import ImportWorker
from service.jobs.landing import Lander
from service.jobs.pace import Pace
from service.jobs.photos import PhotoKeeper
from service.jobs.picture_sources import PictureSources
from service.jobs.previewing import Previewer
from service.jobs.previews import PreviewWorker
from service.jobs.purging import PurgeWorker
from service.jobs.queue import WakeUp
from service.jobs.reading import Reader
from service.jobs.referencing import ReferenceMaker
from service.jobs.self_tests import SelfTestWorker
from service.jobs.traffic import Traffic
from service.jobs.uploads import PictureUploads
from service.recognition.embedding.bundle import BundleError, open_bundle
from service.recognition.embedding.engine import Engine, ImageEmbedder
from service.recognition.embedding.photo import PhotoDecoder
from service.recognition.evidence.sized import ScaleReader
from service.recognition.fusion import FusionModel
from service.recognition.mask_network import MaskNetwork
from service.recognition.objects.detector import ObjectDetector
from service.recognition.objects.masks import MaskDetector
from service.recognition.pipeline import Recognizer
from service.recognition.reading.channel import ReadingChannel
from service.recognition.reading.port import TextReader
from service.recognition.reading.rapid import RapidReader
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.surface.port import SurfaceExtractor
from service.recognition.verdict.likelihood import LikelihoodModels
from service.rehearsal.calibrations import Calibrations
from service.rehearsal.rehearse import Rehearser
from service.settings import OBJECTS_BUNDLE, SURFACE_BUNDLE, Settings

FUSION = SURFACE_BUNDLE / "fusion.json"
LABELS = SURFACE_BUNDLE / "labels.json"
MASK = OBJECTS_BUNDLE / "mask.onnx"

# An import can wait for a decoder process; a worker with a phone cannot.
IMPORT_PATIENCE_SECONDS = 60

# Of those who let requests in, so that nobody is refused late because lookups have all connections.
DOOR_CONNECTIONS = 2

# Each reads a whole catalog, over a connection that lookups are then without.
FACETS_AT_ONCE = 2


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts that handlers call."""

    settings: Settings
    database: Database
    pictures: PictureStore
    engine: ImageEmbedder
    recognizer: Recognizer
    imports: ImportWorker
    feed: ImportFeed
    previews: PreviewWorker
    references: ReferenceMaker
    enrichment: EnrichmentWorker
    photos: PhotoKeeper
    sources: PictureSources
    uploads: PictureUploads
    fetcher: PictureFetcher | None
    traffic: Traffic
    admission: Admission
    meter: Meter
    surface: SurfaceExtractor | None
    reader: TextReader | None
    indexes: ResidentIndexes | None
    calibrations: Calibrations | None
    calibrating: CalibrationWorker | None
    self_tests: SelfTestWorker | None
    space: SpaceKey
    counting: asyncio.Semaphore
    credentials: Credentials
    pepper: Pepper
    erasing: PhotoEraser
    attempts: Attempts

    @property
    def enriching(self) -> bool:
        """Whether references' surfaces are described here."""
        return self.surface is not None

    @property
    def certainty_maker(self) -> str:
        """Who says the log-odds of lookups here; empty where nobody does."""
        return self.calibrations.maker if self.calibrations else ""

    @property
    def reading(self) -> bool:
        """Whether text on the object is read here."""
        return self.settings.text != "off"


def open_engine(settings: Settings) -> Engine:
    """The model of the settings.

    Raises:
        BundleError: the bundle is absent, changed, or not the one that the settings demand.

    """
    bundle = open_bundle(settings.bundle)
    if settings.bundle_identity and bundle.identity != settings.bundle_identity:
        raise BundleError(f"{settings.bundle} is {bundle.identity}, not {settings.bundle_identity} as demanded")
    return Engine.open(
        bundle,
        precision=None if settings.precision == "auto" else settings.precision,
        provider=settings.provider,
        threads=settings.threads,
        queue=settings.queue,
    )


def open_surface(settings: Settings) -> SurfaceChannel:
    """The surface channel with the settings' visual words.

    Raises:
        VocabularyInvalid: their file is absent or damaged.

    """
    return SurfaceChannel.open(settings.vocabulary)


@asynccontextmanager
async def open_services(
    settings: Settings,
    engine: ImageEmbedder | None = None,
    surface: SurfaceExtractor | None = None,
    fetcher: PictureFetcher | None = None,
    reader: TextReader | None = None,
    detector: ObjectDetector | None = None,
) -> AsyncIterator[Services]:
    """Build the parts, run the workers of imports and enrichment beside, and close everything at the end.

    ``engine``: one to use in place of the settings' bundle, started and closed here. ``surface``: one to use in place
    of the one that ships, where the settings want surfaces. ``fetcher``: likewise, where they want pictures fetched;
    ``reader``: where they want text read. ``detector``: of objects, to use in place of the one that ships.
    """
    log = structlog.get_logger("photocode")
    pepper = Pepper(settings.pepper, settings.data_folder)
    engine = engine or open_engine(settings)
    database = Database(settings.database_url, pool_size=settings.connections)
    decoder, import_decoder = PhotoDecoder(), PhotoDecoder(patience=IMPORT_PATIENCE_SECONDS)
    # For what may be late: enrichment, and photos to keep that have to be coded anew.
    quiet_decoder = PhotoDecoder()
    pictures = open_pictures(settings.pictures_location)
    space = SpaceKey(
        bundle_identity=engine.identity,
        bundle_name=engine.name,
        preprocessing_revision=engine.preprocessing_revision,
        dimension=engine.dimension,
    )
    references = ReferenceMaker(pictures=pictures, engine=engine, decoder=import_decoder)
    # Apart from that of lookups, which an import of many addresses would else keep waiting.
    import_fetcher = PictureFetcher() if fetcher is None and settings.fetch == "on" else None
    fetching = (fetcher or import_fetcher) if settings.fetch == "on" else None
    sources = PictureSources(
        pictures=pictures, database=database, fetcher=PoliteFetcher(fetching) if fetching else None
    )
    uploads = PictureUploads(database=database, pictures=pictures, decoder=import_decoder)
    surface = (surface or open_surface(settings)) if settings.surface == "on" else None
    # What only describes references, as a fake does, cannot look photos up.
    channel = surface if isinstance(surface, SurfaceChannel) else None
    indexes = _indexes(database, channel, settings) if channel else None
    own_fetcher = PictureFetcher() if fetcher is None and settings.fetch == "on" else None
    reader = (reader or await _open_reader()) if settings.text != "off" else None
    reading = ReadingChannel(reader, always=settings.text == "always") if settings.text != "off" else None
    network = MaskNetwork(MASK)
    own_detector = MaskDetector(network) if detector is None else None
    door_database = Database(settings.database_url, pool_size=DOOR_CONNECTIONS)
    traffic, credentials = Traffic(), Credentials(door_database, pepper)
    erasing = PhotoEraser(database=database, pictures=pictures, days=settings.photo_days)
    enrichers = _enrichers(pictures, surface, reader, engine.input_size)
    enrichment = _enrichment(database, pictures, quiet_decoder, enrichers, traffic)
    pace = Pace(traffic)
    worker = ImportWorker(
        database=database,
        pictures=pictures,
        reader=Reader(database, pictures),
        lander=Lander(sources=sources, references=references, space=space, pace=pace),
        pace=pace,
        when_landed=enrichment.wake,
    )
    wake_up = WakeUp(settings.database_url, wake=worker.wake, tidy=worker.tidy)
    feed = ImportFeed(database)
    previewer = Previewer(
        database=database,
        pictures=pictures,
        sources=sources,
        decoder=import_decoder,
        input_size=engine.input_size,
    )
    previews = PreviewWorker(previewer=previewer, traffic=traffic)
    fusion = FusionModel.load(FUSION) if channel else None
    recognizer = Recognizer(
        decoder,
        engine,
        surface=channel,
        fusion=fusion,
        likelihood=LikelihoodModels.load(LABELS).of(engine.identity),
        reading=reading,
        scale=ScaleReader(network, settings.keys_of_sizes),
        detector=detector or own_detector,
    )
    rehearser = Rehearser(pictures=pictures, decoder=quiet_decoder, recognizer=recognizer)
    calibrations = calibration = self_tests = None
    if settings.calibrate == "on" and channel and fusion and indexes:
        calibrations = Calibrations(database=database, shared=fusion, space=space, vocabulary=channel.vocabulary)
        calibration = CalibrationWorker(
            indexes=indexes, rehearser=rehearser, calibrations=calibrations, traffic=traffic
        )
    purging = PurgeWorker(database=database, pictures=pictures, after=settings.purge_after)
    if settings.self_tested_products:
        self_tests = SelfTestWorker(
            database=database,
            indexes=indexes,
            rehearser=rehearser,
            space=space,
            maker=calibrations.maker if calibrations else _looked_through(space, channel),
            calibrated=calibrations is not None,
            most=settings.self_tested_products,
            traffic=traffic,
        )
    try:
        await engine.start()
        log.info(
            "engine ready",
            bundle=engine.name,
            identity=engine.identity[:12],
            precision=engine.precision,
            provider=engine.provider,
        )
        sweeping = (erasing.running(), uploads.sweeping(), purging.running())
        works = (worker, wake_up, previews, enrichment, calibration, self_tests) if settings.worker == "on" else ()
        async with _all_of([*sweeping, *(work.running() for work in works if work)]):
            yield Services(
                settings=settings,
                database=database,
                pictures=pictures,
                engine=engine,
                recognizer=recognizer,
                imports=worker,
                feed=feed,
                previews=previews,
                references=ReferenceMaker(pictures=pictures, engine=engine, decoder=decoder),
                enrichment=enrichment,
                photos=PhotoKeeper(pictures=pictures, decoder=quiet_decoder, on=settings.keep_photos == "on"),
                sources=sources,
                uploads=uploads,
                fetcher=(fetcher or own_fetcher) if settings.fetch == "on" else None,
                traffic=traffic,
                admission=Admission(
                    settings.lookups, at_once=settings.at_once, drain=settings.drain, linger=settings.linger
                ),
                meter=Meter(door_database, Limits(rate=settings.rate, quota=settings.quota)),
                surface=surface,
                reader=reader,
                indexes=indexes,
                calibrations=calibrations,
                calibrating=calibration,
                self_tests=self_tests,
                space=space,
                counting=asyncio.Semaphore(FACETS_AT_ONCE),
                credentials=credentials,
                pepper=pepper,
                erasing=erasing,
                attempts=Attempts(),
            )
    finally:
        await feed.close()
        await recognizer.settle()
        if indexes:
            await indexes.close()
        if channel:
            await channel.close()
        if reading:
            await reading.close()
        if own_fetcher:
            await own_fetcher.close()
        if import_fetcher:
            await import_fetcher.close()
        sources.close()
        if own_detector:
            await own_detector.close()
        await decoder.close()
        await import_decoder.close()
        await quiet_decoder.close()
        await engine.close()
        await credentials.close()
        await door_database.close()
        await database.close()


@asynccontextmanager
async def _all_of(running: Sequence[AbstractAsyncContextManager[None]]) -> AsyncIterator[None]:
    """All of these while the block runs."""
    async with AsyncExitStack() as stack:
        for one in running:
            await stack.enter_async_context(one)
        yield


def _indexes(database: Database, channel: SurfaceChannel, settings: Settings) -> ResidentIndexes:
    return ResidentIndexes(database, channel.vocabulary, most_references=settings.surface_references)


def _looked_through(space: SpaceKey, channel: SurfaceChannel | None) -> str:
    """Names what answers are found by, where nothing is calibrated."""
    return f"{space.bundle_identity}-{space.preprocessing_revision}-{channel.vocabulary if channel else 'image'}"


async def _open_reader() -> TextReader | None:
    """The reader that ships; None where it does not open, which lookups then say."""
    try:
        return await asyncio.to_thread(RapidReader.open)
    except Exception:
        # One kind of evidence is no reason not to serve the others, whatever ails it.
        structlog.get_logger("photocode").exception("text cannot be read")
        return None


def _enrichers(
    pictures: PictureStore, surface: SurfaceExtractor | None, reader: TextReader | None, input_size: int
) -> Sequence[Enricher]:
    """Surfaces first: they say more, and of more products. Looks cost little, reading costs most."""
    surfaces = [SurfaceEnricher(surface, pictures)] if surface else []
    return [*surfaces, LookEnricher(input_size), *([TextEnricher(reader)] if reader else [])]


def _enrichment(
    database: Database,
    pictures: PictureStore,
    decoder: PhotoDecoder,
    enrichers: Sequence[Enricher],
    traffic: Traffic,
) -> EnrichmentWorker:
    return EnrichmentWorker(database=database, pictures=pictures, decoder=decoder, enrichers=enrichers, traffic=traffic)
