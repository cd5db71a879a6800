"""All that is found before candidates are weighed: what the channels propose for photos, and evidence from beside."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from service.recognition.channels import Channel
from service.recognition.closeups import of_parts
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import Photo
from service.recognition.evidence.coded import Coded, read_coded
from service.recognition.evidence.part_view import part_region
from service.recognition.evidence.scaled import Scaled
from service.recognition.evidence.sized import ScaleReader
from service.recognition.finding import Finder
from service.recognition.fusion import FusionModel
from service.recognition.objects.boxes import Detected
from service.recognition.objects.looking import DETAIL, Objects
from service.recognition.opening import Opener
from service.recognition.proposals import Proposed
from service.recognition.question import Question
from service.recognition.region import Region
from service.recognition.search import CandidateSearch
from service.recognition.stages import Beside, Stages, all_of
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.tags import TagTexts, TextVectors
from service.recognition.typed import SHORTLIST, Typed, read_typed
from service.recognition.weighing import Weighing

LEAST_FOR_CARDS: Final = 300
"""Half of the shorter edge in px in which a card's markers are read."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """By photo: ``finders``; ``opened``, the pixels of the region that was asked; ``looked``, those of them that the
    channels saw; ``focused``, where these were chosen here; ``places``, where in ``opened`` what is proposed lies;
    ``scaled``. None in place of evidence: it was not asked for, late or failed.
    """

    finders: Sequence[Finder]
    opened: Sequence[Photo]
    looked: Sequence[Photo]
    focused: Sequence[Region | None]
    places: Sequence[Region | None]
    proposed: Sequence[Proposed]
    typed: Typed | None
    coded: Coded | None
    scaled: Sequence[Scaled | None] | None
    detected: Sequence[Detected] | None
    tag_texts: TextVectors | None

    @property
    def references(self) -> frozenset[UUID]:
        """Of products that evidence from beside the photos' looks proposes."""
        return frozenset().union(*(one.references for one in (self.typed, self.coded) if one))

    def weighing(
        self, question: Question, search: CandidateSearch, stages: Stages, fusion: FusionModel | None
    ) -> Weighing:
        """What is proposed, ready to be weighed."""
        return Weighing(
            finders=self.finders,
            proposed=self.proposed,
            places=[[one for one in (place, question.region) if one] for place in self.places],
            typed=self.typed,
            search=search,
            fusion=fusion,
            stages=stages,
        )


@dataclass(frozen=True, kw_only=True)
class Gatherer:
    """The parts that it takes. ``surface`` and ``scale`` None are left out. ``least``: px of a photo's shorter side
    that whoever looks at it later wants to have at the least.
    """

    opener: Opener
    engine: ImageEmbedder
    surface: SurfaceChannel | None
    scale: ScaleReader | None
    objects: Objects
    tags: TagTexts
    least: int

    async def gather(self, question: Question, search: CandidateSearch, stages: Stages) -> Gathered:
        """Of one or several photos.

        Raises:
            PhotoError: the bytes are no photo that can be used.
            Overloaded: too many photos wait for the model.
            TimeoutError: the deadline passed while a photo waited.

        """
        finders = [self._finder(question, search) for _ in question.photos]
        with Beside() as beside:
            typing = beside.begin(self._typed(question, stages, search))
            tagging = beside.begin(self.tags.beside(question.tags, stages))
            opened = await self._opened(question, finders)
            scanning = beside.begin(_scanned(opened, question, stages, search, finders))
            measuring = beside.begin(self._measured(opened, question, stages, finders))
            detecting = beside.begin(self.objects.detect(opened[0], stages)) if question.objects else None
            focused = await self.objects.focus(opened, stages) if question.focus else [None for _ in opened]
            looked = [self.opener.cut(photo, place) for photo, place in zip(opened, focused, strict=True)]
            proposed = await all_of(
                finder.propose(
                    photo.image, self.opener.for_model(photo), limit=question.limit, deadline=question.deadline
                )
                for finder, photo in zip(finders, looked, strict=True)
            )
            scaled = await measuring
            parts = [part_region(*one) for one in _with_sizes(opened, scaled)]
            proposed = await of_parts(
                finders,
                self.opener,
                opened,
                proposed,
                scaled,
                parts,
                limit=question.limit,
                deadline=question.deadline,
            )
            return Gathered(
                finders=finders,
                opened=opened,
                looked=looked,
                focused=focused,
                places=[part or place for part, place in zip(parts, focused, strict=True)],
                proposed=proposed,
                typed=await typing,
                coded=await scanning,
                scaled=scaled,
                detected=await detecting if detecting else None,
                tag_texts=await tagging,
            )

    async def _opened(self, question: Question, finders: Sequence[Finder]) -> list[Photo]:
        """At least as large as each of those wants a photo that looks at it."""
        surface = finders[0].surface.edge // 2 if finders[0].surface else 0
        cards = LEAST_FOR_CARDS if self.scale and Channel.SIZE in question.channels else 0
        return await self.opener.open_all(
            question.photos,
            [finder.stages for finder in finders],
            least=surface,
            room=max(cards, self.least // 2),
            region=question.region,
            detail=DETAIL if question.objects or question.focus else 1,
        )

    def _finder(self, question: Question, search: CandidateSearch) -> Finder:
        return Finder(
            stages=Stages(beside=len(question.photos)),
            engine=self.engine,
            surface=self.surface if question.channels & {Channel.SURFACE, Channel.GEOMETRY} else None,
            search=search,
            channels=question.channels,
        )

    async def _typed(self, question: Question, stages: Stages, search: CandidateSearch) -> Typed | None:
        if question.typed is None:
            return None
        # What asks the database is left to end by itself: a statement that is cut off costs its connection.
        work = read_typed(question.typed, self.engine, search, most=max(question.limit, SHORTLIST))
        return await stages.optional("text", asyncio.shield(work))

    async def _measured(
        self, photos: Sequence[Photo], question: Question, stages: Stages, finders: Sequence[Finder]
    ) -> Sequence[Scaled | None] | None:
        if self.scale is None or Channel.SIZE not in question.channels:
            return None
        await _extracted(finders)
        share = question.region.width if question.region else 1.0
        return await stages.optional("scale", self.scale.read(photos, [round(one.width * share) for one in photos]))


async def _scanned(
    photos: Sequence[Photo], question: Question, stages: Stages, search: CandidateSearch, finders: Sequence[Finder]
) -> Coded | None:
    if Channel.BARCODE not in question.channels:
        return None
    await _extracted(finders)
    return await stages.optional("codes", asyncio.shield(read_coded([photo.image for photo in photos], search)))


async def _extracted(finders: Sequence[Finder]) -> None:
    """Local features take longest of what is begun with, and what comes after them leaves a core free."""
    for finder in finders:
        await finder.extracted.wait()


def _with_sizes(
    photos: Sequence[Photo], scaled: Sequence[Scaled | None] | None
) -> list[tuple[Scaled | None, tuple[int, int]]]:
    return [(scale, photo.image.size) for photo, scale in zip(photos, scaled or [None for _ in photos], strict=True)]
