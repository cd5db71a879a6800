"""One photo from its bytes to an answer: decode, find candidates by every channel side by side, check, rank, judge."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from catalog.search.candidates import ProductHit
from service.recognition.channels import Channel
from service.recognition.embedding.decoding import shrink_factor
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import Photo, PhotoDecoder
from service.recognition.finding import Finder, Found
from service.recognition.fusion import Evidence, FusionModel
from service.recognition.region import Region
from service.recognition.search import CandidateSearch
from service.recognition.stages import Stages
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.verdict.judge import Judgement, judge, judge_fused


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
    """A product that the photo may show. ``score`` ranks, the higher the better: the cosine where the image channel
    answered alone, else the fused score, which compares within one answer only.
    """

    product: ProductHit
    score: float
    evidence: Evidence
    matched_by: tuple[Channel, ...]


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the pipeline found. ``timings`` are milliseconds by stage, ``dropped`` what was left out, and why."""

    photo: SeenPhoto
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
        data: bytes,
        search: CandidateSearch,
        *,
        limit: int,
        channels: frozenset[Channel],
        deadline: float,
        region: Region | None = None,
    ) -> Recognition:
        """Answer a photo, or a region of it, by the given channels. ``deadline`` is on the event loop's clock.

        Raises:
            PhotoError: the bytes are no photo that can be used.
            Overloaded: too many photos wait for the model.
            TimeoutError: the deadline passed while the photo waited.

        """
        stages = Stages()
        surface = self._surface if channels & {Channel.SURFACE, Channel.GEOMETRY} else None
        with stages.lap("total"):
            with stages.lap("decode"):
                target = max(self._engine.input_size, surface.edge // 2 if surface else 0)
                photo = await self._decoder.decode(data, target=region.target(target) if region else target)
                photo = region.cut(photo, target) if region else photo
            finder = Finder(stages=stages, engine=self._engine, surface=surface, search=search, channels=channels)
            found = await finder.find(photo.image, self._for_model(photo), limit=limit, deadline=deadline)
            found = [_outwards(one, region) for one in found] if region else found
            with stages.lap("fusion"):
                candidates, judgement = self._rank(found, fused=finder.surface_answered)
        return Recognition(
            photo=_seen(data, photo, region),
            candidates=candidates[:limit],
            judgement=judgement,
            timings=stages.laps,
            dropped=stages.dropped,
        )

    def _for_model(self, photo: Photo) -> Image.Image:
        """As large as the model is given it where no other channel needs more: its preprocessing costs by the pixel."""
        factor = shrink_factor(photo.image.size, self._engine.input_size)
        return photo.image.reduce(factor) if factor > 1 else photo.image

    def _rank(self, found: Sequence[Found], *, fused: bool) -> tuple[list[Candidate], Judgement]:
        if fused and self._fusion is not None and found:
            evidence = [one.evidence for one in found]
            scores = self._fusion.scores(evidence)
            ranked = _sorted(found, scores)
            return ranked, judge_fused(evidence, scores, self._fusion)
        ranked = _sorted(found, [one.evidence.image or 0.0 for one in found])
        return ranked, judge([one.score for one in ranked], self._engine.thresholds)


def _sorted(found: Sequence[Found], scores: Sequence[float]) -> list[Candidate]:
    order = sorted(range(len(found)), key=lambda place: (-scores[place], found[place].product.product_id))
    return [
        Candidate(
            product=found[place].product,
            score=scores[place],
            evidence=found[place].evidence,
            matched_by=found[place].matched_by,
        )
        for place in order
    ]


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
