"""Catalogs as the wire shows them."""

from msgspec import UNSET

from catalog.catalogs import CatalogSummary
from catalog.galleries import SpaceKey
from catalog.search.surface.enrichment import SurfaceCounts
from mobile_contract.catalogs import Catalog, Enrichment, Space


def present_catalog(summary: CatalogSummary, *, enriching: bool) -> Catalog:
    """A catalog with its counts; ``enriching``: whether the service describes surfaces."""
    return Catalog(
        name=summary.name,
        title=summary.title,
        created_at=summary.created_at,
        products=summary.products,
        reference_images=summary.reference_images,
        enrichment=present_enrichment(summary.surface) if enriching else UNSET,
        space=present_space(summary.gallery.space),
    )


def present_enrichment(counts: SurfaceCounts) -> Enrichment:
    """How far the description of surfaces is."""
    return Enrichment(
        total=counts.pending + counts.enriched + counts.failed,
        pending=counts.pending,
        enriched=counts.enriched,
        failed=counts.failed,
    )


def present_space(space: SpaceKey) -> Space:
    """An embedding space."""
    return Space(
        bundle=space.bundle_name,
        identity=space.bundle_identity,
        dimension=space.dimension,
        preprocessing_revision=space.preprocessing_revision,
    )
