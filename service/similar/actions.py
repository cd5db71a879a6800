"""Finds products that look like one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery, live_gallery_by_name
from catalog.products import get_product
from catalog.references import product_of_reference
from catalog.search.candidates import ProductHit
from catalog.search.facets import Facet, facets_among
from catalog.search.filters import Filter
from catalog.search.similar import similar_products
from catalog.succession import Successor, successors_of
from mobile_contract.limits import FACET_VALUES_DEFAULT, SIMILAR_MAX
from mobile_contract.problems import Code, FieldError
from service.bootstrap import Services
from service.paging import Cursor, read_cursor
from service.refused import Refused


@dataclass(frozen=True, kw_only=True)
class SimilarPage:
    """Some of the products that look like one, best first, and where the next page begins, if there is one. ``facets``
    are of the :data:`SIMILAR_MAX` nearest, None where none were asked for. ``successors``: of those that have been
    replaced, by part number.
    """

    products: Sequence[ProductHit]
    next: Cursor | None
    facets: Sequence[Facet] | None
    successors: Mapping[str, Successor]


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

    A page begins where the one before ended, by score and id: what has come or gone meanwhile moves no other
    product from page to page.

    Raises:
        Refused: neither or both are given, or the cursor is none.
        CatalogError: the catalog, product or reference image is not there.

    """
    if (part_number is None) == (reference_id is None):
        fields = tuple(FieldError(field=name, message="give one of both") for name in ("partNumber", "referenceId"))
        raise Refused(Code.VALIDATION_FAILED, "a product or a reference image is needed", fields)
    begin = None if after is None else read_cursor(after)
    before = begin.rank if begin else 0
    async with parts.database.read() as session:
        gallery = await live_gallery_by_name(session, catalog_name, parts.space)
        product_id = await _product_of(session, gallery, part_number, reference_id)
        # To look deep is slow where a filter is selective; one more product tells whether there is a next page.
        most = min(before + limit + 1, SIMILAR_MAX) if facets is None else SIMILAR_MAX
        ranked = await similar_products(session, gallery, product_id, reference_id, most=most, where=where)
        later = [hit for hit in ranked if begin is None or _place(hit) > (-begin.score, begin.key)]
        shown = later[: min(limit, SIMILAR_MAX - before)]
        successors = await successors_of(session, gallery.catalog_id, shown)
    return SimilarPage(
        products=shown,
        next=_cursor(before + len(shown), shown[-1]) if len(shown) < len(later) else None,
        facets=None if facets is None else facets_among(ranked, facets, values=FACET_VALUES_DEFAULT),
        successors=successors,
    )


def _cursor(rank: int, last: ProductHit) -> Cursor:
    return Cursor(rank=rank, score=last.score, key=str(last.product_id))


def _place(hit: ProductHit) -> tuple[float, str]:
    return -hit.score, str(hit.product_id)


async def _product_of(
    session: AsyncSession, gallery: Gallery, part_number: str | None, reference_id: UUID | None
) -> UUID:
    if part_number is not None:
        return (await get_product(session, gallery.catalog_id, part_number)).product.id
    if reference_id is None:
        raise ValueError("neither a product nor a reference image is named")
    return await product_of_reference(session, gallery.catalog_id, reference_id)
