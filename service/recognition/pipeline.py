"""Photos of one object from their bytes to an answer: find candidates by every channel, weigh them, rank, read what is
written where that leaves the verdict open, judge.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from service.recognition.answer import Recognition
from service.recognition.channels import Channel
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.embedding.photo import PhotoDecoder
from service.recognition.evidence.coded import Coded
from service.recognition.evidence.sized import ScaleReader
from service.recognition.fusion import FusionModel
from service.recognition.gathering import Gathered, Gatherer
from service.recognition.objects.answering import Asked, ObjectLookups, SeenObject
from service.recognition.objects.detector import ObjectDetector
from service.recognition.objects.looking import Objects
from service.recognition.opening import Opener
from service.recognition.pooling import Pooled
from service.recognition.question import Question
from service.recognition.ranking import Candidate, rank
from service.recognition.reading.channel import ReadingChannel
from service.recognition.reading.written import Written, heard, may_be_written, named_by
from service.recognition.search import CandidateSearch
from service.recognition.seen import seen_all
from service.recognition.stages import Stages
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.tags import CLIP_SCALE, TagTexts
from service.recognition.text_alone import by_text
from service.recognition.typed import Said
from service.recognition.verdict.coarse import coarse
from service.recognition.verdict.differences import differences
from service.recognition.verdict.judge import Judgement, Verdict
from service.recognition.verdict.likelihood import Likelihood, LikelihoodModel, likelihood
from service.recognition.verdict.next_photo import NextPhoto, next_photo
from service.recognition.verdict.sized import decide, lifts
from service.recognition.weighing import Weighing


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    """All candidates, best first, with what is to be said of them."""

    candidates: Sequence[Candidate]
    judgement: Judgement
    likelihood: Likelihood | None

    @property
    def open(self) -> bool:
        """Whether it is no match."""
        return self.judgement.verdict is not Verdict.MATCH


class Recognizer:
    """The pipeline with its parts. Knows nothing of HTTP or of where candidates come from."""

    def __init__(
        self,
        decoder: PhotoDecoder,
        engine: ImageEmbedder,
        *,
        surface: SurfaceChannel | None = None,
        fusion: FusionModel | None = None,
        likelihood: LikelihoodModel | None = None,
        reading: ReadingChannel | None = None,
        scale: ScaleReader | None = None,
        detector: ObjectDetector | None = None,
    ) -> None:
        """All stay the caller's to close. Without ``surface`` or ``fusion`` the image channel answers alone; without
        ``likelihood`` there are neither labels nor coarse answers; without ``reading`` no text is read, without
        ``scale`` no card is looked for, and without ``detector`` objects are found by their print alone.
        """
        surface = surface if fusion else None
        self._engine = engine
        self._fusion = fusion
        self._likelihood = likelihood
        self._reading = reading
        self._scale = scale
        self._tags = TagTexts(engine, likelihood.text_scale if likelihood else CLIP_SCALE)
        opener = Opener(decoder, engine.input_size)
        lookups = ObjectLookups(opener=opener, engine=engine, surface=surface, likelihood=likelihood)
        self._objects = Objects(detector=detector, lookups=lookups)
        self._gatherer = Gatherer(
            opener=opener,
            engine=engine,
            surface=surface,
            scale=scale,
            objects=self._objects,
            tags=self._tags,
            least=reading.side if reading else 0,
        )

    async def settle(self) -> None:
        """Wait for what was late and is still under way, before the parts are closed."""
        await self._objects.lookups.settle()

    async def recognize(
        self, question: Question, search: CandidateSearch, fusion: FusionModel | None = None
    ) -> Recognition:
        """Answer a question by what this search finds. ``fusion``: as the shared model speaks in the catalog.

        Raises:
            PhotoError: the bytes are no photo that can be used.
            Overloaded: too many photos wait for the model.
            TimeoutError: the deadline passed while the photo waited.

        """
        if not question.photos:
            async with asyncio.timeout_at(question.deadline):
                return await by_text(question, search, self._engine)
        stages = Stages(beside=len(question.photos))
        with stages.lap("total"):
            gathered = await self._gatherer.gather(question, search, stages)
            weighing = gathered.weighing(question, search, stages, fusion or self._fusion)
            products, said = await weighing.weigh(gathered.references)
            ranked = self._rank(weighing, products, said, gathered)
            written: Written | None = None
            if Channel.READING in question.channels and _may_change(ranked, gathered.coded):
                written = await self._written(gathered, ranked, weighing)
            if written is not None:
                ranked = await self._with_text(written, weighing, products, said, gathered)
            advised = await _advised(ranked, gathered, weighing) if ranked.open else None
            objects = await self._seen_objects(question, gathered, weighing) if question.objects else None
        for finder in gathered.finders:
            stages.add(finder.stages)
        return self._recognition(question, gathered, ranked, written, advised, objects, stages)

    def _recognition(
        self,
        question: Question,
        gathered: Gathered,
        ranked: _Ranked,
        written: Written | None,
        advised: NextPhoto | None,
        objects: Sequence[SeenObject] | None,
        stages: Stages,
    ) -> Recognition:
        shown, everything = ranked.candidates[: question.limit], [one.product for one in ranked.candidates]
        told = differences(everything[: question.limit], everything, ranked.likelihood) if ranked.open else None
        vectors = [one.image.vector for one in gathered.proposed]
        return Recognition(
            photos=seen_all(
                question.photos,
                gathered.looked,
                question.region,
                gathered.coded,
                written,
                gathered.scaled,
                gathered.focused,
            ),
            candidates=shown,
            further=ranked.candidates[question.limit :],
            judgement=ranked.judgement,
            timings=stages.laps,
            dropped=stages.dropped,
            likelihood=ranked.likelihood,
            coarse=coarse(ranked.likelihood) if ranked.open else None,
            differences=told,
            next_photo=advised,
            tags=self._tags.shares(question.tags, gathered.tag_texts, vectors),
            objects=objects,
        )

    def _rank(
        self, weighing: Weighing, products: Sequence[Pooled], said: dict[UUID, Said] | None, gathered: Gathered
    ) -> _Ranked:
        photos = len(weighing.finders)
        fusion = weighing.fusion if any(finder.surface_answered for finder in weighing.finders) else None
        with weighing.stages.lap("fusion"):
            likely = likelihood(products, photos, fusion=fusion, model=self._likelihood)
            hits = [one.product for one in products]
            sizes = self._scale.compare(gathered.scaled, hits) if self._scale and gathered.scaled else {}
            candidates, judgement = rank(
                products,
                photos,
                said,
                gathered.coded.products if gathered.coded else {},
                fusion=fusion,
                thresholds=self._engine.thresholds,
                sizes=sizes,
                sized=lifts(likely, sizes),
                decided=decide(likely, sizes),
            )
        return _Ranked(candidates=candidates, judgement=judgement, likelihood=likely)

    async def _written(self, gathered: Gathered, ranked: _Ranked, weighing: Weighing) -> Written | None:
        """The text in photos; left out where products like these bear none, where it is late or fails."""
        if self._reading is None:
            return None
        stages, leading = weighing.stages, [one.product for one in ranked.candidates]
        if not self._reading.asked_always and not await stages.optional(
            "written", asyncio.shield(may_be_written(leading, weighing.search))
        ):
            return None
        lines = await stages.optional("reading", self._reading.read([photo.image for photo in gathered.opened]))
        return None if lines is None else Written.of(lines)

    async def _with_text(
        self,
        written: Written,
        weighing: Weighing,
        products: Sequence[Pooled],
        said: dict[UUID, Said] | None,
        gathered: Gathered,
    ) -> _Ranked:
        """Ranked anew, with the products that the text names among them."""
        stages, search = weighing.stages, weighing.search
        named = await stages.optional("written", asyncio.shield(named_by(written, search))) or {}
        if named.keys() - {one.product.product_id for one in products}:
            products, said = await weighing.weigh(gathered.references.union(named.values()))
        told = await stages.optional("written", asyncio.shield(heard(written, products, search)))
        return self._rank(weighing, told or products, said, gathered)

    async def _seen_objects(
        self, question: Question, gathered: Gathered, weighing: Weighing
    ) -> list[SeenObject] | None:
        asked = Asked(
            search=weighing.search,
            fusion=weighing.fusion,
            limit=question.limit,
            channels=question.channels,
            deadline=question.deadline,
        )
        return await self._objects.look_up(
            gathered.opened[0],
            question.region,
            gathered.detected,
            gathered.proposed[0].surface,
            asked,
            gathered.coded,
            weighing.stages,
        )


def _may_change(ranked: _Ranked, coded: Coded | None) -> bool:
    """Whether more evidence may change the verdict."""
    return ranked.open and not (coded and coded.products)


async def _advised(ranked: _Ranked, gathered: Gathered, weighing: Weighing) -> NextPhoto | None:
    """The next photo to take; none where it is late or fails."""
    vectors = [one.image.vector for one in gathered.proposed if one.image.vector is not None]
    advising = next_photo(ranked.likelihood, gathered.looked[-1].advice, vectors, weighing.search)
    return await weighing.stages.optional("next", asyncio.shield(advising))
