"""Catalogs as the wire shows them."""

from catalog.catalogs import CatalogSummary
from catalog.galleries import SpaceKey
from mobile_contract.catalogs import Catalog, Space


def present_catalog(summary: CatalogSummary) -> Catalog:
    """A catalog with its counts."""
    return Catalog(
        name=summary.name,
        title=summary.title,
        created_at=summary.created_at,
        products=summary.products,
        reference_images=summary.reference_images,
        space=present_space(summary.gallery.space),
    )


def present_space(space: SpaceKey) -> Space:
    """An embedding space."""
    return Space(
        bundle=space.bundle_name,
        identity=space.bundle_identity,
        dimension=space.dimension,
        preprocessing_revision=space.preprocessing_revision,
    )
