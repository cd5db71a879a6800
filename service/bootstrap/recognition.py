"""What recognizes: the model, the channels beside it, and what weighs their evidence."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from catalog.database import Database
from catalog.galleries import SpaceKey
from catalog.search.surface.resident import ResidentIndexes
from service.bootstrap.given import Given
from service.bootstrap.shipped import FUSION, LABELS, MASK, open_engine, open_reader, open_surface
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import PhotoDecoder
from service.recognition.evidence.sized import ScaleReader
from service.recognition.fusion import FusionModel
from service.recognition.mask_network import MaskNetwork
from service.recognition.objects.detector import ObjectDetector
from service.recognition.objects.masks import MaskDetector
from service.recognition.pipeline import Recognizer
from service.recognition.reading.channel import ReadingChannel
from service.recognition.reading.port import TextReader
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.surface.port import SurfaceExtractor
from service.recognition.verdict.likelihood import LikelihoodModels
from service.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """``surface`` describes references; ``channel`` looks photos up too, which a fake that only describes cannot."""

    engine: ImageEmbedder
    space: SpaceKey
    surface: SurfaceExtractor | None
    channel: SurfaceChannel | None
    indexes: ResidentIndexes | None
    fusion: FusionModel | None
    reader: TextReader | None
    recognizer: Recognizer


@asynccontextmanager
async def open_recognition(
    settings: Settings, given: Given, database: Database, decoder: PhotoDecoder
) -> AsyncIterator[Recognition]:
    """Ready to be asked while the block runs. ``decoder``: of the photos that are looked up.

    Raises:
        BundleError: the bundle is absent, changed, or not the one that the settings demand.
        VocabularyInvalid: the file of visual words is absent or damaged.

    """
    async with AsyncExitStack() as stack:
        engine = given.engine or open_engine(settings)
        stack.push_async_callback(engine.close)
        network = MaskNetwork(MASK)
        detector = given.detector or _own_detector(stack, network)
        reader = (given.reader or await open_reader()) if settings.text != "off" else None
        reading = _reading(stack, settings, reader)
        surface = (given.surface or open_surface(settings)) if settings.surface == "on" else None
        channel = surface if isinstance(surface, SurfaceChannel) else None
        indexes = _indexes(stack, settings, database, channel) if channel else None
        fusion = FusionModel.load(FUSION) if channel else None
        recognizer = Recognizer(
            decoder,
            engine,
            surface=channel,
            fusion=fusion,
            likelihood=LikelihoodModels.load(LABELS).of(engine.identity),
            reading=reading,
            scale=ScaleReader(network, settings.keys_of_sizes),
            detector=detector,
        )
        stack.push_async_callback(recognizer.settle)
        await engine.start()
        _say_ready(engine)
        yield Recognition(
            engine=engine,
            space=SpaceKey(
                bundle_identity=engine.identity,
                bundle_name=engine.name,
                preprocessing_revision=engine.preprocessing_revision,
                dimension=engine.dimension,
            ),
            surface=surface,
            channel=channel,
            indexes=indexes,
            fusion=fusion,
            reader=reader,
            recognizer=recognizer,
        )


def _own_detector(stack: AsyncExitStack, network: MaskNetwork) -> ObjectDetector:
    detector = MaskDetector(network)
    stack.push_async_callback(detector.close)
    return detector


def _reading(stack: AsyncExitStack, settings: Settings, reader: TextReader | None) -> ReadingChannel | None:
    if settings.text == "off":
        return None
    reading = ReadingChannel(reader, always=settings.text == "always")
    stack.push_async_callback(reading.close)
    return reading


def _indexes(stack: AsyncExitStack, settings: Settings, database: Database, channel: SurfaceChannel) -> ResidentIndexes:
    stack.push_async_callback(channel.close)
    indexes = ResidentIndexes(database, channel.vocabulary, most_references=settings.surface_references)
    stack.push_async_callback(indexes.close)
    return indexes


def _say_ready(engine: ImageEmbedder) -> None:
    structlog.get_logger("photocode").info(
        "engine ready",
        bundle=engine.name,
        identity=engine.identity[:12],
        precision=engine.precision,
        provider=engine.provider,
    )
