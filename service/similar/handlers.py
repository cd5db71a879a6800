"""Route of products that look like one."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, QueryParameter

from mobile_contract.limits import CANDIDATES_DEFAULT, CANDIDATES_MAX, PART_NUMBER_CHARACTERS
from mobile_contract.problems import Code
from mobile_contract.similar import SimilarProducts
from service.dependencies import Parts
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
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=CANDIDATES_MAX, description="Products at most")]
Categories = Annotated[
    list[str] | None, QueryParameter(name="category", description="Only products of one of these categories")
]


class SimilarController(Controller):
    """More like this."""

    path = "/v1/catalogs/{catalog:str}/similar"
    tags = ("products",)

    @get(
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
        limit: Limit = CANDIDATES_DEFAULT,
        category: Categories = None,
    ) -> SimilarProducts:
        """The products that look most like a product, or like one reference image; give one of both."""
        found = await find_similar(parts, catalog, part_number, reference_id, limit=limit, categories=category or [])
        return present_similar(found, parts.space)
