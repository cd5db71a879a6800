"""Photos of one object from their bytes to an answer: decode, find candidates by every channel side by side, check,
rank, judge.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from service.recognition.channels import Channel
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import Photo, PhotoDecoder
from service.recognition.evidence.coded import Coded, read_coded
from service.recognition.finding import Finder
from service.recognition.fusion import FusionModel
from service.recognition.objects.answering import Asked, ObjectLookups, SeenObject
from service.recognition.objects.boxes import Detected
from service.recognition.objects.detector import ObjectDetector
from service.recognition.objects.looking import DETAIL, Objects
from service.recognition.opening import Opener
from service.recognition.pooling import Pooled, pooled
from service.recognition.proposals import Found, Proposed
from service.recognition.ranking import Candidate, rank
from service.recognition.region import Region
from service.recognition.search import CandidateSearch
from service.recognition.seen import SeenPhoto, outwards, seen_all
from service.recognition.stages import Stages, all_of
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.tags import CLIP_SCALE, Tags, TagShare, TagTexts
from service.recognition.typed import SHORTLIST, TEXT_ALONE, Said, Typed, compared, read_typed, said_of
from service.recognition.verdict.coarse import Coarse, coarse
from service.recognition.verdict.judge import Judgement, Verdict
from service.recognition.verdict.likelihood import Likelihood, LikelihoodModel, likelihood


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the pipeline found. ``candidates`` are as many as were asked for, ``further`` all that were ranked after
    them. ``timings`` are milliseconds by stage, of several photos the longest; ``dropped`` what was left out of any,
    and why. ``likelihood`` is of all that was ranked; None where no photo was asked. ``coarse``: what can be said where
    the verdict is not ``match``. ``tags`` and ``objects``: None where none were asked for or to be had.
    """

    photos: Sequence[SeenPhoto]
    candidates: Sequence[Candidate]
    further: Sequence[Candidate]
    judgement: Judgement
    timings: dict[str, float]
    dropped: dict[str, str]
    likelihood: Likelihood | None = None
    coarse: Coarse | None = None
    tags: Sequence[TagShare] | None = None
    objects: Sequence[SeenObject] | None = None


