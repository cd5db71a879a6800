"""Applications that are used again: to make one, with all its routes, takes longer than most tests."""

from contextlib import AbstractAsyncContextManager

from litestar import Litestar

from service.app import application
from service.bootstrap import Given, Services, open_services
from service.fetching.pictures import PictureFetcher
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.objects.detector import ObjectDetector
from service.recognition.reading.port import TextReader
from service.recognition.surface.port import SurfaceExtractor
from service.settings import Settings

Doors = tuple[str, str, str]
"""What an application has been made with: the settings that :func:`~service.app.application` reads itself."""


class _Stage:
    """What an application opens when it starts the next time."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self.settings, self.given = Settings(), Given()

    def opened(self) -> AbstractAsyncContextManager[Services]:
        return open_services(self.settings, self.given)


_stages: dict[Litestar, _Stage] = {}
_idle: dict[Doors, list[Litestar]] = {}


def create_app(
    settings: Settings,
    engine: ImageEmbedder | None = None,
    surface: SurfaceExtractor | None = None,
    fetcher: PictureFetcher | None = None,
    reader: TextReader | None = None,
    detector: ObjectDetector | None = None,
) -> Litestar:
    """As :func:`service.app.create_app`; one that has ended before, where there is one."""
    doors = (settings.access, settings.proxies, settings.names)
    app = idle.pop() if (idle := _idle.get(doors)) else _made(settings, doors)
    stage = _stages[app]
    stage.settings = settings
    stage.given = Given(engine=engine, surface=surface, fetcher=fetcher, reader=reader, detector=detector)
    return app


def give_back(app: Litestar) -> None:
    """It has ended, and may begin as another."""
    if (stage := _stages.get(app)) is not None:
        stage.settings, stage.given = Settings(), Given()
        _idle.setdefault(stage.doors, []).append(app)


def _made(settings: Settings, doors: Doors) -> Litestar:
    stage = _Stage(doors)
    app = application(settings, stage.opened)
    _stages[app] = stage
    return app
