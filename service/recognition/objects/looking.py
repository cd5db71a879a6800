"""The objects of one photo: found by pixels and by print, then looked up each."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.recognition.embedding.photo import Photo
from service.recognition.evidence.coded import Coded
from service.recognition.objects.answering import Asked, ObjectLookups, SeenObject
from service.recognition.objects.boxes import Detected, apart
from service.recognition.objects.detector import ObjectDetector
from service.recognition.objects.focusing import main_object
from service.recognition.objects.printed import printed_objects
from service.recognition.proposals import BySurface
from service.recognition.region import Region
from service.recognition.stages import Stages

MOST: Final = 8
"""Objects of a photo that are looked up."""

DETAIL: Final = 3
"""How much larger than for a lookup of the whole a photo is decoded, so that its objects are of some size."""

UNSUPPORTED: Final = "unsupported"


@dataclass(frozen=True, kw_only=True)
class Objects:
    """Finds and looks up. ``detector`` None: nothing finds objects by pixels."""

    detector: ObjectDetector | None
    lookups: ObjectLookups

    async def detect(self, photo: Photo, stages: Stages) -> Sequence[Detected] | None:
        """By pixels, the surest first; None where that is late, fails or cannot be done, which ``stages`` then say."""
        if self.detector is None:
            stages.dropped["detect"] = UNSUPPORTED
            return None
        return await stages.optional("detect", self.detector.detect(photo.image, MOST))

    async def focus(self, photos: Sequence[Photo], stages: Stages) -> list[Region | None]:
        """Where the one object is that each photo is of; None: look at all of it."""
        return [main_object(await self.detect(photo, stages) or ()) for photo in photos]

    async def look_up(
        self,
        photo: Photo,
        within: Region | None,
        by_pixels: Sequence[Detected] | None,
        surface: BySurface | None,
        asked: Asked,
        coded: Coded | None,
        stages: Stages,
    ) -> list[SeenObject] | None:
        """The photo's objects, the surest first; None where none could be looked for. ``photo`` holds the pixels of
        ``within``, a region; ``by_pixels`` was detected in it, and ``surface`` is what all its local features were
        compared with.
        """
        printed = await self._printed(surface, asked, stages)
        if printed is None and by_pixels is None:
            return None
        known = apart(printed or (), MOST)
        more = apart(by_pixels or (), MOST - len(known), [one.region for one in known])
        return await self.lookups.look_up(photo, within, [*known, *more], asked, coded, stages)

    async def _printed(self, surface: BySurface | None, asked: Asked, stages: Stages) -> list[Detected] | None:
        channel = self.lookups.surface
        if surface is None or channel is None:
            return None
        # What asks the database is left to end by itself: a statement that is cut off costs its connection.
        work = asyncio.shield(printed_objects(channel, asked.search, surface, MOST))
        return await stages.optional("printed", work)
