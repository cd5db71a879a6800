"""Photos of one object from their bytes to an answer: decode, find candidates by every channel side by side, check,
rank, judge.
"""

import asyncio
import hashlib
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from PIL import Image

from service.recognition.channels import Channel
from service.recognition.embedding.decoding import shrink_factor
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import Photo, PhotoDecoder, PhotoError
from service.recognition.finding import Finder
from service.recognition.fusion import FusionModel
from service.recognition.pooling import Pooled, pooled
from service.recognition.proposals import Found, Proposed
from service.recognition.ranking import Candidate, rank
from service.recognition.region import Region
from service.recognition.search import CandidateSearch
from service.recognition.stages import Stages
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.tags import CLIP_SCALE, Tags, TagShare, TagTexts
from service.recognition.typed import Said, Typed, compared, read_typed, said_of
from service.recognition.verdict.coarse import Coarse, coarse
from service.recognition.verdict.judge import Judgement, Verdict
from service.recognition.verdict.likelihood import Likelihood, LikelihoodModel, likelihood

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class SeenPhoto:
    """Facts of the photo as it came. Sizes are of the upright original, in pixels; ``advice`` is on the ``region``
    that was looked at, on all of it where that is None.
    """

    sha256: str
    width: int
    height: int
    format: str
    advice: tuple[str, ...]
    region: Region | None


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the pipeline found. ``timings`` are milliseconds by stage, of several photos the longest; ``dropped`` what
    was left out of any, and why. ``likelihood`` is of all that was ranked, not of the ``candidates`` alone; None where
    no photo was asked. ``coarse``: what can be said where the verdict is not ``match``. ``tags``: None where none were
    asked for or to be had.
    """

    photos: Sequence[SeenPhoto]
    candidates: Sequence[Candidate]
    judgement: Judgement
    timings: dict[str, float]
    dropped: dict[str, str]
    likelihood: Likelihood | None = None
    coarse: Coarse | None = None
    tags: Sequence[TagShare] | None = None


class Recognizer:
    """The pipeline with its parts. Knows nothing of HTTP or of where candidates come from."""

    def __init__(
        self,
        decoder: PhotoDecoder,
        engine: ImageEmbedder,
        surface: SurfaceChannel | None = None,
        fusion: FusionModel | None = None,
        likelihood: LikelihoodModel | None = None,
    ) -> None:
        """All stay the caller's to close. Without ``surface`` or ``fusion`` the image channel answers alone; without
        ``likelihood`` there are neither labels nor coarse answers.
        """
        self._decoder = decoder
        self._engine = engine
        self._surface = surface if fusion else None
        self._fusion = fusion
        self._likelihood = likelihood
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
            reading = asyncio.create_task(self._read(asked, stages, search, limit))
            tagging = asyncio.create_task(self._tags.beside(tags, stages))
            try:
                decoded = await self._decode_all(photos, finders, region)
                proposed = await _beside(
                    finder.propose(photo.image, self._for_model(photo), limit=limit, deadline=deadline)
                    for finder, photo in zip(finders, decoded, strict=True)
                )
                typed, tag_texts = await reading, await tagging
            finally:
                reading.cancel()
                tagging.cancel()
            found = await _weighed(finders, proposed, typed.references if typed else frozenset())
            if region:
                found = [[_outwards(one, region) for one in some] for some in found]
            products = pooled(found)
            said = await _said(typed, products, search, stages)
            fusion = self._fusion if any(finder.surface_answered for finder in finders) else None
            with stages.lap("fusion"):
                candidates, judgement = rank(
                    products, len(photos), said, fusion=fusion, thresholds=self._engine.thresholds
                )
                likely = likelihood(products, len(photos), fusion=fusion, model=self._likelihood)
        for finder in finders:
            stages.add(finder.stages)
        return Recognition(
            photos=[_seen(data, photo, region) for data, photo in zip(photos, decoded, strict=True)],
            candidates=candidates[:limit],
            judgement=judgement,
            timings=stages.laps,
            dropped=stages.dropped,
            likelihood=likely,
            coarse=coarse(likely) if judgement.verdict is not Verdict.MATCH else None,
            tags=self._tags.shares(tags, tag_texts, [one.image.vector for one in proposed]),
        )

    async def _by_text(self, text: str | None, search: CandidateSearch, limit: int) -> Recognition:
        stages = Stages()
        products: list[Pooled] = []
        said: dict[UUID, Said] = {}
        with stages.lap("total"):
            if text is not None:
                with stages.lap("text"):
                    typed = await read_typed(text, self._engine, search, limit=limit)
                with stages.lap("hint"):
                    hits = await compared(typed, typed.references, search)
                    said = await said_of(typed, hits, search)
                products = [Pooled(product=hit, evidence=(), photo=0, matched_by=()) for hit in hits.values()]
            candidates, judgement = rank(products, 0, said, fusion=None, thresholds=None)
        return Recognition(
            photos=(), candidates=candidates[:limit], judgement=judgement, timings=stages.laps, dropped={}
        )

    def _finder(self, stages: Stages, search: CandidateSearch, channels: frozenset[Channel]) -> Finder:
        surface = self._surface if channels & {Channel.SURFACE, Channel.GEOMETRY} else None
        return Finder(stages=stages, engine=self._engine, surface=surface, search=search, channels=channels)

    async def _read(self, text: str | None, stages: Stages, search: CandidateSearch, limit: int) -> Typed | None:
        """What was typed beside photos; left out where it is late or fails."""
        if text is None:
            return None
        # What asks the database is left to end by itself: a statement that is cut off costs its connection.
        return await stages.optional("text", asyncio.shield(read_typed(text, self._engine, search, limit=limit)))

    async def _decode_all(
        self, photos: Sequence[bytes], finders: Sequence[Finder], region: Region | None
    ) -> list[Photo]:
        return await _beside(
            self._decoded(data, finder, region, place if len(photos) > 1 else None)
            for place, (data, finder) in enumerate(zip(photos, finders, strict=True))
        )

    async def _decoded(self, data: bytes, finder: Finder, region: Region | None, place: int | None) -> Photo:
        target = max(self._engine.input_size, finder.surface.edge // 2 if finder.surface else 0)
        with finder.stages.lap("decode"):
            try:
                if region is None:
                    return await self._decoder.decode(data, target=target, beside=finder.stages.beside)
                return region.cut(await self._decoded_for(region, data, target, finder.stages.beside), target)
            except PhotoError as error:
                raise PhotoError(error.code, place) from error

    async def _decoded_for(self, region: Region, data: bytes, target: int, beside: int) -> Photo:
        """As large as the region needs it; a photo that has no room as large is none to be refused for that."""
        wanted = region.target(target)
        try:
            return await self._decoder.decode(data, target=wanted, beside=beside)
        except PhotoError as error:
            # So a decoder says that memory did not suffice; what took too long would do so again.
            if wanted == target or error.code != "photo_unreadable":
                raise
        return await self._decoder.decode(data, target=target, beside=beside)

    def _for_model(self, photo: Photo) -> Image.Image:
        """As large as the model is given it where no other channel needs more: its preprocessing costs by the pixel."""
        factor = shrink_factor(photo.image.size, self._engine.input_size)
        return photo.image.reduce(factor) if factor > 1 else photo.image


async def _weighed(finders: Sequence[Finder], proposed: Sequence[Proposed], more: frozenset[UUID]) -> list[list[Found]]:
    """What speaks for each candidate of any photo, and of ``more``, by photo."""
    together = more.union(*(one.references for one in proposed))
    return await _beside(finder.weigh(one, together) for finder, one in zip(finders, proposed, strict=True))


async def _beside(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What all give, in order; where some fail, the first of them by place says why."""
    given = await asyncio.gather(*work, return_exceptions=True)
    for one in given:
        if isinstance(one, BaseException):
            raise one
    return [one for one in given if not isinstance(one, BaseException)]


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


def _outwards(one: Found, region: Region) -> Found:
    """With the outline in the whole photo."""
    seen = one.evidence.verified
    if seen is None or seen.outline is None:
        return one
    return replace(one, evidence=replace(one.evidence, verified=replace(seen, outline=region.outwards(seen.outline))))


def _seen(data: bytes, photo: Photo, region: Region | None) -> SeenPhoto:
    return SeenPhoto(
        sha256=hashlib.sha256(data).hexdigest(),
        width=photo.width,
        height=photo.height,
        format=photo.format,
        advice=photo.advice,
        region=region,
    )
