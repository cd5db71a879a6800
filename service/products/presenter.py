"""Products as the wire shows them."""

from typing import Any

from msgspec import UNSET

from catalog.models import ProductRow
from catalog.products import ProductWithReferences
from catalog.search.candidates import ProductHit
from mobile_contract.catalogs import Product
from service.references.presenter import present_reference


def product_facts(product: ProductRow | ProductHit) -> dict[str, Any]:
    """The fields of :class:`mobile_contract.catalogs.ProductFacts`, for any answer that has them among others."""
    return {
        "part_number": product.part_number,
        "name": product.name,
        "metadata": product.attributes,
        "description": product.description or UNSET,
        "category": product.category or UNSET,
        "superseded_by": product.superseded_by or UNSET,
    }


def present_product(found: ProductWithReferences) -> Product:
    """A product with all its reference images."""
    product = found.product
    return Product(
        **product_facts(product),
        reference_images=[present_reference(reference) for reference in found.references],
        created_at=product.created_at,
        updated_at=product.updated_at,
    )
