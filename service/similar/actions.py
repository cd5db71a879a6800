"""Finds products that look like one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery, live_gallery_by_name
from catalog.products import get_product, product_of_reference
from catalog.search.candidates import ProductHit
from catalog.search.facets import Facet, facets_among
from catalog.search.filters import Filter
from catalog.search.similar import similar_products
from mobile_contract.limits import FACET_VALUES_DEFAULT, SIMILAR_MAX
from mobile_contract.problems import Code, FieldError
from service.bootstrap import Services
from service.paging import Cursor, read_cursor
from service.problems import Refused


@dataclass(frozen=True, kw_only=True)
class SimilarPage:
    """Some of the ``ranked`` products that look like one, best first, and where the next page begins, if there is one.
    ``facets`` are of all that were ranked, None where none were asked for.
    """

    products: Sequence[ProductHit]
    ranked: int
    next: Cursor | None
    facets: Sequence[Facet] | None


async def find_similar(
    parts: Services,
    catalog_name: str,
    part_number: str | None,
    reference_id: UUID | None,
    *,
    where: Filter,
    after: str | None,
    limit: int,
    facets: Sequence[str] | None,
) -> SimilarPage:
    """The products nearest to any picture of a product, or to one picture, best first; without the product itself.

    A page begins where the one before ended, by score and part number: what has come or gone meanwhile moves no other
    product from page to page.

    Raises:
        Refused: neither or both are given, or the cursor is none.
        CatalogError: the catalog, product or reference image is not there.

    """
    if (part_number is None) == (reference_id is None):
        fields = tuple(FieldError(field=name, message="give one of both") for name in ("partNumber", "referenceId"))
        raise Refused(Code.VALIDATION_FAILED, "a product or a reference image is needed", fields)
    begin = None if after is None else read_cursor(after)
    async with parts.database.read() as session:
        gallery = await live_gallery_by_name(session, catalog_name, parts.space)
        product_id = await _product_of(session, gallery, part_number, reference_id)
        ranked = await similar_products(session, gallery, product_id, reference_id, most=SIMILAR_MAX, where=where)
    later = [hit for hit in ranked if begin is None or _place(hit) > (-begin.place, begin.part_number)]
    shown = later[:limit]
    return SimilarPage(
        products=shown,
        ranked=len(ranked),
        next=Cursor(place=shown[-1].score, part_number=shown[-1].part_number) if len(later) > limit else None,
        facets=None if facets is None else facets_among(ranked, facets, values=FACET_VALUES_DEFAULT),
    )


def _place(hit: ProductHit) -> tuple[float, str]:
    return -hit.score, hit.part_number


async def _product_of(
    session: AsyncSession, gallery: Gallery, part_number: str | None, reference_id: UUID | None
) -> UUID:
    if part_number is not None:
        return (await get_product(session, gallery.catalog_id, part_number)).product.id
    if reference_id is None:
        raise ValueError("neither a product nor a reference image is named")
    return await product_of_reference(session, gallery.catalog_id, reference_id)
