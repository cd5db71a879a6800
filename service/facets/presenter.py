"""Facets as the wire shows them."""

from catalog.search import facets
from mobile_contract.facets import CatalogFacets, Facet, FacetValue


def present_facets(found: facets.CatalogFacets) -> CatalogFacets:
    """A catalog's facets."""
    return CatalogFacets(
        products=found.products,
        facets=[present_facet(one) for one in found.facets],
        further_keys=found.further_keys,
    )


def present_facet(one: facets.Facet) -> Facet:
    """A facet."""
    return Facet(
        field=one.field,
        values=[FacetValue(value=value, count=count) for value, count in one.values],
        further_values=one.further,
    )
