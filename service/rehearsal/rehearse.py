"""Asks a catalog about its own pictures: each as it is where its product has others, else as a phone might see it; and
once more with its product left out, as a photo of something that the catalog does not hold.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import cv2
import numpy as np
import structlog
from numpy.typing import NDArray
from PIL import Image

from catalog.calibrations import SampledReference
from catalog.errors import ReferenceNotFound
from catalog.rehearsals import Seen
from catalog.storage.pictures import PictureStore
from service.recognition.answer import Recognition
from service.recognition.channels import Channel
from service.recognition.embedding.overload import Overloaded
from service.recognition.embedding.photo import PhotoDecoder, PhotoError
from service.recognition.pipeline import Recognizer
from service.recognition.question import Question
from service.recognition.search import CandidateSearch
from service.recognition.verdict.calibration import Answered
from service.rehearsal.field_views import field_view, handled
from service.rehearsal.hidden import Hiding

ASKED: Final = frozenset({Channel.IMAGE, Channel.SURFACE, Channel.GEOMETRY})
"""What a worker's photo is judged by where nothing is written on the object."""

MOST_REHEARSED: Final = 160
"""Pictures and views of a catalog that are asked about."""

VIEWS_OF_PICTURE: Final = 3
"""More views of the same picture say little more."""

CANDIDATES: Final = 5
SECONDS: Final = 30.0
TRIES: Final = 5
PAUSE_SECONDS: Final = 0.5
"""After an answer that lacks a stage: the machine is busy with something else."""

VIEW_EDGES: Final = (224, 416)
"""Long edge in px of a drawn view, between these: a view of the very reference is found more surely than a photo of the
same size. Set by training photos of groceries: with these, right answers about drawn views of references are still
somewhat surer than about other photos of the same products."""

DRAWN_FROM: Final = 1_024
"""Long edge in px that a picture is decoded to for a view."""

GROUND_BLUR: Final = 24.0
"""Sigma in px, at 480 px: of what lies behind, only its colours are to be seen."""

TWINS: Final = 0.5
"""Margin of scores below which the first two candidates are taken for twins. Left out, one of them leaves the other,
which no photo tells from it: that says nothing of strangers."""

ALIKE_COSINE: Final = 0.005
"""The same where the image channel answers alone."""

MOST_TOLD: Final = 20
"""Candidates of an answer that are kept at most."""


class Busy(Exception):
    """The machine is too busy to answer in full."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What to ask about: a picture, and another one to lie before; ``draw`` tells several views of one apart."""

    reference: SampledReference
    ground: SampledReference
    draw: int


def rehearsals(references: Sequence[SampledReference]) -> list[Rehearsal]:
    """Each of at most :data:`MOST_REHEARSED` pictures once; then those of which views are drawn, again."""
    grounds = [*references[1:], *references[:1]]
    pairs = list(zip(references, grounds, strict=True))[:MOST_REHEARSED]
    drawn = [pair for pair in pairs if not pair[0].others]
    more = (drawn * (VIEWS_OF_PICTURE - 1))[: MOST_REHEARSED - len(pairs)]
    return [
        Rehearsal(reference=reference, ground=ground, draw=at) for at, (reference, ground) in enumerate([*pairs, *more])
    ]


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """``answers``: about a picture's product there, and left out; fewer where nothing says how sure they are.
    ``seen``: what was found where it was there, None where the picture has gone or cannot be used.
    """

    answers: Sequence[Answered] = ()
    seen: Seen | None = None


