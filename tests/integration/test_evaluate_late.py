"""An evaluation on a busy machine: photos are asked again while a stage was late."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.search.gallery import GallerySearch
from service.bootstrap import Given, Services, open_services
from service.evaluation.options import Options
from service.evaluation.run import Evaluation, evaluate
from service.recognition.answer import Recognition
from service.recognition.embedding.fake import FakeEngine
from service.recognition.fusion import FusionModel
from service.recognition.pipeline import Recognizer
from service.recognition.question import Question
from service.recognition.search import CandidateSearch
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.pictures import picture

Evaluate = Callable[..., Evaluation]


class SlowMachine(Recognizer):
    """Answers without candidates, because a stage was late, so many times before each real answer.

    An evaluation asks the first photo once for practice.
    """

    def __init__(self, real: Recognizer, times: int) -> None:
        self._real = real
        self._times = times
        self.asked = 0

    async def recognize(
        self, question: Question, search: CandidateSearch, fusion: FusionModel | None = None
    ) -> Recognition:
        assert isinstance(search, GallerySearch)
        found = await self._real.recognize(question, search, fusion)
        self.asked += 1
        if self.asked % (self._times + 1) == 0:
            return found
        return replace(found, candidates=(), dropped={"features": "late"})


@pytest.fixture
def evaluate_slowly(settings: Settings, tmp_path: Path) -> Evaluate:
    """One photo, of a red part among red and blue ones, on a machine that is late so many times."""
    folder = tmp_path / "set"
    folder.mkdir()
    rows = ["path,label,role"]
    for colour, role in (("red", "reference"), ("blue", "reference"), ("red", "query")):
        (folder / f"{colour}-{role}.png").write_bytes(picture(colour, form="PNG"))
        rows.append(f"{colour}-{role}.png,{colour},{role}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")

    def run(late: int, ask_again: int) -> Evaluation:
        @asynccontextmanager
        async def services(settings: Settings) -> AsyncIterator[Services]:
            async with open_services(settings, Given(engine=FakeEngine(), surface=FakeSurface())) as parts:
                yield replace(parts, recognizer=SlowMachine(parts.recognizer, late))

        opened: Callable[[Settings], AbstractAsyncContextManager[Services]] = services
        options = Options(folder=str(folder), ask_again=ask_again)
        return evaluate(options, settings, opened=opened, scratch=settings)

    return run


def test_a_late_answer_is_asked_again(evaluate_slowly: Evaluate) -> None:
    found = evaluate_slowly(late=2, ask_again=2)
    assert found.report.dropped == {}
    assert found.asked[0].rank() == 1


def test_it_is_asked_so_often_and_no_oftener(evaluate_slowly: Evaluate) -> None:
    found = evaluate_slowly(late=8, ask_again=2)
    assert found.report.dropped == {"features": 1}
    assert found.asked[0].rank() == 0


def test_without_asking_again_the_answer_stands(evaluate_slowly: Evaluate) -> None:
    assert evaluate_slowly(late=3, ask_again=0).report.dropped == {"features": 1}
