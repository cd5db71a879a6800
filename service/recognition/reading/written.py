"""From the text in photos to the products that it names, and to what it says of candidates."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Self
from uuid import UUID

from catalog.search.candidates import ProductHit
from catalog.search.texts import ProductTexts
from service.recognition.pooling import Pooled
from service.recognition.reading.comparing import Bearer, Read, compare
from service.recognition.reading.port import Line
from service.recognition.reading.words import Word, words_of_lines, words_of_product
from service.recognition.search import CandidateSearch

LEAST_NAME: Final = 5
"""Characters of what may be a part number, one of them a digit: shorter ones are read on every package."""

MOST_NAMES: Final = 40

WORDS_ASKED: Final = 8
"""Words that products are searched by: those that say most."""

PROPOSED: Final = 5
"""Products that words propose."""

LEAST_SHARE: Final = 0.24
"""Of the words asked, that a product must bear to be proposed: two of eight."""

LEADING: Final = 5
"""Candidates whose pictures say whether there may be text: of all that are ranked, one always bears some."""

LEAST_WORD: Final = 3
"""Characters of what is text for certain: rings are read as 0 and pins as 1. Of 120 pictures of smooth parts 41 bear
a character to the reader, and 1 a word of three."""

_DIGITS: Final = str.maketrans("oOiIlLsSbBzZ", "001111558822")
_NOT_A_NAME: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True)
class Written:
    """The lines of each photo of one object, and their words."""

    lines: Sequence[Sequence[Line]]
    words: Sequence[Word]

    @classmethod
    def of(cls, lines: Sequence[Sequence[Line]]) -> Self:
        """With the words that say most."""
        return cls(lines=lines, words=words_of_lines(line for some in lines for line in some))


async def may_be_written(products: Sequence[ProductHit], search: CandidateSearch) -> bool:
    """Whether there may be text on what looks most like the first of these products: a word was read on a picture of
    one of them. What is still to be read counts for nothing: there is little yet that a word could be compared with.
    """
    texts = await search.texts_of([one.product_id for one in products[:LEADING]])
    return not texts or any(_worded(one.texts) for one in texts.values())


def _worded(texts: Sequence[str]) -> bool:
    return any(len(word) >= LEAST_WORD for word in words_of_product(texts))


async def named_by(written: Written, search: CandidateSearch) -> dict[UUID, UUID]:
    """A reference of each product that bears what photos say: a part number, a key, words of a name; by product."""
    asked = " ".join(word.text for word in written.words[:WORDS_ASKED])
    if not asked:
        return {}
    names = list(_names(line for some in written.lines for line in some))
    keyed, named = await asyncio.gather(search.by_keys(names), search.by_words(asked, PROPOSED))
    products = {hit.product_id for hit in keyed} | {product for product, share in named if share >= LEAST_SHARE}
    references = await search.references_of(products) if products else {}
    return {product: some[0] for product, some in references.items() if some}


async def heard(written: Written, products: Sequence[Pooled], search: CandidateSearch) -> list[Pooled]:
    """The products with what the text says of each in their evidence; of several photos, all say it together."""
    texts = await search.texts_of([one.product.product_id for one in products]) if written.words else {}
    said = compare(written.words, {one.product.product_id: _bearer(one, texts) for one in products})
    return [_with(one, said[one.product.product_id]) for one in products]


def _bearer(one: Pooled, texts: dict[UUID, ProductTexts]) -> Bearer:
    hit, read = one.product, texts.get(one.product.product_id)
    named = [hit.part_number, hit.name, *hit.attributes.values()]
    return Bearer(words=words_of_product([*named, *(read.texts if read else ())]), unread=bool(read and read.unread))


def _with(one: Pooled, read: Read) -> Pooled:
    return replace(one, evidence=tuple(replace(seen, read=read) for seen in one.evidence))


def _names(lines: Iterable[Line]) -> Iterator[str]:
    """What may be a part number: each word, each two together, whole lines; as read, and with digits for letters that
    are read for them.
    """
    names: dict[str, None] = {}
    for line in sorted(lines, key=lambda line: -line.confidence):
        parts = line.text.split()
        for part in (line.text, *parts, *map("".join, pairwise(parts))):
            for form in (part, part.translate(_DIGITS)):
                bare = _NOT_A_NAME.sub("", form)
                if len(bare) >= LEAST_NAME and any(character.isdigit() for character in bare):
                    names[form] = None
    yield from list(names)[:MOST_NAMES]
