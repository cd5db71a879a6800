"""Products by typed words: of their part numbers, names and categories. Full-text search of PostgreSQL.

Migration 0004 keeps each product's words in ``product_words``: folded, each beginning with eight digits of its
catalog's id, weighted A (part number), B (name) or C (category). Typed text is folded by the same function of SQL.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery
from catalog.search.filters import Filter, conditions

TEXT_CHARACTERS = 1_000
"""Read of the typed text."""
WORDS = 16
"""Different typed words that count: the first ones. With more, one word more would not outweigh where words stand."""
WORDS_SOUGHT = 5
"""Of these, the rarest, products are found by; all count for the score. Every choice of some of them is one query."""
WORD_CHARACTERS = 200
"""Kept of a word, of a product's as of a typed one."""
RANKED = 200
"""Products ranked of those that hold equally many words: a word that every product has would rank the catalog."""
COUNTED = 500
"""Products up to which the rarer of two words is told."""

_WHOLE = {"A": 0.99, "B": 0.98, "C": 0.97}
_BEGINNING = {"A": 0.96, "B": 0.95, "C": 0.94}


@dataclass(frozen=True, kw_only=True)
class WordHit:
    """A product that holds some of the typed words.

    ``score``: 1 if the whole text is its part number, but for case, blanks, dashes and dots. Else the mean over the
    typed words, 0 < score < 1: 0 for one that the product does not hold; 0.99, 0.98 or 0.97 for one that stands in the
    part number, the name or the category; 0.96, 0.95 or 0.94 for one that only begins a word there. So the score is,
    within 0.06, the share of the typed words that were found, and more words found are always a higher score.
    """

    product_id: UUID
    score: float


async def find_by_words(
    session: AsyncSession, gallery: Gallery, text: str, *, limit: int, where: Filter | None = None
) -> list[WordHit]:
    """The ``limit`` products of the gallery that hold most of the typed words, best first; equal ones by part number.

    Words of two characters and more may be beginnings. Whatever is typed is an answer; without words it is empty.

    The product whose part number was typed is always first, and those that hold all words come before all others. Two
    bounds keep it fast. Of more than :data:`RANKED` products that hold equally many words, PostgreSQL chooses which are
    ranked. Products that lack a word are found by the :data:`WORDS_SOUGHT` rarest words of the catalog among the typed
    ones, and by a beginning only where no product has the word itself.
    """
    typed = await _fold(session, text)
    if not typed or limit < 1:
        return []
    words = list(dict.fromkeys(typed))[:WORDS]
    query = _Query(gallery=gallery, words=words, part_number="".join(typed), where=where or Filter())
    found: dict[UUID, sa.Row[Any]] = {}
    for wanted in query.stages(await _known(session, query)):
        statement, values = query.statement(wanted)
        found |= {row.product_id: row for row in await session.execute(statement, values)}
        if len(found) >= limit:
            break
    ranked = sorted(found.values(), key=lambda row: (-row.score, row.part_number))
    return [WordHit(product_id=row.product_id, score=row.score) for row in ranked[:limit]]


async def score_by_words(
    session: AsyncSession, gallery: Gallery, text: str, product_ids: Collection[UUID]
) -> dict[UUID, float]:
    """The score of each of these products that holds any of the typed words."""
    typed = await _fold(session, text)
    if not typed or not product_ids:
        return {}
    words = list(dict.fromkeys(typed))[:WORDS]
    query = _Query(gallery=gallery, words=words, part_number="".join(typed), where=Filter())
    rows = await session.execute(*query.of_products(product_ids))
    return {row.product_id: row.score for row in rows if row.score}


async def _fold(session: AsyncSession, text: str) -> list[str]:
    """The words of a text, in order. NUL and halves of characters are no text for PostgreSQL."""
    storable = text[:TEXT_CHARACTERS].replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
    folded = await session.scalar(sa.text("SELECT translate(folded(:text), '-', ' ')"), {"text": storable})
    return (folded or "").split()


async def _known(session: AsyncSession, query: "_Query") -> dict[str, bool]:
    """The typed words that begin a word of the catalog, rarest first, and whether they are words of it themselves."""
    whole = [query.whole(word) for word in query.words]
    begun = [query.begun(word) for word in query.words]
    rows = await session.execute(_COUNT, {"whole": whole, "begun": begun, "most": COUNTED})
    held = sorted((row.whole or row.begun, row.number, row.whole > 0) for row in rows if row.whole or row.begun)
    return {query.words[number - 1]: known for _, number, known in held}


