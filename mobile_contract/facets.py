"""Facets on the wire: how many products have which category and metadata."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mobile_contract.limits import FACETS_MAX, METADATA_KEY_CHARACTERS

Field = Annotated[str, Meta(min_length=1, max_length=METADATA_KEY_CHARACTERS)]
"""``category``, or a metadata key."""
Fields = Annotated[list[Field], Meta(max_length=FACETS_MAX)]


class FacetValue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value, and how many products have it."""

    value: str
    count: int


class Facet(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The values of ``category`` or of a metadata key, the most frequent first, equally frequent ones by value.
    ``furtherValues``: how many different values more there are.
    """

    field: str
    values: list[FacetValue]
    further_values: int


class CatalogFacets(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the searchable products of a catalog can be narrowed by: ``category``, then the metadata keys, those first
    that most products have. ``furtherKeys``: how many keys more there are.

    ``products`` fulfil all conditions. A facet counts what fulfils all conditions but its own, so that a choice can be
    widened: with ``category=screws``, the facet ``category`` still counts all categories, and the others screws.
    """

    products: int
    facets: list[Facet]
    further_keys: int
