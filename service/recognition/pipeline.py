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
from service.recognition.opening import Opener
from service.recognition.pooling import Pooled
from service.recognition.ranking import Candidate, rank
from service.recognition.reading.channel import ReadingChannel
from service.recognition.reading.written import Written, heard, may_be_written, named_by
from service.recognition.region import Region
from service.recognition.search import CandidateSearch
from service.recognition.seen import SeenPhoto, seen_all
from service.recognition.stages import Stages, all_of
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.tags import CLIP_SCALE, Tags, TagShare, TagTexts
from service.recognition.typed import SHORTLIST, TEXT_ALONE, Said, Typed, compared, read_typed, said_of
from service.recognition.verdict.coarse import Coarse, coarse
from service.recognition.verdict.judge import Judgement, Verdict
from service.recognition.verdict.likelihood import Likelihood, LikelihoodModel, likelihood
from service.recognition.verdict.next_photo import NextPhoto, next_photo
from service.recognition.weighing import Weighing


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the pipeline found. ``candidates`` are as many as were asked for, ``further`` all that were ranked after
    them. ``timings`` are milliseconds by stage, of several photos the longest; ``dropped`` what was left out of any,
    and why. ``likelihood`` is of all that was ranked; None where no photo was asked. ``coarse``: what can be said where
    the verdict is not ``match``; ``next_photo``: which one to take then. ``tags``: None where none were asked for or to
    be had.
    """

    photos: Sequence[SeenPhoto]
    candidates: Sequence[Candidate]
    further: Sequence[Candidate]
    judgement: Judgement
    timings: dict[str, float]
    dropped: dict[str, str]
    likelihood: Likelihood | None = None
    coarse: Coarse | None = None
    next_photo: NextPhoto | None = None
    tags: Sequence[TagShare] | None = None


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    """All candidates, best first, with what is to be said of them."""

    candidates: Sequence[Candidate]
    judgement: Judgement
    likelihood: Likelihood | None


class Recognizer:
    """The pipeline with its parts. Knows nothing of HTTP or of where candidates come from."""

    def __init__(
        self,
        decoder: PhotoDecoder,
        engine: ImageEmbedder,
        surface: SurfaceChannel | None = None,
        fusion: FusionModel | None = None,
        likelihood: LikelihoodModel | None = None,
        reading: ReadingChannel | None = None,
    ) -> None:
        """All stay the caller's to close. Without ``surface`` or ``fusion`` the image channel answers alone; without
        ``likelihood`` there are neither labels nor coarse answers, without ``reading`` no text is read.
        """
        self._opener = Opener(decoder, engine.input_size)
        self._engine = engine
        self._surface = surface if fusion else None
        self._fusion = fusion
        self._likelihood = likelihood
        self._reading = reading
        self._tags = TagTexts(engine, likelihood.text_scale if likelihood else CLIP_SCALE)

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
    ) -> Recognition:
        """Answer one or several photos of one object, or a region of each, by the given channels; a ``text`` beside
        them is a hint, and without photos all that is asked. ``tags``: say which of these they look like, by the image
        channel. ``deadline`` is on the event loop's clock.

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
            typing = asyncio.create_task(self._read(asked, stages, search, max(limit, SHORTLIST)))
            tagging = asyncio.create_task(self._tags.beside(tags, stages))
            scanning: asyncio.Task[Coded | None] | None = None
            try:
                decoded = await self._opener.open_all(
                    photos,
                    [finder.stages for finder in finders],
                    least=self._least(finders[0]),
                    region=region,
                )
                scanning = asyncio.create_task(_scanned(decoded, channels, stages, search))
                proposed = await all_of(
                    finder.propose(photo.image, self._opener.for_model(photo), limit=limit, deadline=deadline)
                    for finder, photo in zip(finders, decoded, strict=True)
                )
                typed, coded, tag_texts = await typing, await scanning, await tagging
            finally:
                for task in filter(None, (typing, tagging, scanning)):
                    task.cancel()
            more = frozenset().union(*(one.references for one in (typed, coded) if one))
            weighing = Weighing(
                finders=finders, proposed=proposed, region=region, typed=typed, search=search, stages=stages
            )
            products, said = await weighing.weigh(more)
            ranked = self._rank(weighing, products, said, coded)
            written: Written | None = None
            if Channel.READING in channels and _open(ranked.judgement, coded):
                written = await self._written(decoded, products, weighing)
            if written is not None:
                named = await stages.optional("written", asyncio.shield(named_by(written, search))) or {}
                if named.keys() - {one.product.product_id for one in products}:
                    products, said = await weighing.weigh(more.union(named.values()))
                told = await stages.optional("written", asyncio.shield(heard(written, products, search)))
                ranked = self._rank(weighing, told or products, said, coded)
            advised = await _advised(ranked, decoded, weighing)
        for finder in finders:
            stages.add(finder.stages)
        return Recognition(
            photos=seen_all(photos, decoded, region, coded, written),
            candidates=ranked.candidates[:limit],
            further=ranked.candidates[limit:],
            judgement=ranked.judgement,
            timings=stages.laps,
            dropped=stages.dropped,
            likelihood=ranked.likelihood,
            coarse=coarse(ranked.likelihood) if ranked.judgement.verdict is not Verdict.MATCH else None,
            next_photo=advised,
            tags=self._tags.shares(tags, tag_texts, [one.image.vector for one in proposed]),
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

    def _rank(
        self, weighing: Weighing, products: Sequence[Pooled], said: dict[UUID, Said] | None, coded: Coded | None
    ) -> "_Ranked":
        photos = len(weighing.finders)
        fusion = self._fusion if any(finder.surface_answered for finder in weighing.finders) else None
        with weighing.stages.lap("fusion"):
            candidates, judgement = rank(
                products,
                photos,
                said,
                coded.products if coded else {},
                fusion=fusion,
                thresholds=self._engine.thresholds,
            )
            likely = likelihood(products, photos, fusion=fusion, model=self._likelihood)
        return _Ranked(candidates=candidates, judgement=judgement, likelihood=likely)

    async def _written(self, photos: Sequence[Photo], products: Sequence[Pooled], weighing: Weighing) -> Written | None:
        """The text in photos; left out where products like these bear none, where it is late or fails."""
        if self._reading is None:
            return None
        stages, search = weighing.stages, weighing.search
        if not self._reading.always and not await stages.optional(
            "written", asyncio.shield(may_be_written(products, search))
        ):
            return None
        lines = await stages.optional("reading", self._reading.read([photo.image for photo in photos]))
        return None if lines is None else Written.of(lines)

    def _least(self, finder: Finder) -> int:
        """Half of what the shorter side of a photo should have for more than the model."""
        surface = finder.surface.edge // 2 if finder.surface else 0
        return max(surface, self._reading.side // 2 if self._reading else 0)

    def _finder(self, stages: Stages, search: CandidateSearch, channels: frozenset[Channel]) -> Finder:
        surface = self._surface if channels & {Channel.SURFACE, Channel.GEOMETRY} else None
        return Finder(stages=stages, engine=self._engine, surface=surface, search=search, channels=channels)

    async def _read(self, text: str | None, stages: Stages, search: CandidateSearch, most: int) -> Typed | None:
        """What was typed beside photos; left out where it is late or fails."""
        if text is None:
            return None
        # What asks the database is left to end by itself: a statement that is cut off costs its connection.
        return await stages.optional("text", asyncio.shield(read_typed(text, self._engine, search, most=most)))


async def _scanned(
    photos: Sequence[Photo], channels: frozenset[Channel], stages: Stages, search: CandidateSearch
) -> Coded | None:
    """What codes in the photos name; left out where it is late or fails."""
    if Channel.BARCODE not in channels:
        return None
    return await stages.optional("codes", asyncio.shield(read_coded([photo.image for photo in photos], search)))


def _open(judgement: Judgement, coded: Coded | None) -> bool:
    """Whether more evidence may change the verdict."""
    return judgement.verdict is not Verdict.MATCH and not (coded and coded.products)


async def _advised(ranked: _Ranked, photos: Sequence[Photo], weighing: Weighing) -> NextPhoto | None:
    """The next photo to take; none where the verdict is certain, where it is late or fails."""
    if ranked.judgement.verdict is Verdict.MATCH:
        return None
    vectors = [one.image.vector for one in weighing.proposed if one.image.vector is not None]
    advising = next_photo(ranked.likelihood, photos[-1].advice, vectors, weighing.search)
    return await weighing.stages.optional("next", asyncio.shield(advising))
