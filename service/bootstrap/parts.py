"""The parts of a running service."""

import asyncio
from dataclasses import dataclass

from catalog.database import Database
from catalog.galleries import SpaceKey
from catalog.search.surface.resident import ResidentIndexes
from catalog.storage.pictures import PictureStore
from service.access.attempts import Attempts
from service.access.credentials import Credentials
from service.access.pepper import Pepper
from service.admission.doors import Admission
from service.admission.metering import Meter
from service.fetching.pictures import PictureFetcher
from service.jobs.calibration import CalibrationWorker
from service.jobs.enrichment import EnrichmentWorker
from service.jobs.erasing import PhotoEraser
from service.jobs.feed import ImportFeed
from service.jobs.imports import ImportWorker
from service.jobs.photos import PhotoKeeper
from service.jobs.picture_sources import PictureSources
from service.jobs.previews import PreviewWorker
from service.jobs.referencing import ReferenceMaker
from service.jobs.self_tests import SelfTestWorker
from service.jobs.traffic import Traffic
from service.jobs.uploads import PictureUploads
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.pipeline import Recognizer
from service.recognition.reading.port import TextReader
from service.recognition.surface.port import SurfaceExtractor
from service.rehearsal.calibrations import Calibrations
from service.settings import Settings


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
