"""A catalog of printed things asked as if some of its pictures, or a whole product, were not in it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from PIL import Image

from catalog.galleries import live_gallery
from catalog.search.filters import Filter
from catalog.search.gallery import GallerySearch
from catalog.search.surface.index import SurfaceIndex
from catalog.search.vectors import Vector
from service.bootstrap import Given, Services, open_services
from service.recognition import stages
from service.recognition.answer import Recognition
from service.recognition.embedding.fake import FakeEngine
from service.recognition.question import Question
from service.recognition.ranking import Candidate
from service.recognition.search import CandidateSearch
from service.rehearsal.hidden import Hiding
from service.rehearsal.rehearse import ASKED
from service.settings import Settings
from tests.databases import fresh_database
from tests.integration.printed_shop import BACK, FRONT, open_shop, unhurried
from tests.pictures import PNG, encoded, photo_of, printed

ALL = 20
"""More than there are."""

LABEL, TWO_SIDED = "LABEL-1", "TWO-SIDED"
SIDES = (FRONT, BACK)
THINGS = {LABEL: [printed(1)], "LABEL-2": [printed(2)], TWO_SIDED: [printed(side) for side in SIDES]}
LEAST_INLIERS = 12
"""Of a thing that is there."""


@dataclass(frozen=True, kw_only=True)
class Stocked:
    """A database with the shop, and how a service is opened on it. ``references`` by part number, in order."""

    settings: Settings
    catalog: UUID
    products: dict[str, UUID]
    references: dict[str, list[UUID]]


@dataclass(frozen=True, kw_only=True)
class Room:
    """The shop's search, and the parts that ask it."""

    parts: Services
    search: GallerySearch
    stocked: Stocked

    def hiding(self, number: str, *places: int) -> Hiding:
        """Without these of a product's references, in the order of its pictures."""
        references = frozenset(self.stocked.references[number][place] for place in places)
        return Hiding(search=self.search, product=self.stocked.products[number], references=references)

    async def vectors(self, number: str) -> list[Vector]:
        """Of a product's references."""
        product = self.stocked.products[number]
        found = (await self.search.vectors_of([product], ALL))[product]
        return [found[one] for one in self.stocked.references[number]]

    async def ask(self, thing: Image.Image, search: CandidateSearch) -> Recognition:
        deadline = asyncio.get_running_loop().time() + 60
        question = Question(photos=[photo_of(thing, angle=30).content], limit=ALL, deadline=deadline, channels=ASKED)
        found = await self.parts.recognizer.recognize(question, search)
        assert found.dropped == {}
        return found


def inliers(candidate: Candidate) -> int:
    """Features that agree on one view."""
    return candidate.evidence.verified.inliers if candidate.evidence.verified else 0


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BUDGETS", unhurried())


@pytest.fixture(scope="module")
def stocked(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stocked]:
    with fresh_database(postgres) as url:
        data: Path = tmp_path_factory.mktemp("hiding")
        settings = Settings(database_url=url, data=data, connections=4, text="off", calibrate="off", self_test="off")
        with open_shop(settings, THINGS):
            pass
        with psycopg.connect(url) as connection:
            ((catalog,),) = connection.execute("SELECT id FROM catalog").fetchall()
            found = connection.execute("SELECT content_hash, id, product_id FROM reference_image").fetchall()
        stored = {hashed: (reference, product) for hashed, reference, product in found}
        own = {
            number: [stored[sha256(encoded(one, PNG)).hexdigest()] for one in some] for number, some in THINGS.items()
        }
        references = {number: [reference for reference, _ in some] for number, some in own.items()}
        products = {number: some[0][1] for number, some in own.items()}
        yield Stocked(settings=settings, catalog=catalog, products=products, references=references)


@asynccontextmanager
async def opened(stocked: Stocked) -> AsyncIterator[Room]:
    async with open_services(stocked.settings, Given(engine=FakeEngine())) as parts:
        assert parts.indexes is not None
        await parts.indexes.loaded(stocked.catalog)
        async with parts.database.read() as session:
            gallery = await live_gallery(session, stocked.catalog, parts.space)
        search = GallerySearch(
            database=parts.database, pictures=parts.pictures, indexes=parts.indexes, gallery=gallery, where=Filter()
        )
        yield Room(parts=parts, search=search, stocked=stocked)


