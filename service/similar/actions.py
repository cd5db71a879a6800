"""Finds products that look like one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery, live_gallery_by_name
from catalog.products import get_product, product_of_reference
from catalog.search.candidates import ProductHit
from catalog.search.filters import Filter
from catalog.search.similar import similar_products
from mobile_contract.problems import Code, FieldError
from service.bootstrap import Services
from service.problems import Refused


async def find_similar(
    parts: Services,
    catalog_name: str,
    part_number: str | None,
    reference_id: UUID | None,
    *,
    limit: int,
    categories: Sequence[str],
) -> list[ProductHit]:
    """The products nearest to any picture of a product, or to one picture, best first; without the product itself.

    Raises:
        Refused: neither or both are given.
        CatalogError: the catalog, product or reference image is not there.

    """
    if (part_number is None) == (reference_id is None):
        fields = tuple(FieldError(field=name, message="give one of both") for name in ("partNumber", "referenceId"))
        raise Refused(Code.VALIDATION_FAILED, "a product or a reference image is needed", fields)
    async with parts.database.read() as session:
        gallery = await live_gallery_by_name(session, catalog_name, parts.space)
        product_id = await _product_of(session, gallery, part_number, reference_id)
        where = Filter(categories=tuple(categories))
        return await similar_products(session, gallery, product_id, reference_id, limit=limit, where=where)


async def _product_of(
    session: AsyncSession, gallery: Gallery, part_number: str | None, reference_id: UUID | None
) -> UUID:
    if part_number is not None:
        return (await get_product(session, gallery.catalog_id, part_number)).product.id
    if reference_id is None:
        raise ValueError("neither a product nor a reference image is named")
    return await product_of_reference(session, gallery.catalog_id, reference_id)
