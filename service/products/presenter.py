"""Products as the wire shows them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from litestar import Response
from msgspec import UNSET

from catalog import succession
from catalog.models import ProductRow
from catalog.notices import Notice, in_force, notices_of
from catalog.product_pages import PagedProduct
from catalog.products import ProductWithReferences
from catalog.search.candidates import ProductHit
from catalog.search.facets import Facet
from mobile_contract.catalogs import Product
from mobile_contract.notices import SafetyNotice, Severity, SuccessionProblem, Successor
from mobile_contract.products import ListedProduct, ProductPage
from service.facets.presenter import present_facet
from service.paging import write_place
from service.preconditions import etag_of
from service.references.presenter import present_reference


def product_facts(product: ProductRow | ProductHit, successor: succession.Successor | None = None) -> dict[str, Any]:
    """The fields of :class:`mobile_contract.catalogs.ProductFacts`, for any answer that has them among others, with the
    notices that hold today.
    """
    return {
        "part_number": product.part_number,
        "name": product.name,
        "metadata": product.attributes,
        "description": product.description or UNSET,
        "category": product.category or UNSET,
        "superseded_by": product.superseded_by or UNSET,
        "successor": present_successor(successor) if successor else UNSET,
        "notices": present_notices(in_force(product.notices)) or UNSET,
    }


def present_successor(found: succession.Successor) -> Successor:
    """What has replaced a product in the end."""
    end = found.end
    return Successor(
        part_number=found.part_number,
        name=found.name or UNSET,
        in_catalog=found.name is not None,
        hops=found.hops,
        problem=UNSET if end is succession.Succession.FOUND else SuccessionProblem(end.value),
    )


def present_notices(found: Iterable[Notice]) -> list[SafetyNotice]:
    """Safety notices."""
    return [
        SafetyNotice(
            severity=Severity(one.severity.value),
            text=one.text,
            url=one.url or UNSET,
            valid_from=one.valid_from or UNSET,
            valid_until=one.valid_until or UNSET,
        )
        for one in found
    ]


def present_product(found: ProductWithReferences) -> Product:
    """A product with all its reference images and all its notices."""
    product = found.product
    facts = product_facts(product, found.successor)
    return Product(
        **facts | {"notices": present_notices(notices_of(product.notices)) or UNSET},
        reference_images=[present_reference(reference) for reference in found.references],
        created_at=product.created_at,
        updated_at=product.updated_at,
    )


def answer_product(product: Product, status: int = 200) -> Response[bytes]:
    """A product as an answer with its ETag."""
    body = msgspec.json.encode(product)
    headers = {"ETag": etag_of(body), "Cache-Control": "private, no-cache"}
    return Response(content=body, status_code=status, media_type="application/json", headers=headers)


def present_page(found: Sequence[PagedProduct], limit: int, facets: Sequence[Facet] | None) -> ProductPage:
    """The first ``limit`` of these products; that there are more of them says that there is a next page."""
    shown = found[:limit]
    return ProductPage(
        products=[_listed(one) for one in shown],
        next=write_place(shown[-1].product.part_number) if len(found) > limit else UNSET,
        facets=UNSET if facets is None else [present_facet(one) for one in facets],
    )


def _listed(one: PagedProduct) -> ListedProduct:
    return ListedProduct(
        **product_facts(one.product, one.successor),
        reference_images=one.pictures,
        reference_image=present_reference(one.first) if one.first else UNSET,
        created_at=one.product.created_at,
        updated_at=one.product.updated_at,
    )