def within(stocked: Stocked, test: Callable[[Room], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        async with opened(stocked) as room:
            await test(room)

    asyncio.run(run())


def test_a_product_without_its_only_reference_is_not_found_by_anything(stocked: Stocked) -> None:
    async def test(room: Room) -> None:
        hiding = room.hiding(LABEL, 0)
        product, (reference,) = stocked.products[LABEL], stocked.references[LABEL]
        (vector,) = await room.vectors(LABEL)
        before, hits = await room.search.nearest(vector, ALL), await hiding.nearest(vector, ALL)
        assert hits == [hit for hit in before if hit.product_id != product]
        assert len(hits) == len(before) - 1
        assert await hiding.nearest(vector, 2) == hits[:2]
        index, whole = await hiding.surface_index(), await room.search.surface_index()
        assert isinstance(index, SurfaceIndex)
        assert isinstance(whole, SurfaceIndex)
        assert reference not in {entry.reference_id for entry in index.entries}
        assert (len(index), len(whole)) == (3, 4)
        assert await hiding.describe([reference], vector) == []
        assert await hiding.vectors_of([product], ALL) == {}
        assert await hiding.references_of([product]) == {}
        assert len(await hiding.index_of([reference])) == 0
        assert len(await room.search.index_of([reference])) == 1

    within(stocked, test)


def test_a_product_that_is_left_out_is_not_found_whatever_pictures_it_has(stocked: Stocked) -> None:
    async def test(room: Room) -> None:
        product, references = stocked.products[TWO_SIDED], stocked.references[TWO_SIDED]
        hiding = Hiding(search=room.search, product=product)
        for vector in await room.vectors(TWO_SIDED):
            before = await room.search.nearest(vector, ALL)
            assert await hiding.nearest(vector, ALL) == [hit for hit in before if hit.product_id != product]
            assert await hiding.describe(references, vector) == []
        index = await hiding.surface_index()
        assert isinstance(index, SurfaceIndex)
        assert {entry.product_id for entry in index.entries} == set(stocked.products.values()) - {product}
        assert await hiding.vectors_of([product], ALL) == {}
        assert await hiding.references_of([product]) == {}
        for side in SIDES:
            found = await room.ask(printed(side), hiding)
            assert {one.product.part_number for one in found.candidates} == {LABEL, "LABEL-2"}

    within(stocked, test)


def test_a_photo_of_what_is_hidden_is_answered_as_one_of_a_stranger(stocked: Stocked) -> None:
    async def test(room: Room) -> None:
        known = await room.ask(printed(1), room.search)
        assert known.candidates[0].product.part_number == LABEL
        stranger = await room.ask(printed(1), room.hiding(LABEL, 0))
        assert {one.product.part_number for one in stranger.candidates} == {"LABEL-2", TWO_SIDED}
        assert stranger.judgement.logit is not None
        assert known.judgement.logit is not None
        assert stranger.judgement.logit < known.judgement.logit
        other = await room.ask(printed(2), room.hiding(LABEL, 0))
        assert other.candidates[0].product.part_number == "LABEL-2"

    within(stocked, test)


@pytest.mark.parametrize("hidden", [0, 1])
def test_a_product_without_one_of_two_references_is_found_by_the_other(stocked: Stocked, hidden: int) -> None:
    async def test(room: Room) -> None:
        hiding, other = room.hiding(TWO_SIDED, hidden), stocked.references[TWO_SIDED][1 - hidden]
        product, vectors = stocked.products[TWO_SIDED], await room.vectors(TWO_SIDED)
        asked = vectors[hidden]
        cosine = float(np.dot(asked, vectors[1 - hidden]))
        before, hits = await room.search.nearest(asked, ALL), await hiding.nearest(asked, ALL)
        (whole,) = [hit for hit in before if hit.product_id == product]
        (own,) = [hit for hit in hits if hit.product_id == product]
        assert whole.score == pytest.approx(1, abs=1e-3)
        assert own.reference.id == other
        assert own.score == pytest.approx(cosine, abs=1e-3)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        (described,) = await hiding.describe(stocked.references[TWO_SIDED], asked)
        assert described.reference.id == other
        assert described.score == pytest.approx(cosine, abs=1e-3)
        assert await hiding.references_of([product]) == {product: [other]}
        assert list((await hiding.vectors_of([product], 1))[product]) == [other]

    within(stocked, test)


@pytest.mark.parametrize("hidden", [0, 1])
def test_a_photo_of_the_side_that_is_left_finds_the_product_by_its_surface(stocked: Stocked, hidden: int) -> None:
    async def test(room: Room) -> None:
        hiding, left = room.hiding(TWO_SIDED, hidden), 1 - hidden
        found = (await room.ask(printed(SIDES[left]), hiding)).candidates[0]
        assert found.product.part_number == TWO_SIDED
        assert found.product.reference.id == stocked.references[TWO_SIDED][left]
        assert inliers(found) >= LEAST_INLIERS
        gone = await room.ask(printed(SIDES[hidden]), hiding)
        assert max(inliers(one) for one in gone.candidates) < LEAST_INLIERS

    within(stocked, test)
