"""A text without a photo: what it is like and what it names."""

from uuid import UUID

from service.recognition.answer import Recognition
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.pooling import Pooled
from service.recognition.question import Question
from service.recognition.ranking import rank
from service.recognition.search import CandidateSearch
from service.recognition.stages import Stages
from service.recognition.typed import TEXT_ALONE, Said, compared, read_typed, said_of
from service.recognition.verdict.differences import differences
from service.recognition.verdict.judge import Verdict


async def by_text(question: Question, search: CandidateSearch, engine: ImageEmbedder) -> Recognition:
    """The answer to a question without photos."""
    stages = Stages()
    products: list[Pooled] = []
    said: dict[UUID, Said] = {}
    with stages.lap("total"):
        if question.typed is not None:
            with stages.lap("text"):
                typed = await read_typed(question.typed, engine, search, most=max(question.limit, TEXT_ALONE))
            with stages.lap("hint"):
                hits = await compared(typed, typed.references, search)
                said = await said_of(typed, hits, search)
            products = [Pooled(product=hit, evidence=(), photo=0, matched_by=()) for hit in hits.values()]
        candidates, judgement = rank(products, 0, said, {}, fusion=None, thresholds=None)
    everything = [one.product for one in candidates]
    told = differences(everything[: question.limit], everything, None)
    return Recognition(
        photos=(),
        candidates=candidates[: question.limit],
        further=candidates[question.limit :],
        judgement=judgement,
        timings=stages.laps,
        dropped={},
        differences=told if judgement.verdict is not Verdict.MATCH else None,
    )
