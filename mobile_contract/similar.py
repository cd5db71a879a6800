"""Products that look like one, on the wire."""

import msgspec
from msgspec import UNSET, UnsetType

from mobile_contract.catalogs import ReferenceImage, Space
from mobile_contract.facets import Facet


class SimilarProduct(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product and its picture that looks most like what was asked. ``score``: their cosine, -1..1."""

    part_number: str
    name: str
    metadata: dict[str, str]
    description: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    superseded_by: str | UnsetType = UNSET
    score: float
    reference_image: ReferenceImage


class SimilarProducts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Products that look like one, best first. It is not among them itself.

    ``ranked``: how many of them can be had, 100 at most. ``next`` is the cursor of those after these; left out where
    there are none. ``facets`` count among all that were ranked; left out where no field was named.
    """

    products: list[SimilarProduct]
    ranked: int
    next: str | UnsetType = UNSET
    facets: list[Facet] | UnsetType = UNSET
    space: Space
