"""What a service is given in place of what ships."""

from dataclasses import dataclass

from service.fetching.pictures import PictureFetcher
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.objects.detector import ObjectDetector
from service.recognition.reading.port import TextReader
from service.recognition.surface.port import SurfaceExtractor


@dataclass(frozen=True, kw_only=True)
class Given:
    """None: what ships. ``engine``: in place of the settings' bundle; it is started and closed with the service.
    ``surface``: where the settings want surfaces; ``fetcher``: where they want pictures fetched, not closed with the
    service; ``reader``: where they want text read; ``detector``: of objects.
    """

    engine: ImageEmbedder | None = None
    surface: SurfaceExtractor | None = None
    fetcher: PictureFetcher | None = None
    reader: TextReader | None = None
    detector: ObjectDetector | None = None


NOTHING = Given()
