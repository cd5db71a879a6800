"""Photos of one object from their bytes to an answer: decode, find candidates by every channel side by side, check,
rank, judge.
"""

import asyncio
import hashlib
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, TypeVar

from PIL import Image

from catalog.search.candidates import ProductHit
from service.recognition.channels import Channel
from service.recognition.embedding.decoding import shrink_factor
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import Photo, PhotoDecoder, PhotoError
from service.recognition.finding import Finder
from service.recognition.fusion import Evidence, FusionModel
from service.recognition.pooling import Pooled, pooled, views
from service.recognition.proposals import Found, Proposed
from service.recognition.region import Region
from service.recognition.search import CandidateSearch
from service.recognition.stages import Stages
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.verdict.judge import Judgement, judge, judge_fused

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
class Candidate:
    """A product that the photos may show. ``score`` ranks, the higher the better: the mean cosine where the image
    channel answered alone, else the fused score, which compares within one answer only. ``evidence`` is that of
    ``photo``: the place, from 0, of the photo that shows it best.
    """

    product: ProductHit
    score: float
    evidence: Evidence
    photo: int
    matched_by: tuple[Channel, ...]


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the pipeline found. ``timings`` are milliseconds by stage, of several photos the longest; ``dropped`` what
    was left out of any, and why.
    """

    photos: Sequence[SeenPhoto]
    candidates: Sequence[Candidate]
    judgement: Judgement
    timings: dict[str, float]
    dropped: dict[str, str]


class Recognizer:
    """The pipeline with its parts. Knows nothing of HTTP or of where candidates come from."""

    def __init__(
        self,
        decoder: PhotoDecoder,
        engine: ImageEmbedder,
        surface: SurfaceChannel | None = None,
        fusion: FusionModel | None = None,
    ) -> None:
        """All stay the caller's to close. Without ``surface`` or ``fusion`` the image channel answers alone."""
        self._decoder = decoder
        self._engine = engine
        self._surface = surface if fusion else None
        self._fusion = fusion

    async def recognize(
        self,
        photos: Sequence[bytes],
        search: CandidateSearch,
        *,
        limit: int,
        channels: frozenset[Channel],
        deadline: float,
        region: Region | None = None,
    ) -> Recognition:
        """Answer one or several photos of one object, or a region of each, by the given channels. ``deadline`` is on
        the event loop's clock.

        Raises:
            PhotoError: the bytes are no photo that can be used.
            Overloaded: too many photos wait for the model.
            TimeoutError: the deadline passed while the photo waited.

        """
        stages = Stages()
        surface = self._surface if channels & {Channel.SURFACE, Channel.GEOMETRY} else None
        finders = [
            Finder(
                stages=Stages(beside=len(photos)),
                engine=self._engine,
                surface=surface,
                search=search,
                channels=channels,
            )
            for _ in photos
        ]
        with stages.lap("total"):
            decoded = await _beside(
                self._decoded(data, finder, region, place if len(photos) > 1 else None)
                for place, (data, finder) in enumerate(zip(photos, finders, strict=True))
            )
            proposed = await _beside(
                finder.propose(photo.image, self._for_model(photo), limit=limit, deadline=deadline)
                for finder, photo in zip(finders, decoded, strict=True)
            )
            found = await _weighed(finders, proposed)
            if region:
                found = [[_outwards(one, region) for one in some] for some in found]
            with stages.lap("fusion"):
                candidates, judgement = self._rank(found, fused=any(finder.surface_answered for finder in finders))
        for finder in finders:
            stages.add(finder.stages)
        return Recognition(
            photos=[_seen(data, photo, region) for data, photo in zip(photos, decoded, strict=True)],
            candidates=candidates[:limit],
            judgement=judgement,
            timings=stages.laps,
            dropped=stages.dropped,
        )

    async def _decoded(self, data: bytes, finder: Finder, region: Region | None, place: int | None) -> Photo:
        target = max(self._engine.input_size, finder.surface.edge // 2 if finder.surface else 0)
        with finder.stages.lap("decode"):
            try:
                photo = await self._decoder.decode(data, target=region.target(target) if region else target)
            except PhotoError as error:
                raise PhotoError(error.code, place) from error
            return region.cut(photo, target) if region else photo

    def _for_model(self, photo: Photo) -> Image.Image:
        """As large as the model is given it where no other channel needs more: its preprocessing costs by the pixel."""
        factor = shrink_factor(photo.image.size, self._engine.input_size)
        return photo.image.reduce(factor) if factor > 1 else photo.image

    def _rank(self, found: Sequence[Sequence[Found]], *, fused: bool) -> tuple[list[Candidate], Judgement]:
        products = pooled(found)
        if fused and self._fusion is not None and products:
            evidence = views(products, len(found))
            scores = self._fusion.scores(evidence)
            return _sorted(products, scores), judge_fused(evidence, scores, self._fusion)
        ranked = _sorted(products, [fmean(seen.image or 0.0 for seen in one.evidence) for one in products])
        return ranked, judge([one.score for one in ranked], self._engine.thresholds)


async def _weighed(finders: Sequence[Finder], proposed: Sequence[Proposed]) -> list[list[Found]]:
    """What speaks for each candidate of any photo, by photo."""
    together = {reference for one in proposed for reference in one.references} if len(proposed) > 1 else ()
    return await _beside(finder.weigh(one, together) for finder, one in zip(finders, proposed, strict=True))


async def _beside(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What all give, in order; where some fail, the first of them by place says why."""
    given = await asyncio.gather(*work, return_exceptions=True)
    for one in given:
        if isinstance(one, BaseException):
            raise one
    return [one for one in given if not isinstance(one, BaseException)]


def _sorted(products: Sequence[Pooled], scores: Sequence[float]) -> list[Candidate]:
    order = sorted(range(len(products)), key=lambda place: (-scores[place], products[place].product.product_id))
    return [_candidate(products[place], scores[place]) for place in order]


def _candidate(one: Pooled, score: float) -> Candidate:
    return Candidate(
        product=one.product,
        score=score,
        evidence=one.evidence[one.photo],
        photo=one.photo,
        matched_by=one.matched_by,
    )


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
