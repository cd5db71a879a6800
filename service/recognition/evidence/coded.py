"""From photos to the products that codes in them name."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from PIL import Image

from service.recognition.evidence.codes import Code, read_codes
from service.recognition.evidence.naming import names_in
from service.recognition.search import CandidateSearch


@dataclass(frozen=True, kw_only=True)
class CodeName:
    """What names a product: a code's text, and what it is to the product, ``partNumber`` or a key of its metadata."""

    text: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Coded:
    """The codes of each photo, the products that they name, and a reference of each of these."""

    codes: Sequence[Sequence[Code]]
    products: Mapping[UUID, CodeName]
    references: frozenset[UUID]


async def read_coded(images: Sequence[Image.Image], search: CandidateSearch) -> Coded:
    """Read the codes in photos of one object, and ask the catalog for what they say."""
    codes = await asyncio.gather(*(asyncio.to_thread(read_codes, image) for image in images))
    texts = dict.fromkeys(code.text for some in codes for code in some)
    said_by: dict[str, str] = {}
    for text in texts:
        for name in names_in(text):
            said_by.setdefault(name, text)
    if not said_by:
        return Coded(codes=codes, products={}, references=frozenset())
    hits = await search.by_keys(list(said_by))
    products = {hit.product_id: CodeName(text=said_by[hit.name], key=hit.key) for hit in hits}
    references = await search.references_of(products)
    return Coded(codes=codes, products=products, references=frozenset(some[0] for some in references.values() if some))
