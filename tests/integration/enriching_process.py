"""A service's workers without HTTP, to be killed: ``python -m tests.integration.enriching_process``."""

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


async def main() -> None:
    async with open_services(load_settings(), Given(engine=FakeEngine(), surface=SlowSurface())):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