@dataclass(frozen=True, kw_only=True)
class _Query:
    """Folded words, and all of them as one part number, against a gallery."""

    gallery: Gallery
    words: list[str]
    part_number: str
    where: Filter

    def whole(self, word: str, weight: str = "") -> str:
        """The tsquery of a word as it is, or of a whole part number, where ``weight`` stands for."""
        return f"({self._lexeme(word, weight)} | {self._lexeme(f'={word}', weight)})"

    def begun(self, word: str, weight: str = "") -> str:
        """The tsquery of words and part numbers that begin so; one or two characters begin too many of these."""
        if len(word) == 1:
            return self.whole(word, weight)
        whole = f" | {self._lexeme(f'={word}', f'*{weight}')}" if len(word) > 2 else ""
        return f"({self._lexeme(word, f'*{weight}')}{whole})"

    def stages(self, known: dict[str, bool]) -> Iterator[str]:
        """What is asked for in turn until there are enough products: the part number, all known words, one less, ..."""
        yield self._lexeme(f"={self.part_number}")
        if known and all(known.values()):
            yield " & ".join(map(self.whole, known))
        if known:
            yield " & ".join(map(self.begun, known))
        sought = [self.whole(word) if known[word] else self.begun(word) for word in list(known)[:WORDS_SOUGHT]]
        for number in range(min(len(sought), len(known) - 1), 0, -1):
            yield " | ".join(f"({' & '.join(some)})" for some in combinations(sought, number))

    def statement(self, wanted: str) -> tuple[sa.TextClause, dict[str, object]]:
        """Products that the tsquery wants, with their scores, in no order."""
        _, condition, values = conditions(self.where)
        values |= {"wanted": wanted, "catalog": self.gallery.catalog_id, "gallery": self.gallery.id, "ranked": RANKED}
        return sa.text(f"{_FINDS}, {_HELD} AND {condition} {_FEW} {_SCORED}"), values | self._values()

    def of_products(self, product_ids: Collection[UUID]) -> tuple[sa.TextClause, dict[str, object]]:
        """These products with their scores, None for one that holds no word."""
        return sa.text(f"{_FINDS}, {_THESE} {_SCORED}"), {"products": list(product_ids)} | self._values()

    def _values(self) -> dict[str, object]:
        """What the score is made of."""
        finds = [
            (number, tsquery(word, weight), worth)
            for number, word in enumerate(self.words)
            for tsquery, worths in ((self.whole, _WHOLE), (self.begun, _BEGINNING))
            for weight, worth in worths.items()
        ]
        numbers, tsqueries, worths = zip(*finds, strict=True)
        found = {"numbers": list(numbers), "tsqueries": list(tsqueries), "worths": list(worths)}
        return found | {"part_number": self._lexeme(f"={self.part_number}"), "count": len(self.words)}

    def _lexeme(self, word: str, how: str = "") -> str:
        # Only quotes and backslashes are special in quotes, and folding leaves neither.
        return f"'{str(self.gallery.catalog_id)[:8]}{word[:WORD_CHARACTERS]}'" + (f":{how}" if how else "")


_COUNT = sa.text("""
    SELECT f.number, w.products AS whole, CASE WHEN w.products = 0 THEN (
        SELECT count(*) FROM (SELECT 1 FROM product_words WHERE words @@ CAST(f.begun AS tsquery) LIMIT :most) AS held
    ) END AS begun
    FROM unnest(CAST(:whole AS text[]), CAST(:begun AS text[])) WITH ORDINALITY AS f (whole, begun, number), LATERAL (
        SELECT count(*) AS products
        FROM (SELECT 1 FROM product_words WHERE words @@ CAST(f.whole AS tsquery) LIMIT :most) AS held
    ) AS w""")

_FINDS = """
    WITH find AS MATERIALIZED (
        SELECT number, CAST(tsquery AS tsquery) AS tsquery, worth FROM unnest(
            CAST(:numbers AS int[]), CAST(:tsqueries AS text[]), CAST(:worths AS float8[])
        ) AS f (number, tsquery, worth)
    )"""
# The planner is not told the tsquery, nor left to join: it takes words that exclude each other for words that come
# together, and reads whole tables. So: the GIN index, then product by product until there are enough.
_HELD = """
    held AS MATERIALIZED (
        SELECT w.product_id, w.words, of_gallery.part_number FROM product_words w, LATERAL (
            SELECT p.part_number FROM product p
            WHERE p.id = w.product_id AND p.catalog_id = :catalog AND EXISTS (
                SELECT 1 FROM reference_embedding v WHERE v.gallery_id = :gallery AND v.product_id = p.id
            )"""
_FEW = """
            LIMIT 1
        ) AS of_gallery
        WHERE w.words @@ (SELECT CAST(:wanted AS tsquery)) LIMIT :ranked
    )"""
_THESE = """
    held AS MATERIALIZED (
        SELECT product_id, words, '' AS part_number FROM product_words
        WHERE product_id = ANY(CAST(:products AS uuid[]))
    )"""
_SCORED = """
    SELECT product_id, part_number, CASE WHEN words @@ CAST(:part_number AS tsquery) THEN 1.0 ELSE (
        SELECT sum(best) / :count
        FROM (SELECT max(worth) AS best FROM find WHERE words @@ tsquery GROUP BY number) AS by_word
    ) END AS score FROM held"""