@dataclass(frozen=True, kw_only=True)
class Rehearser:
    """The parts that it takes; all stay the caller's."""

    pictures: PictureStore
    decoder: PhotoDecoder
    recognizer: Recognizer

    async def rehearse(self, rehearsal: Rehearsal, search: CandidateSearch) -> Rehearsed:
        """The answers for a picture: of its product there, and left out.

        Raises:
            Busy: an answer was not to be had in full.

        """
        photo = await self._photo(rehearsal)
        if photo is None:
            return Rehearsed()
        product = rehearsal.reference.product_id
        there = await self._there(photo, rehearsal.reference, search)
        answers, seen = _answered(there, product), _seen(there, rehearsal.reference)
        if answers and _twins(there):
            return Rehearsed(answers=answers, seen=seen)
        left_out = await self._in_full(photo, Hiding(search=search, product=product))
        return Rehearsed(answers=answers + _answered(left_out, None), seen=seen)

    async def show(self, rehearsal: Rehearsal, search: CandidateSearch) -> Seen | None:
        """What is found in a picture whose product is there. None where it has gone or cannot be used.

        Raises:
            Busy: an answer was not to be had in full.

        """
        photo = await self._photo(rehearsal)
        if photo is None:
            return None
        return _seen(await self._there(photo, rehearsal.reference, search), rehearsal.reference)

    async def _there(self, photo: bytes, reference: SampledReference, search: CandidateSearch) -> Recognition | None:
        hidden = frozenset({reference.reference_id}) if reference.others else frozenset[UUID]()
        return await self._in_full(photo, Hiding(search=search, product=reference.product_id, references=hidden))

    async def _photo(self, rehearsal: Rehearsal) -> bytes | None:
        try:
            return await self._taken(rehearsal)
        except (ReferenceNotFound, PhotoError, ValueError) as error:
            log = structlog.get_logger("photocode.rehearsal")
            log.warning("reference not rehearsed", reference=str(rehearsal.reference.reference_id), reason=str(error))
            return None

    async def _taken(self, rehearsal: Rehearsal) -> bytes:
        reference = rehearsal.reference
        data = await self.pictures.get(reference.object_key)
        if reference.others:
            return data
        picture = await self._decoded(data)
        try:
            behind = await self._decoded(await self.pictures.get(rehearsal.ground.object_key))
        except (ReferenceNotFound, PhotoError):
            behind = picture  # what is wrong with another picture says nothing of this one
        return await asyncio.to_thread(_view, picture, behind, (reference.reference_id.int % 2**32, rehearsal.draw))

    async def _decoded(self, data: bytes) -> Image.Image:
        return (await self.decoder.decode(data, target=DRAWN_FROM // 2)).image

    async def _in_full(self, photo: bytes, search: CandidateSearch) -> Recognition | None:
        """An answer with every stage: one that was late would make the catalog look worse than it is. None where the
        picture is no photo that can be used.

        Raises:
            Busy: not to be had.

        """
        for _ in range(TRIES):
            deadline = asyncio.get_running_loop().time() + SECONDS
            question = Question(photos=[photo], limit=CANDIDATES, deadline=deadline, channels=ASKED)
            try:
                found = await self.recognizer.recognize(question, search)
                if not found.dropped:
                    return found
            except PhotoError:
                return None
            except (Overloaded, TimeoutError):
                pass
            await asyncio.sleep(PAUSE_SECONDS)
        raise Busy(f"{TRIES} answers lacked a stage, one after the other")


def _answered(found: Recognition | None, product: UUID | None) -> list[Answered]:
    """``product`` None: it is left out."""
    if found is None or found.judgement.logit is None:
        return []
    right = found.candidates[0].product.product_id == product
    return [Answered(logit=found.judgement.logit, right=right, absent=product is None, confirmed=False)]


def _seen(found: Recognition | None, reference: SampledReference) -> Seen | None:
    if found is None:
        return None
    ranked = [(one.product.product_id, one.score) for one in (*found.candidates, *found.further)]
    place = next((place for place, (product, _) in enumerate(ranked) if product == reference.product_id), None)
    told = ranked[:CANDIDATES]
    if place is not None:
        alike = TWINS if found.judgement.logit is not None else ALIKE_COSINE
        least = ranked[place][1] - alike
        told = [one for at, one in enumerate(ranked[:MOST_TOLD]) if at <= place or one[1] >= least]
    return Seen(
        reference_id=reference.reference_id,
        product_id=reference.product_id,
        drawn=not reference.others,
        rank=None if place is None else place + 1,
        candidates=told,
    )


def _twins(found: Recognition | None) -> bool:
    return found is not None and found.judgement.margin is not None and found.judgement.margin < TWINS


def _view(picture: Image.Image, behind: Image.Image, seed: tuple[int, int]) -> bytes:
    rng = np.random.default_rng(seed)
    ground = cv2.GaussianBlur(cv2.resize(_bgr(behind), (480, 360)), (0, 0), GROUND_BLUR)
    edge = int(rng.integers(*VIEW_EDGES))
    return field_view(handled(_bgr(picture), rng), np.asarray(ground, dtype=np.uint8), rng, long_edge=edge)


def _bgr(image: Image.Image) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(image.convert("RGB"), dtype=np.uint8)[..., ::-1])
