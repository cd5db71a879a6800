"""Products that look like one, as the wire shows them."""

from msgspec import UNSET

from catalog.galleries import SpaceKey
from catalog.search.candidates import ProductHit
from catalog.succession import Successor
from mobile_contract.similar import SimilarProduct, SimilarProducts
from service.catalogs.presenter import present_space
from service.facets.presenter import present_facet
from service.paging import write_cursor
from service.products.presenter import product_facts
from service.references.presenter import present_reference
from service.similar.actions import SimilarPage

SCORE_DIGITS = 4


def present_similar(found: SimilarPage, space: SpaceKey) -> SimilarProducts:
    """The products, best first."""
    return SimilarProducts(
        products=[_product(hit, found.successors.get(hit.part_number)) for hit in found.products],
        next=UNSET if found.next is None else write_cursor(found.next),
        facets=UNSET if found.facets is None else [present_facet(one) for one in found.facets],
        space=present_space(space),
    )


def _product(hit: ProductHit, successor: Successor | None) -> SimilarProduct:
    return SimilarProduct(
        **product_facts(hit, successor),
        score=round(hit.score, SCORE_DIGITS),
        reference_image=present_reference(hit.reference),
    )
