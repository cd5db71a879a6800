"""One photo from its bytes to an answer: decode, embed, search, judge."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from catalog.search.candidates import ProductHit
from catalog.search.vectors import Vector
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import PhotoDecoder
from service.recognition.verdict.judge import Judgement, judge

Search = Callable[[Vector, int], Awaitable[Sequence[ProductHit]]]
"""The port to the catalog: the products nearest to a vector, at most so many, best first."""


@dataclass(frozen=True, kw_only=True)
class SeenPhoto:
    """Facts of the photo as it came. Sizes are of the upright original, in pixels."""

    sha256: str
    width: int
    height: int
    format: str
    advice: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the pipeline found. ``timings`` are milliseconds by stage."""

    photo: SeenPhoto
    hits: Sequence[ProductHit]
    judgement: Judgement
    timings: dict[str, float]


@dataclass
class Stopwatch:
    """Milliseconds by stage."""

    laps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def lap(self, stage: str) -> Iterator[None]:
        """Time a block."""
        start = time.perf_counter()
        yield
        self.laps[stage] = round((time.perf_counter() - start) * 1000, 3)


class Recognizer:
    """The pipeline with its parts. Knows nothing of HTTP or of where candidates come from."""

    def __init__(self, decoder: PhotoDecoder, engine: ImageEmbedder) -> None:
        """Both stay the caller's to close."""
        self._decoder = decoder
        self._engine = engine

    async def recognize(self, data: bytes, search: Search, *, limit: int, deadline: float) -> Recognition:
        """Answer a photo. ``deadline`` is on the event loop's clock.

        Raises:
            PhotoError: the bytes are no photo that can be used.
            Overloaded: too many photos wait for the model.
            TimeoutError: the deadline passed while the photo waited.

        """
        watch = Stopwatch()
        with watch.lap("total"):
            with watch.lap("decode"):
                photo = await self._decoder.decode(data, target=self._engine.input_size)
            with watch.lap("embed"):
                vector = await self._engine.embed_image(photo.image, deadline=deadline)
            with watch.lap("search"):
                # The second product is needed for the margin, even where one candidate is asked for.
                hits = await search(vector, max(limit, 2))
            judgement = judge([hit.score for hit in hits], self._engine.thresholds)
        seen = SeenPhoto(
            sha256=hashlib.sha256(data).hexdigest(),
            width=photo.width,
            height=photo.height,
            format=photo.format,
            advice=photo.advice,
        )
        return Recognition(photo=seen, hits=hits[:limit], judgement=judgement, timings=watch.laps)
