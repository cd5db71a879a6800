"""Products by typed words: what is found, in which order, and that no text breaks it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.catalogs import create_catalog
from catalog.database import Database, sqlalchemy_url
from catalog.galleries import Gallery, SpaceKey
from catalog.models import ProductRow, ProductWordsRow
from catalog.products import ProductFields, upsert_product
from catalog.references import NewReference, add_reference
from catalog.search.filters import Filter
from catalog.search.words import RANKED, WordHit, find_by_words, score_by_words
from migrations import runner

SPACE = SpaceKey(bundle_identity="bundle", bundle_name="bundle", preprocessing_revision=1, dimension=8)
SCREW, LONG_SCREW, BEARING, CUSTARD, COFFEE, NUT, WASHER = (
    ProductFields(part_number="ISO 4762 - M8x80", name="Hexagon socket head cap screw M8 × 80", category="Schrauben"),
    ProductFields(part_number="ISO 4762 - M80x8", name="Hexagon socket head cap screw", category="Schrauben"),
    ProductFields(part_number="BH-100-36-8-F18", name="Flange bearing, 1,5 mm", category="Bearings"),
    ProductFields(part_number="V1", name="Arla vanille-vla", category="Dairy"),
    ProductFields(part_number="K.7", name="CAFÉ à l’ﬁlter, Straße", category="Œuvres"),
    ProductFields(part_number="N2", name="Sexkantsmutter rostfri Åäö", category="Muttern"),
    ProductFields(part_number="W3", name="ΣΊΣΥΦΟΣ Ёлка Øre", category=None),
)
CATALOG = (SCREW, LONG_SCREW, BEARING, CUSTARD, COFFEE, NUT, WASHER)

Test = Callable[["Shop"], Coroutine[Any, Any, None]]


@dataclass
class Shop:
    """A database with one catalog."""

    database: Database
    gallery: Gallery
    url: str

    async def put(self, *products: ProductFields, gallery: Gallery | None = None, pictured: bool = True) -> list[UUID]:
        """Import products, each with a reference image if ``pictured``."""
        gallery = gallery or self.gallery
        ids = []
        async with self.database.write() as session:
            for fields in products:
                product_id, _ = await upsert_product(session, gallery.catalog_id, fields)
                ids.append(product_id)
                if pictured:
                    await add_reference(session, gallery, product_id, picture())
        return ids

    async def hits(
        self, text: str, *, limit: int = 10, where: Filter | None = None, gallery: Gallery | None = None
    ) -> list[WordHit]:
        async with self.database.read() as session:
            return await find_by_words(session, gallery or self.gallery, text, limit=limit, where=where)

    async def find(self, text: str, **options: Any) -> list[str]:
        """Part numbers of what is found, best first."""
        hits = await self.hits(text, **options)
        async with self.database.read() as session:
            rows = await session.execute(sa.select(ProductRow.id, ProductRow.part_number))
            numbers = {row.id: row.part_number for row in rows}
        return [numbers[hit.product_id] for hit in hits]


def picture() -> NewReference:
    vector = np.eye(1, SPACE.dimension, dtype=np.float32)[0]
    facts = {"object_key": "", "media_type": "image/jpeg", "width": 1, "height": 1, "byte_count": 1}
    return NewReference(content_hash="0", vector=vector, **facts)  # type: ignore[arg-type]


@pytest.fixture
def run(database_url: str) -> Callable[[Test], None]:
    """Run a test's coroutine with a catalog of its own."""

    def run(test: Test) -> None:
        async def within() -> None:
            database = Database(database_url, pool_size=2)
            try:
                async with database.write() as session:
                    gallery = (await create_catalog(session, "parts", "", SPACE)).gallery
                await test(Shop(database, gallery, database_url))
            finally:
                await database.close()

        asyncio.run(within())

    return run


def test_case_accents_ligatures_and_separators_do_not_matter(run: Callable[[Test], None]) -> None:
    expected = {
        "cafe": COFFEE, "CAFE\u0301": COFFEE, "Café": COFFEE, "filter": COFFEE, "ﬁlter": COFFEE, "STRASSE": COFFEE,
        "straße": COFFEE, "oeuvres": COFFEE, "k7": COFFEE, "K-7": COFFEE,
        "schrauben": LONG_SCREW, "SCHRAUBEN m8x80": SCREW, "MUTTERN": NUT, "aao": NUT, "ÅÄÖ": NUT,
        "σίσυφος": WASHER, "елка": WASHER, "ЁЛКА": WASHER, "ore": WASHER, "ØRE": WASHER,
        "Vanillevla": CUSTARD, "vanille vla": CUSTARD, "vla": CUSTARD, "VANILLE-VLA": CUSTARD,
        "BH-100-36-8-F18": BEARING, "bh100-36": BEARING, "bh 100 36": BEARING, "bh10036": BEARING, "BH.100.36": BEARING,
        "bh100368f18": BEARING, "f18": BEARING, "1.5 MM": BEARING, "1,5 mm": BEARING,
        "ISO 4762 - M8x80": SCREW, "iso4762m8x80": SCREW, "M8 X 80": SCREW, "m8×80": SCREW, "m8x80": SCREW,
        "iso4762 m8x80": SCREW, "iso 4762 M8": SCREW, "4762 m80x8": LONG_SCREW,
    }  # fmt: skip

    async def test(shop: Shop) -> None:
        await shop.put(*CATALOG)
        first = {typed: "".join((await shop.find(typed))[:1]) for typed in expected}
        assert first == {typed: product.part_number for typed, product in expected.items()}
        for typed in ("iso4762", "ISO 4762", "iso-4762"):
            assert await shop.find(typed) == [LONG_SCREW.part_number, SCREW.part_number]
        for absent in ("screwdriver", "ramutter", "M9", "bh200"):
            assert await shop.find(absent) == []

    run(test)


