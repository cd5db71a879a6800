"""Products that look like one: the nearest to any of its pictures."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ReferenceNotFound
from catalog.galleries import Gallery
from catalog.search.candidates import ProductHit, find_by_vector
from catalog.search.filters import Filter
from catalog.search.vectors import stored_vectors

PICTURES = 6
"""Of the product, that others are compared with: each is a search of its own."""


async def similar_products(
    session: AsyncSession,
    gallery: Gallery,
    product_id: UUID,
    reference_id: UUID | None = None,
    *,
    most: int,
    where: Filter,
) -> list[ProductHit]:
    """The ``most`` products nearest to any picture of a product, or to one, best first; without the product itself.

    Raises:
        ReferenceNotFound: the gallery has no vector of it.

    """
    stored = await stored_vectors(session, gallery.partition, [product_id], reference_id, most=PICTURES)
    if not stored:
        raise ReferenceNotFound("the product has no reference image to compare with")
    best: dict[UUID, ProductHit] = {}
    for vector in stored[product_id].values():
        # One more, because the product itself is nearest.
        for hit in await find_by_vector(session, gallery, vector, limit=most + 1, where=where):
            if hit.product_id not in best or hit.score > best[hit.product_id].score:
                best[hit.product_id] = hit
    best.pop(product_id, None)
    # As each search orders those of equal scores, so that the first few are the same however many are asked for.
    return sorted(best.values(), key=lambda hit: (-hit.score, hit.product_id))[:most]
