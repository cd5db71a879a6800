"""From a vector to products: the nearest references' products with all that an answer shows of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery
from catalog.search.filters import Filter
from catalog.search.vectors import Vector, reference_rows, search_rows

# Plain columns and no mapped objects: those cost more time than the search.
_TAIL = (
    "SELECT -top.distance AS score, p.id AS product_id, r.id AS reference_id, r.width, r.height, r.role, "
    "p.part_number, p.name, p.description, p.category, p.superseded_by, p.metadata AS attributes, p.notices "
    "FROM top JOIN reference_image r ON r.id = top.reference_id JOIN product p ON p.id = top.product_id "
    "ORDER BY top.distance, top.product_id"
)
_REFERENCES_TAIL = (
    "SELECT scored.score, p.id AS product_id, r.id AS reference_id, r.width, r.height, r.role, "
    "p.part_number, p.name, p.description, p.category, p.superseded_by, p.metadata AS attributes, p.notices "
    "FROM wanted JOIN scored ON scored.product_id = wanted.product_id "
    "JOIN reference_image r ON r.id = wanted.reference_id JOIN product p ON p.id = wanted.product_id"
)


@dataclass(frozen=True, kw_only=True)
class ReferenceFacts:
    """A reference image, as far as an answer shows it. Pixels."""

    id: UUID
    width: int
    height: int
    role: str


@dataclass(frozen=True, kw_only=True)
class ProductHit:
    """A product, a reference image of it, and the cosine of its best one with the query (-1..1). ``notices``: as they
    are kept, see :mod:`catalog.notices`.
    """

    product_id: UUID
    part_number: str
    name: str
    description: str | None
    category: str | None
    superseded_by: str | None
    attributes: dict[str, str]
    reference: ReferenceFacts
    score: float
    notices: Sequence[Any] = ()


async def find_by_vector(
    session: AsyncSession, gallery: Gallery, vector: Vector, *, limit: int, where: Filter | None = None
) -> list[ProductHit]:
    """The ``limit`` products nearest to ``vector``, best first."""
    rows = await search_rows(session, gallery.partition, vector, products=limit, where=where or Filter(), tail=_TAIL)
    return [_hit(row) for row in rows]


async def describe_references(
    session: AsyncSession,
    gallery: Gallery,
    reference_ids: Collection[UUID],
    vector: Vector | None,
    *,
    where: Filter | None = None,
) -> list[ProductHit]:
    """A hit for each of these references whose product passes the filter, in no order.

    ``reference`` is that very reference; ``score`` is of the product's best one, 0 without a vector.
    """
    rows = await reference_rows(
        session, gallery.partition, reference_ids, vector, where=where or Filter(), tail=_REFERENCES_TAIL
    )
    return [_hit(row) for row in rows]


def _hit(row: sa.Row[Any]) -> ProductHit:
    return ProductHit(
        product_id=row.product_id,
        part_number=row.part_number,
        name=row.name,
        description=row.description,
        category=row.category,
        superseded_by=row.superseded_by,
        attributes=row.attributes,
        reference=ReferenceFacts(id=row.reference_id, width=row.width, height=row.height, role=row.role),
        score=row.score,
        notices=row.notices,
    )
