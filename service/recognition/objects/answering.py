"""What each object of a photo is: a lookup for each box, side by side, so that the model sees them in one batch."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog

from service.recognition.channels import Channel
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.overload import Overloaded
from service.recognition.embedding.photo import Photo
from service.recognition.evidence.coded import Coded, CodeName
from service.recognition.finding import Finder
from service.recognition.fusion import FusionModel
from service.recognition.objects.boxes import Detected, around, holds, in_whole, padded, same
from service.recognition.opening import Opener
from service.recognition.pooling import pooled
from service.recognition.ranking import Candidate, rank
from service.recognition.region import Region
from service.recognition.search import CandidateSearch
from service.recognition.seen import outwards
from service.recognition.stages import BUDGETS, Stages
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.verdict.coarse import Coarse, coarse
from service.recognition.verdict.judge import Judgement, Verdict
from service.recognition.verdict.likelihood import LikelihoodModel, likelihood

MARGIN: Final = 0.08
"""Of a box's size, that is looked at around it: what was detected may be a little more than was seen of it."""

STAGE: Final = "objects"


@dataclass(frozen=True, kw_only=True)
class SeenObject:
    """An object and what it may be. ``region``: in the whole photo, as it was looked at; ``confidence``: of the
    detector. The rest is as in an answer of a photo that shows this region alone.
    """

    region: Region
    confidence: float
    candidates: Sequence[Candidate]
    judgement: Judgement
    dropped: dict[str, str]
    coarse: Coarse | None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a lookup asks of each object. ``deadline``: on the event loop's clock; ``fusion``: as the catalog has it."""

    search: CandidateSearch
    fusion: FusionModel | None
    limit: int
    channels: frozenset[Channel]
    deadline: float


@dataclass(frozen=True, kw_only=True)
class ObjectLookups:
    """Looks objects of one photo up. ``surface`` None leaves surface and geometry out. All parts stay the caller's."""

    opener: Opener
    engine: ImageEmbedder
    surface: SurfaceChannel | None
    likelihood: LikelihoodModel | None
    under_way: set[asyncio.Task[SeenObject]] = field(default_factory=set)

    async def settle(self) -> None:
        """Wait for what was late: a statement that is cut off costs its connection, so it is left to end by itself."""
        if self.under_way:
            await asyncio.wait(self.under_way)

    async def look_up(
        self,
        photo: Photo,
        within: Region | None,
        found: Sequence[Detected],
        asked: Asked,
        coded: Coded | None,
        stages: Stages,
    ) -> list[SeenObject]:
        """An answer an object, each once, in the order of ``found``; what is late or fails is left out, and ``stages``
        say so. ``photo`` holds the pixels of ``within``, a region of the whole photo, and so do the boxes ``found``;
        ``coded`` are the photo's codes, of which an object has those that lie in it.
        """
        work = [self._one(photo, within, one, asked, coded, Stages(beside=len(found) + 1)) for one in found]
        with stages.lap(STAGE):
            return once(await self._in_time(work, BUDGETS[STAGE], stages))

    async def _one(
        self,
        photo: Photo,
        within: Region | None,
        found: Detected,
        asked: Asked,
        coded: Coded | None,
        stages: Stages,
    ) -> SeenObject:
        box = padded(found.region, MARGIN)
        seen = self.opener.cut(photo, box)
        named, more = _named(coded, box)
        finder = Finder(
            stages=stages,
            engine=self.engine,
            surface=self.surface if asked.channels & {Channel.SURFACE, Channel.GEOMETRY} else None,
            search=asked.search,
            channels=asked.channels,
        )
        proposed = await finder.propose(
            seen.image, self.opener.for_model(seen), limit=asked.limit, deadline=asked.deadline
        )
        region = in_whole(box, within)
        weighed = await finder.weigh(proposed, more, fusion=asked.fusion)
        products = pooled([[outwards(one, region) for one in weighed]])
        fusion = asked.fusion if finder.surface_answered else None
        candidates, judgement = rank(products, 1, None, named, fusion=fusion, thresholds=self.engine.thresholds)
        likely = likelihood(products, 1, fusion=fusion, model=self.likelihood)
        return SeenObject(
            region=region,
            confidence=found.confidence,
            candidates=candidates[: asked.limit],
            judgement=judgement,
            dropped=stages.dropped,
            coarse=coarse(likely) if judgement.verdict is not Verdict.MATCH else None,
        )

    async def _in_time(
        self, work: Sequence[Coroutine[Any, Any, SeenObject]], seconds: float, stages: Stages
    ) -> list[SeenObject]:
        """What comes in time, in order; of the rest ``stages`` say why it is not there."""
        tasks = [asyncio.create_task(one) for one in work]
        if not tasks:
            return []
        self.under_way.update(tasks)
        for task in tasks:
            task.add_done_callback(self._ended)
        done, late = await asyncio.wait(tasks, timeout=seconds)
        if late:
            stages.dropped[STAGE] = "late"
        failed = {task: error for task in done if (error := task.exception())}
        for error in failed.values():
            stages.dropped.setdefault(STAGE, "late" if isinstance(error, TimeoutError | Overloaded) else "failed")
        return [task.result() for task in tasks if task in done and task not in failed]

    def _ended(self, task: asyncio.Task[SeenObject]) -> None:
        self.under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            structlog.get_logger("photocode.recognition").error("object not looked up", exc_info=error)


def once(seen: Sequence[SeenObject]) -> list[SeenObject]:
    """Without boxes that turn out to show a product where a surer box has shown it already, by geometry."""
    kept: list[SeenObject] = []
    for one in seen:
        place = _confirmed(one)
        if place is None or not any(
            (other := _confirmed(before)) and other[0] == place[0] and same(other[1], place[1]) for before in kept
        ):
            kept.append(one)
    return kept


def _confirmed(one: SeenObject) -> tuple[UUID, Region] | None:
    """The first candidate and where it lies, if geometry confirms it."""
    first = one.candidates[0] if one.candidates else None
    if first is None or Channel.GEOMETRY not in first.matched_by:
        return None
    verified = first.evidence.verified
    return (first.product.product_id, around(verified.outline)) if verified and verified.outline else None


def _named(coded: Coded | None, box: Region) -> tuple[dict[UUID, CodeName], frozenset[UUID]]:
    """The products that codes in the box name, and references of what codes name."""
    if coded is None:
        return {}, frozenset()
    here = {code.text for codes in coded.codes for code in codes if holds(box, code.outline)}
    named = {product: name for product, name in coded.products.items() if name.text in here}
    return named, coded.references if named else frozenset()
