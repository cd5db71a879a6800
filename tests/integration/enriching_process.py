"""A service's workers without HTTP, to be killed."""

import asyncio
import time

from PIL import Image

from catalog.search.surface.signatures import Signatures
from service.bootstrap import Given, open_services
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import load_settings


class SlowSurface(FakeSurface):
    """Takes as long as a real one."""

    def describe(self, image: Image.Image) -> tuple[Signatures, bytes]:
        time.sleep(0.05)
        return super().describe(image)


def work() -> None:
    """Until it is killed."""
    asyncio.run(_work())


async def _work() -> None:
    async with open_services(load_settings(), Given(engine=FakeEngine(), surface=SlowSurface())):
        await asyncio.Event().wait()
