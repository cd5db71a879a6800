"""Route of facets."""

from typing import Annotated

from litestar import Controller, get
from litestar.params import FromPath, QueryParameter

from mobile_contract.facets import CatalogFacets, Field
from mobile_contract.limits import FACET_VALUES_DEFAULT, FACET_VALUES_MAX, FACETS_MAX
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Parts
from service.facets.actions import count_facets
from service.facets.presenter import present_facets
from service.filters import Categories, Metadata, read_filter
from service.problems import documented

Keys = Annotated[
    list[Field] | None,
    QueryParameter(
        name="key",
        max_items=FACETS_MAX,
        description=f"Of these metadata keys, repeatable; without any, of the {FACETS_MAX} that most products have",
    ),
]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=FACET_VALUES_MAX, description="Values of each at most")]


class FacetsController(Controller):
    """What a catalog can be narrowed by."""

    path = "/v1/catalogs/{catalog:str}/facets"
    tags = ("catalogs",)

    @get(
        opt=needs(Scope.LOOKUP),
        operation_id="countFacets",
        summary="How many products have which category and metadata",
        responses=documented(Code.CATALOG_NOT_FOUND, Code.SPACE_MISMATCH, Code.TIMED_OUT),
    )
    async def count(
        self,
        catalog: FromPath[str],
        parts: Parts,
        category: Categories = None,
        metadata: Metadata = None,
        key: Keys = None,
        limit: Limit = FACET_VALUES_DEFAULT,
    ) -> CatalogFacets:
        """How many of the products that can be found have which category and metadata, under the same conditions as a
        lookup's.
        """
        found = await count_facets(parts, catalog, read_filter(category, metadata), key, values=limit)
        return present_facets(found)
