"""Photos with a scale card are looked at again: of the whole, the card is what is seen."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from service.recognition.embedding.photo import Photo
from service.recognition.evidence.part_view import part_view
from service.recognition.evidence.scaled import Scaled
from service.recognition.finding import Finder
from service.recognition.opening import Opener
from service.recognition.proposals import Proposed
from service.recognition.region import Region
from service.recognition.stages import all_of


async def of_parts(
    finders: Sequence[Finder],
    opener: Opener,
    photos: Sequence[Photo],
    proposed: Sequence[Proposed],
    scaled: Sequence[Scaled | None] | None,
    parts: Sequence[Region | None],
    *,
    limit: int,
    deadline: float,
) -> list[Proposed]:
    """What is proposed by each photo: of the part alone where one was measured (``parts`` says where), else as before.

    Raises:
        Overloaded: too many photos wait for the model.
        TimeoutError: the deadline passed while a photo waited.

    """

    async def again(place: int, before: Proposed) -> Proposed:
        scale, part = (scaled[place], parts[place]) if scaled else (None, None)
        if scale is None or part is None:
            return before
        view = await asyncio.to_thread(part_view, photos[place].image, scale, part)
        small = opener.for_model(replace(photos[place], image=view))
        return await finders[place].propose(view, small, limit=limit, deadline=deadline)

    return await all_of(again(place, before) for place, before in enumerate(proposed))