class Recognizer:
    """The pipeline with its parts. Knows nothing of HTTP or of where candidates come from."""

    def __init__(
        self,
        decoder: PhotoDecoder,
        engine: ImageEmbedder,
        surface: SurfaceChannel | None = None,
        fusion: FusionModel | None = None,
        likelihood: LikelihoodModel | None = None,
        detector: ObjectDetector | None = None,
    ) -> None:
        """All stay the caller's to close. Without ``surface`` or ``fusion`` the image channel answers alone; without
        ``likelihood`` there are neither labels nor coarse answers; without ``detector`` objects are found by their
        print alone.
        """
        self._opener = Opener(decoder, engine.input_size)
        self._engine = engine
        self._surface = surface if fusion else None
        self._fusion = fusion
        self._likelihood = likelihood
        self._tags = TagTexts(engine, likelihood.text_scale if likelihood else CLIP_SCALE)
        self._objects = Objects(
            detector=detector,
            lookups=ObjectLookups(
                opener=self._opener,
                engine=engine,
                surface=self._surface,
                fusion=self._fusion,
                likelihood=self._likelihood,
            ),
        )

    async def settle(self) -> None:
        """Wait for what was late and is still under way, before the parts are closed."""
        await self._objects.lookups.settle()

    async def recognize(
        self,
        photos: Sequence[bytes],
        search: CandidateSearch,
        *,
        limit: int,
        channels: frozenset[Channel],
        deadline: float,
        region: Region | None = None,
        text: str | None = None,
        tags: Tags = (),
        objects: bool = False,
        focus: bool = False,
    ) -> Recognition:
        """Answer one or several photos of one object, or a region of each, by the given channels; a ``text`` beside
        them is a hint, and without photos all that is asked. ``tags``: say which of these they look like, by the image
        channel. ``objects``: also look up each object of the one photo. ``focus``: look at the one object of a photo
        where it is small or aside; with no ``region``. ``deadline`` is on the event loop's clock.

        Raises:
            PhotoError: the bytes are no photo that can be used.
            Overloaded: too many photos wait for the model.
            TimeoutError: the deadline passed while the photo waited.

        """
        asked = text if Channel.TEXT in channels else None
        if not photos:
            async with asyncio.timeout_at(deadline):
                return await self._by_text(asked, search, limit)
        stages = Stages(beside=len(photos))
        finders = [self._finder(Stages(beside=len(photos)), search, channels) for _ in photos]
        with stages.lap("total"):
            reading = asyncio.create_task(self._read(asked, stages, search, max(limit, SHORTLIST)))
            tagging = asyncio.create_task(self._tags.beside(tags, stages))
            scanning: asyncio.Task[Coded | None] | None = None
            detecting: asyncio.Task[Sequence[Detected] | None] | None = None
            try:
                decoded = await self._opener.open_all(
                    photos,
                    [finder.stages for finder in finders],
                    least=finders[0].surface.edge // 2 if finders[0].surface else 0,
                    region=region,
                    detail=DETAIL if objects or focus else 1,
                )
                scanning = asyncio.create_task(_scanned(decoded, channels, stages, search))
                if objects:
                    detecting = asyncio.create_task(self._objects.detect(decoded[0], stages))
                chosen = await self._objects.focus(decoded, stages) if focus else [None for _ in decoded]
                decoded = [self._opener.cut(photo, place) for photo, place in zip(decoded, chosen, strict=True)]
                proposed = await all_of(
                    finder.propose(photo.image, self._opener.for_model(photo), limit=limit, deadline=deadline)
                    for finder, photo in zip(finders, decoded, strict=True)
                )
                typed, coded, tag_texts = await reading, await scanning, await tagging
                detected = await detecting if detecting else None
            finally:
                for task in filter(None, (reading, tagging, scanning, detecting)):
                    task.cancel()
            more = [one.references for one in (typed, coded) if one]
            found = await _weighed(finders, proposed, frozenset().union(*more))
            found = [
                [outwards(one, place) for one in some] if (place := focused or region) else some
                for some, focused in zip(found, chosen, strict=True)
            ]
            products = pooled(found)
            said = await _said(typed, products, search, stages)
            fusion = self._fusion if any(finder.surface_answered for finder in finders) else None
            with stages.lap("fusion"):
                candidates, judgement = rank(
                    products,
                    len(photos),
                    said,
                    coded.products if coded else {},
                    fusion=fusion,
                    thresholds=self._engine.thresholds,
                )
                likely = likelihood(products, len(photos), fusion=fusion, model=self._likelihood)
            seen_objects = None
            if objects:
                asked_each = Asked(search=search, limit=limit, channels=channels, deadline=deadline)
                seen_objects = await self._objects.look_up(
                    decoded[0], region, detected, proposed[0].surface, asked_each, coded, stages
                )
        for finder in finders:
            stages.add(finder.stages)
        return Recognition(
            photos=seen_all(photos, decoded, region, coded, chosen),
            candidates=candidates[:limit],
            further=candidates[limit:],
            judgement=judgement,
            timings=stages.laps,
            dropped=stages.dropped,
            likelihood=likely,
            coarse=coarse(likely) if judgement.verdict is not Verdict.MATCH else None,
            tags=self._tags.shares(tags, tag_texts, [one.image.vector for one in proposed]),
            objects=seen_objects,
        )

    async def _by_text(self, text: str | None, search: CandidateSearch, limit: int) -> Recognition:
        stages = Stages()
        products: list[Pooled] = []
        said: dict[UUID, Said] = {}
        with stages.lap("total"):
            if text is not None:
                with stages.lap("text"):
                    typed = await read_typed(text, self._engine, search, most=max(limit, TEXT_ALONE))
                with stages.lap("hint"):
                    hits = await compared(typed, typed.references, search)
                    said = await said_of(typed, hits, search)
                products = [Pooled(product=hit, evidence=(), photo=0, matched_by=()) for hit in hits.values()]
            candidates, judgement = rank(products, 0, said, {}, fusion=None, thresholds=None)
        return Recognition(
            photos=(),
            candidates=candidates[:limit],
            further=candidates[limit:],
            judgement=judgement,
            timings=stages.laps,
            dropped={},
        )

    def _finder(self, stages: Stages, search: CandidateSearch, channels: frozenset[Channel]) -> Finder:
        surface = self._surface if channels & {Channel.SURFACE, Channel.GEOMETRY} else None
        return Finder(stages=stages, engine=self._engine, surface=surface, search=search, channels=channels)

    async def _read(self, text: str | None, stages: Stages, search: CandidateSearch, most: int) -> Typed | None:
        """What was typed beside photos; left out where it is late or fails."""
        if text is None:
            return None
        # What asks the database is left to end by itself: a statement that is cut off costs its connection.
        return await stages.optional("text", asyncio.shield(read_typed(text, self._engine, search, most=most)))


async def _weighed(finders: Sequence[Finder], proposed: Sequence[Proposed], more: frozenset[UUID]) -> list[list[Found]]:
    """What speaks for each candidate of any photo, and of ``more``, by photo."""
    together = more.union(*(one.references for one in proposed))
    return await all_of(finder.weigh(one, together) for finder, one in zip(finders, proposed, strict=True))


async def _said(
    typed: Typed | None, products: Sequence[Pooled], search: CandidateSearch, stages: Stages
) -> dict[UUID, Said] | None:
    """What was typed beside photos says of these; left out where it is late or fails."""
    if typed is None:
        return None

    async def work() -> dict[UUID, Said]:
        references = [one.product.reference.id for one in products]
        return await said_of(typed, await compared(typed, references, search), search)

    return await stages.optional("hint", asyncio.shield(work()))


async def _scanned(
    photos: Sequence[Photo], channels: frozenset[Channel], stages: Stages, search: CandidateSearch
) -> Coded | None:
    """What codes in the photos name; left out where it is late or fails."""
    if Channel.BARCODE not in channels:
        return None
    return await stages.optional("codes", asyncio.shield(read_coded([photo.image for photo in photos], search)))
