"""What ships and what the settings name, opened."""

import asyncio
from typing import Final

import structlog

from service.recognition.embedding.bundle import BundleError, open_bundle
from service.recognition.embedding.engine import Engine
from service.recognition.reading.port import TextReader
from service.recognition.reading.rapid import RapidReader
from service.recognition.surface.channel import SurfaceChannel
from service.settings import OBJECTS_BUNDLE, SURFACE_BUNDLE, Settings

FUSION: Final = SURFACE_BUNDLE / "fusion.json"
LABELS: Final = SURFACE_BUNDLE / "labels.json"
MASK: Final = OBJECTS_BUNDLE / "mask.onnx"


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


async def open_reader() -> TextReader | None:
    """The reader that ships; None where it does not open, which lookups then say."""
    try:
        return await asyncio.to_thread(RapidReader.open)
    except Exception:
        # One kind of evidence is no reason not to serve the others, whatever ails it.
        structlog.get_logger("photocode").exception("text cannot be read")
        return None
