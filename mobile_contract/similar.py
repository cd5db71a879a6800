"""Products that look like one, on the wire."""

import msgspec
from msgspec import UNSET, UnsetType

from mobile_contract.catalogs import ProductFacts, ReferenceImage, Space
from mobile_contract.facets import Facet


class SimilarProduct(ProductFacts, frozen=True, kw_only=True, rename="camel"):
    """A product and its picture that looks most like what was asked. ``score``: their cosine, -1..1."""

    score: float
    reference_image: ReferenceImage


class SimilarProducts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Products that look like one, best first. It is not among them itself.

    ``next`` is the cursor of those after these; left out where there are none, or after the nearest 100. ``facets``
    count among the nearest 100; left out where no field was named.
    """

    products: list[SimilarProduct]
    next: str | UnsetType = UNSET
    facets: list[Facet] | UnsetType = UNSET
    space: Space