def test_products_are_scored_as_they_are_found(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        ids = await shop.put(*CATALOG)
        for typed in ("ISO 4762 - M8x80", "hexagon M8", "cafe filter vla", "se", "absent", "'& |"):
            found = {hit.product_id: hit.score for hit in await shop.hits(typed)}
            async with shop.database.read() as session:
                scored = await score_by_words(session, shop.gallery, typed, ids)
                assert scored == {product: pytest.approx(score) for product, score in found.items()}
                assert await score_by_words(session, shop.gallery, typed, []) == {}

    run(test)


def test_words_may_be_beginnings(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.put(*CATALOG)
        for typed in ("sexk", "se", "sexkantsmutter ros", "ros sexk"):
            assert await shop.find(typed) == [NUT.part_number]
        assert await shop.find("s") == []  # one letter begins half a catalog
        (whole, begun) = await shop.hits("M8")
        assert (whole.score, begun.score) == (0.99, 0.96)
        assert await shop.find("M8") == [SCREW.part_number, LONG_SCREW.part_number]

    run(test)


def test_a_beginning_is_found_though_another_product_has_the_word(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.put(ProductFields(part_number="1", name="Bear"), ProductFields(part_number="2", name="Bearing"))
        assert await shop.find("bear") == ["1", "2"]

    run(test)


def test_part_number_before_name_before_category(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.put(
            ProductFields(part_number="A-category", name="Part", category="Falcon"),
            ProductFields(part_number="B-name", name="Falcon", category="Parts"),
            ProductFields(part_number="C-falcon", name="Part", category="Parts"),
            ProductFields(part_number="FALCON", name="Part", category="Parts"),
            ProductFields(part_number="Fal.co-n", name="Part", category="Parts"),
            ProductFields(part_number="D-nothing", name="Part", category="Parts"),
        )
        assert await shop.find("falcon") == ["FALCON", "Fal.co-n", "C-falcon", "B-name", "A-category"]
        assert [hit.score for hit in await shop.hits("falcon")] == [1, 1, 0.99, 0.98, 0.97]
        assert [hit.score for hit in await shop.hits("falc")] == [0.96, 0.96, 0.96, 0.95, 0.94]
        assert await shop.find("falcon", limit=2) == ["FALCON", "Fal.co-n"]
        assert await shop.find("falcon", limit=0) == []

    run(test)


def test_more_words_found_are_better_and_unknown_ones_empty_nothing(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.put(
            ProductFields(part_number="brass", name="Brass thing"),
            ProductFields(part_number="2", name="Nut", category="Brass"),
            ProductFields(part_number="1", name="Nut", category="Brass"),
            ProductFields(part_number="3", name="Brass hexagon nut"),
            ProductFields(part_number="4", name="Steel screw"),
        )
        assert await shop.find("brass hexa nut") == ["3", "1", "2", "brass"]
        assert await shop.find("whatsit nut brass") == ["3", "1", "2", "brass"]
        by_score = {hit.score for hit in await shop.hits("nut whatsit")}
        assert by_score == {0.49}
        assert await shop.find("whatsit") == []
        # Words are rare and unknown, more than are sought, and the same again: every one counts once.
        assert (await shop.find("steel steel a1 b2 c3 d4 e5 f6 screw nut"))[0] == "4"

    run(test)


def test_equal_products_come_by_part_number_however_they_were_imported(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        numbers = [f"P{number:03}" for number in range(40)]
        await shop.put(*(ProductFields(part_number=number, name="Screw") for number in reversed(numbers)))
        assert await shop.find("screw", limit=40) == numbers

    run(test)


def test_a_word_of_every_product_hides_neither_the_part_number_nor_rarer_words(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        common = [ProductFields(part_number=f"P{number:04}", name="Screw") for number in range(2 * RANKED)]
        rare = ProductFields(part_number="Q", name="Brass screw")
        await shop.put(*common, rare, ProductFields(part_number="Screw", name="Thing"))
        assert len(await shop.find("screw")) == 10
        assert (await shop.find("screw"))[0] == "Screw"
        assert (await shop.find("brass screw wanted"))[0] == "Q"

    run(test)


def test_filters_hold(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.put(
            ProductFields(part_number="1", name="Screw", category="Long", metadata={"thread": "M8"}),
            ProductFields(part_number="2", name="Screw", category="Short", metadata={"thread": "M10"}),
            ProductFields(part_number="3", name="Nut", category="Long", metadata={"thread": "M8"}),
        )
        assert await shop.find("screw") == ["1", "2"]
        assert await shop.find("screw", where=Filter(categories=("Long",))) == ["1"]
        assert await shop.find("screw", where=Filter(metadata=(("thread", ("M10", "M12")),))) == ["2"]
        assert await shop.find("2", where=Filter(categories=("Long",))) == []

    run(test)


def test_only_pictured_products_of_this_catalog_are_found(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        async with shop.database.write() as session:
            other = (await create_catalog(session, "other", "", SPACE)).gallery
        await shop.put(SCREW, gallery=other)
        assert await shop.find("screw") == []
        assert await shop.find("screw", gallery=other) == [SCREW.part_number]
        await shop.put(SCREW, pictured=False)
        assert await shop.find("screw") == []
        ids = await shop.put(SCREW)
        assert [hit.product_id for hit in await shop.hits("screw")] == ids
        async with shop.database.write() as session:
            await session.execute(sa.delete(ProductRow).where(ProductRow.id == ids[0]))
        assert await shop.find("screw") == []
        async with shop.database.read() as session:
            assert await session.scalar(sa.select(sa.func.count()).select_from(ProductWordsRow)) == 1

    run(test)


def test_a_renamed_product_is_found_by_its_new_name_only(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        await shop.put(ProductFields(part_number="1", name="Spanner", category="Tools"))
        await shop.put(ProductFields(part_number="1", name="Wrench", category="Tools"))
        assert (await shop.find("wrench"), await shop.find("spanner"), await shop.find("tools")) == (["1"], [], ["1"])
        await shop.put(ProductFields(part_number="1", name="Wrench", category=None))
        assert (await shop.find("wrench"), await shop.find("tools")) == (["1"], [])

    run(test)


def migrate_words(url: str) -> None:
    """That migration alone: those after it have been made."""
    config = runner.configured(url)
    command.stamp(config, "0003")
    command.upgrade(config, "0004")
    command.stamp(config, "head")


def test_products_from_before_the_words_are_found_after_the_migration(run: Callable[[Test], None]) -> None:
    async def test(shop: Shop) -> None:
        ids = await shop.put(*CATALOG)
        engine = sa.create_engine(sqlalchemy_url(shop.url), poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TRIGGER product_changed ON product"))
            connection.execute(sa.text("DROP TABLE product_words"))
        await asyncio.to_thread(migrate_words, shop.url)
        assert await shop.find("vla") == [CUSTARD.part_number]
        # Run again, as after a process that was killed while it filled the table in.
        with engine.begin() as connection:
            connection.execute(sa.delete(ProductWordsRow).where(ProductWordsRow.product_id != ids[0]))
        await asyncio.to_thread(migrate_words, shop.url)
        assert await shop.find("vla") == [CUSTARD.part_number]
        assert await shop.find("m8x80") == [SCREW.part_number]

    run(test)


HOSTILE = [
    "", " ", "\x00", "!!! ---", "😀👩‍🔧", "\ud800", "a\x00b", "'", "''", "\\", "' OR 1=1 --", "a & b | !c <-> (d:*A)",
    "%s %(x)s :x :gallery $1", "\u202e\u200bx\ufeff", "ﷺ" * 300, "1a" * 300, "x" * 5_000, "\u0301", "ẞ" * 400, "=",
    "=V1", " ".join(f"w{number}" for number in range(300)), "\ue000\U0010ffff", "１２ ²³ ½", "-" * 900, "a-" * 400,
]  # fmt: skip


def test_no_text_breaks_search_or_import(run: Callable[[Test], None]) -> None:
    pieces = st.sampled_from([*"'\\:*&|!()<->=%_$\x00\ud800\t\n-. x8", "vla", "iso", "½", "ﷺ", "😀", "\u0301", "§"])
    texts = st.text(max_size=40) | st.lists(pieces, max_size=60).map("".join)

    async def test(shop: Shop) -> None:
        await shop.put(*CATALOG)
        loop = asyncio.get_running_loop()

        async def check(text: str) -> None:
            hits = await shop.hits(text)
            assert all(0 < hit.score <= 1 for hit in hits)
            assert hits == sorted(hits, key=lambda hit: -hit.score)
            storable = text.replace("\x00", "").encode("utf-8", "ignore").decode()[:200]
            if not storable.strip():
                return
            fields = ProductFields(part_number=storable, name=storable[:500], category=storable)
            (product,) = await shop.put(fields)
            if await shop.hits(storable):
                assert (await shop.hits(storable))[0].score == 1
                assert product in {hit.product_id for hit in await shop.hits(storable, limit=200) if hit.score == 1}

        @settings(max_examples=60, suppress_health_check=list(HealthCheck))
        @given(texts)
        def drawn(text: str) -> None:
            asyncio.run_coroutine_threadsafe(check(text), loop).result()

        for text in HOSTILE:
            await check(text)
        assert await shop.find("!!! ---") == await shop.find("") == await shop.find("\x00😀") == []
        assert (await shop.find("vanille-vla' & !("))[0] == CUSTARD.part_number
        await asyncio.to_thread(drawn)

    run(test)
