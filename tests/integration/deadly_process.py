"""A service's workers without HTTP, which certain pictures kill.

A blue picture kills while it is embedded, a lime one while its surface is described, as no exception can tell.
"""

import asyncio
import os
import signal
import time
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.search.surface.signatures import Signatures
from service.bootstrap import Given, open_services
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import load_settings

SURE: Final = 128
"""Of 255: as much more of one colour than of the others."""
EMBEDDING_SECONDS: Final = 0.02


class DeadlyEngine(FakeEngine):
    """Dies of blue, beside whatever else is being embedded."""

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        await asyncio.sleep(EMBEDDING_SECONDS)
        if _is_mostly(image, 2):
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().embed_image(image, deadline=deadline)


class DeadlySurface(FakeSurface):
    """Dies of lime."""

    def describe(self, image: Image.Image) -> tuple[Signatures, bytes]:
        time.sleep(EMBEDDING_SECONDS)
        if _is_mostly(image, 1):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().describe(image)


def _is_mostly(image: Image.Image, channel: int) -> bool:
    means = np.asarray(image.convert("RGB"), dtype=np.float32).mean(axis=(0, 1))
    others = np.delete(means, channel)
    return bool(means[channel] > others.max() + SURE)


def work() -> None:
    """Until it is killed."""
    asyncio.run(_work())


async def _work() -> None:
    async with open_services(load_settings(), Given(engine=DeadlyEngine(), surface=DeadlySurface())):
        await asyncio.Event().wait()
