"""From a vector to products: the nearest references' products with all that an answer shows of them."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery
from catalog.models import ProductRow, ReferenceRow
from catalog.search.vectors import Filter, Vector, nearest

# Built once: SQLAlchemy takes longer to build a statement than PostgreSQL to answer it.
_WITH_PRODUCTS = (
    sa.select(ReferenceRow, ProductRow)
    .join(ProductRow)
    .where(ReferenceRow.id == sa.any_(sa.bindparam("references", type_=ARRAY(sa.Uuid()))))
)


@dataclass(frozen=True, kw_only=True)
class ProductHit:
    """A product, its best reference image for this query, and that one's cosine (-1..1)."""

    product: ProductRow
    reference: ReferenceRow
    score: float


async def find_by_vector(
    session: AsyncSession, gallery: Gallery, vector: Vector, *, limit: int, where: Filter | None = None
) -> list[ProductHit]:
    """The ``limit`` products nearest to ``vector``, best first."""
    near = await nearest(session, gallery.partition, vector, products=limit, where=where)
    rows = await session.execute(_WITH_PRODUCTS, {"references": [reference.reference_id for reference in near]})
    found = {reference.id: (reference, product) for reference, product in rows}
    # A reference can go between the two statements; what is left is still true.
    return [
        ProductHit(reference=found[hit.reference_id][0], product=found[hit.reference_id][1], score=hit.score)
        for hit in near
        if hit.reference_id in found
    ]
