"""Asks photos, one after the other, through the function that HTTP lookups call."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageOps

from catalog.errors import ReferenceNotFound
from catalog.galleries import Gallery
from mobile_contract.limits import LOOKUP_SECONDS
from service.bootstrap import Services
from service.evaluation.progress import Progress
from service.evaluation.queries import Query
from service.lookups.actions import recognize_photos
from service.recognition.answer import Recognition
from service.recognition.channels import Channel
from service.recognition.embedding.photo import PhotoError
from service.recognition.question import Question
from service.recognition.region import Region
from service.recognition.verdict.judge import Verdict

CANDIDATES = 10
WARM_UP = 3
LATE = "late"
"""Of :class:`~service.recognition.stages.Stages`: why a stage was given up."""
_ROTATED_QUALITY = 95


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a lookup answered: part numbers best first, name and reference image of the first, milliseconds by stage.

    ``logit``: the shared model's log-odds that the probability comes from, None where other than looks decided.
    ``label``: the most probable product with its probability, None where labels were not to be had. ``coarse``: whether
    all of the coarse answer was right, None where there was none.
    """

    part_numbers: tuple[str, ...]
    name: str
    reference_id: UUID | None
    verdict: Verdict
    score: float | None
    probability: float | None
    timings: dict[str, float]
    dropped: tuple[str, ...] = ()
    logit: float | None = None
    label: str | None = None
    label_probability: float | None = None
    coarse: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query with its answers, one for each set of channels in their order."""

    query: Query
    answers: tuple[Answer, ...]

    def rank(self, at: int = 0) -> int:
        """Place of the true product among the candidates, from 1; 0 where it is not among them."""
        numbers = self.answers[at].part_numbers
        return numbers.index(self.query.part_number) + 1 if self.query.part_number in numbers else 0


class Asker:
    """Asks photos of one gallery."""

    def __init__(
        self,
        parts: Services,
        gallery: Gallery,
        channel_sets: Sequence[frozenset[Channel]],
        *,
        rotate: float = 0.0,
        ask_again: int = 0,
    ) -> None:
        """``rotate``: degrees, counter-clockwise, by which every photo is turned before it is asked. ``ask_again``: how
        often a photo is asked again while an answer lacks a stage that was late.
        """
        self._parts = parts
        self._gallery = gallery
        self._channel_sets = channel_sets
        self._rotate = rotate
        self._ask_again = ask_again

    async def ask_all(self, queries: Sequence[Query], progress: Progress) -> tuple[list[Asked], list[str]]:
        """Answers, and a sentence for each photo that could not be asked."""
        asked: list[Asked] = []
        failures: list[str] = []
        for query in queries[:WARM_UP]:
            await self._ask(query)
        for number, query in enumerate(queries, start=1):
            answer = await self._ask(query)
            if isinstance(answer, Asked):
                asked.append(answer)
            else:
                failures.append(answer)
            progress("asking photos", number, len(queries))
        return asked, failures

    async def _ask(self, query: Query) -> Asked | str:
        try:
            photos = await self.photos(query)
            answers = [await self._recognize(photos, query, channels) for channels in self._channel_sets]
        except OSError as error:
            # A timeout is an OSError too, without a sentence of its own.
            reason = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
            return f"photo {query.name}: {reason}"
        except (PhotoError, ReferenceNotFound) as error:
            return f"photo {query.name}: {error}"
        return Asked(query=query, answers=tuple(answers))

    async def photos(self, query: Query) -> list[bytes]:
        """A query's photos as they are asked.

        Raises:
            OSError, ReferenceNotFound: one is not there or no picture.

        """
        return [await self._photo(source, query.region) for source in query.sources]

    async def _photo(self, source: Path | str, region: Region | None) -> bytes:
        if isinstance(source, Path):
            content = await asyncio.to_thread(source.read_bytes)
        else:
            content = await self._parts.pictures.get(source)
        return await asyncio.to_thread(rotated, content, self._rotate, region) if self._rotate else content

    async def _recognize(self, photos: Sequence[bytes], query: Query, channels: frozenset[Channel]) -> Answer:
        for _ in range(self._ask_again):
            found = await self._recognize_once(photos, query, channels)
            if LATE not in found.dropped.values():
                return _answer(found, query)
        return _answer(await self._recognize_once(photos, query, channels), query)

    async def _recognize_once(self, photos: Sequence[bytes], query: Query, channels: frozenset[Channel]) -> Recognition:
        deadline = asyncio.get_running_loop().time() + LOOKUP_SECONDS
        question = Question(
            photos=photos,
            limit=CANDIDATES,
            deadline=deadline,
            channels=channels,
            # What was turned was cut to its region before.
            region=None if self._rotate else query.region,
            text=query.text,
        )
        async with self._parts.traffic.lookup():
            return await recognize_photos(self._parts, self._gallery, question)


def rotated(content: bytes, degrees: float, region: Region | None = None) -> bytes:
    """A picture, or a region of it, turned counter-clockwise on grey ground; a JPEG large enough to lose nothing by it.

    Raises:
        OSError: the bytes are no picture.

    """
    with Image.open(io.BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright = upright.crop(region.box(upright.size)) if region else upright
    turned = upright.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128))
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", quality=_ROTATED_QUALITY, subsampling=0)
    return buffer.getvalue()


def _answer(found: Recognition, query: Query) -> Answer:
    judgement = found.judgement
    label = found.likelihood.products[0] if found.likelihood and found.likelihood.products else None
    return Answer(
        part_numbers=tuple(one.product.part_number for one in found.candidates),
        name=found.candidates[0].product.name if found.candidates else "",
        reference_id=found.candidates[0].product.reference.id if found.candidates else None,
        verdict=judgement.verdict,
        score=judgement.score,
        probability=judgement.probability,
        logit=judgement.logit,
        timings=found.timings,
        dropped=tuple(found.dropped),
        label=label.product.part_number if label else None,
        label_probability=label.exact if label else None,
        coarse={one.statement for one in found.coarse.certain} <= query.truth if found.coarse else None,
    )
