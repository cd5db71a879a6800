"""Route of products that look like one."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, QueryParameter

from mobile_contract.facets import Field
from mobile_contract.limits import CANDIDATES_DEFAULT, FACETS_MAX, PART_NUMBER_CHARACTERS, SIMILAR_MAX
from mobile_contract.problems import Code
from mobile_contract.similar import SimilarProducts
from service.access.scopes import Scope, needs
from service.dependencies import Parts
from service.filters import Categories, Metadata, read_filter
from service.paging import After, PageLimit
from service.problems import documented
from service.similar.actions import find_similar
from service.similar.presenter import present_similar

PartNumber = Annotated[
    str | None,
    QueryParameter(
        name="partNumber",
        min_length=1,
        max_length=PART_NUMBER_CHARACTERS,
        description="Of the product that the others are to look like, by any of its pictures",
    ),
]
ReferenceId = Annotated[
    UUID | None, QueryParameter(name="referenceId", description="In its place: a reference image that they look like")
]
Facets = Annotated[
    list[Field] | None,
    QueryParameter(
        name="facet",
        max_items=FACETS_MAX,
        description=f"Count the values of this field, category or a metadata key, among the nearest {SIMILAR_MAX}",
    ),
]


class SimilarController(Controller):
    """More like this."""

    path = "/v1/catalogs/{catalog:str}/similar"
    tags = ("products",)

    @get(
        opt=needs(Scope.LOOKUP, Scope.CATALOG_READ),
        operation_id="findSimilar",
        summary="Products that look like one",
        responses=documented(
            Code.CATALOG_NOT_FOUND, Code.SPACE_MISMATCH, Code.PRODUCT_NOT_FOUND, Code.REFERENCE_NOT_FOUND
        ),
    )
    async def find(
        self,
        catalog: FromPath[str],
        parts: Parts,
        part_number: PartNumber = None,
        reference_id: ReferenceId = None,
        category: Categories = None,
        metadata: Metadata = None,
        facet: Facets = None,
        after: After = None,
        limit: PageLimit = CANDIDATES_DEFAULT,
    ) -> SimilarProducts:
        """The products that look most like a product, or like one reference image; give one of both."""
        where = read_filter(category, metadata)
        found = await find_similar(
            parts, catalog, part_number, reference_id, where=where, after=after, limit=limit, facets=facet
        )
        return present_similar(found, parts.space)
