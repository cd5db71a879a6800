"""Products as the wire shows them."""

from msgspec import UNSET

from catalog.products import ProductWithReferences
from mobile_contract.catalogs import Product
from service.references.presenter import present_reference


def present_product(found: ProductWithReferences) -> Product:
    """A product with all its reference images."""
    product = found.product
    return Product(
        part_number=product.part_number,
        name=product.name,
        metadata=product.attributes,
        description=product.description or UNSET,
        category=product.category or UNSET,
        superseded_by=product.superseded_by or UNSET,
        reference_images=[present_reference(reference) for reference in found.references],
        created_at=product.created_at,
        updated_at=product.updated_at,
    )
