"""Routes of removed products."""

from typing import Annotated

from litestar import Controller, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from mobile_contract.catalogs import Product
from mobile_contract.limits import PRODUCTS_PAGE_DEFAULT, PRODUCTS_PAGE_MAX
from mobile_contract.problems import Code
from mobile_contract.products import RemovedProductPage
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.paging import After
from service.problems import documented
from service.products.requests import read_part_number
from service.removed_products.actions import list_removed_page, purge, restore

PageLimit = Annotated[int, QueryParameter(name="limit", ge=1, le=PRODUCTS_PAGE_MAX, description="Of a page, at most")]

_RESTORED = ResponseSpec(Product, description="The product; lookups find it now", generate_examples=False)


class RemovedProductsController(Controller):
    """Products that were removed from a catalog and are not purged yet."""

    path = "/v1/catalogs/{catalog:str}/removed-products"
    tags = ("products",)

    @get(
        operation_id="listRemovedProducts",
        summary="Products that can be restored",
        opt=needs(Scope.CATALOG_READ),
        responses=documented(Code.CATALOG_NOT_FOUND),
    )
    async def list(
        self, catalog: FromPath[str], parts: Parts, after: After = None, limit: PageLimit = PRODUCTS_PAGE_DEFAULT
    ) -> RemovedProductPage:
        """The removed products by part number, and when each is purged."""
        return await list_removed_page(parts, catalog, after, limit)

    @post(
        "/{part_number:path}",
        operation_id="restoreProduct",
        summary="Restore a removed product",
        status_code=200,
        opt=needs(Scope.CATALOG_WRITE),
        responses={200: _RESTORED} | documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND),
    )
    async def restore(
        self, catalog: FromPath[str], part_number: FromPath[str], request: Call, parts: Parts
    ) -> Response[bytes]:
        """The product is there again as it was, with its pictures, and is found at once."""
        return await restore(parts, catalog, read_part_number(request))

    @delete(
        "/{part_number:path}",
        operation_id="purgeProduct",
        summary="Delete a removed product for good",
        opt=needs(Scope.ADMIN),
        responses=documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND),
    )
    async def purge(self, catalog: FromPath[str], part_number: FromPath[str], request: Call, parts: Parts) -> None:
        """Its rows and vectors go at once, files that nothing else needs within hours."""
        await purge(parts, catalog, read_part_number(request))
