"""What asks catalogs about their own pictures: to fit verdicts to them, and to test them."""

from dataclasses import dataclass

from catalog.database import Database
from catalog.galleries import SpaceKey
from catalog.storage.pictures import PictureStore
from service.bootstrap.recognition import Recognition
from service.jobs.calibration import CalibrationWorker
from service.jobs.self_tests import SelfTestWorker
from service.jobs.traffic import Traffic
from service.recognition.embedding.photo import PhotoDecoder
from service.recognition.surface.channel import SurfaceChannel
from service.rehearsal.calibrations import Calibrations
from service.rehearsal.rehearse import Rehearser
from service.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Judging:
    """None: not done here."""

    calibrations: Calibrations | None
    calibrating: CalibrationWorker | None
    self_tests: SelfTestWorker | None

    def wake(self) -> None:
        """Say that a catalog's pictures have come, so that it can be tested."""
        if self.self_tests:
            self.self_tests.wake()


def build_judging(
    settings: Settings,
    recognition: Recognition,
    database: Database,
    pictures: PictureStore,
    decoder: PhotoDecoder,
    traffic: Traffic,
) -> Judging:
    """``decoder``: not the one of lookups, which must not wait for this."""
    rehearser = Rehearser(pictures=pictures, decoder=decoder, recognizer=recognition.recognizer)
    space, indexes, channel = recognition.space, recognition.indexes, recognition.channel
    calibrations = calibrating = self_tests = None
    if settings.calibrate == "on" and channel and recognition.fusion and indexes:
        calibrations = Calibrations(
            database=database, shared=recognition.fusion, space=space, vocabulary=channel.vocabulary
        )
        calibrating = CalibrationWorker(
            indexes=indexes, rehearser=rehearser, calibrations=calibrations, traffic=traffic
        )
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
    return Judging(calibrations=calibrations, calibrating=calibrating, self_tests=self_tests)


def _looked_through(space: SpaceKey, channel: SurfaceChannel | None) -> str:
    """Names what answers are found by, where nothing is calibrated."""
    return f"{space.bundle_identity}-{space.preprocessing_revision}-{channel.vocabulary if channel else 'image'}"
