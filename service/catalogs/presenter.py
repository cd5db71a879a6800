"""Catalogs as the wire shows them."""

from msgspec import UNSET

from catalog.catalogs import CatalogSummary
from catalog.enrichment import Counts
from catalog.galleries import SpaceKey
from mobile_contract.catalogs import Catalog, Enrichment, Reading, Space


def present_catalog(summary: CatalogSummary, *, enriching: bool, reading: bool) -> Catalog:
    """A catalog with its counts; ``enriching``: whether the service describes surfaces, ``reading``: reads text."""
    return Catalog(
        name=summary.name,
        title=summary.title,
        created_at=summary.created_at,
        products=summary.products,
        reference_images=summary.reference_images,
        enrichment=present_enrichment(summary.surface) if enriching else UNSET,
        reading=present_reading(summary.text) if reading else UNSET,
        space=present_space(summary.gallery.space),
    )


def present_enrichment(counts: Counts) -> Enrichment:
    """How far the description of surfaces is."""
    return Enrichment(total=counts.total, pending=counts.pending, enriched=counts.done, failed=counts.failed)


def present_reading(counts: Counts) -> Reading:
    """How far the reading of text is."""
    return Reading(total=counts.total, pending=counts.pending, read=counts.done, failed=counts.failed)


def present_space(space: SpaceKey) -> Space:
    """An embedding space."""
    return Space(
        bundle=space.bundle_name,
        identity=space.bundle_identity,
        dimension=space.dimension,
        preprocessing_revision=space.preprocessing_revision,
    )
