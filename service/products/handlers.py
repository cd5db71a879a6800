"""Routes of products."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from mobile_contract.catalogs import Product
from mobile_contract.facets import Field
from mobile_contract.limits import (
    FACETS_MAX,
    JSON_BYTES,
    PHOTO_BYTES,
    PRODUCTS_PAGE_DEFAULT,
    PRODUCTS_PAGE_MAX,
)
from mobile_contract.problems import Code
from mobile_contract.products import ProductChange, ProductContent, ProductPage
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.filters import Categories, Metadata, read_filter
from service.openapi import IDEMPOTENT, OF_PHOTOS, IdempotencyKey
from service.operations import PhotosOperation, TeachOperation
from service.paging import After
from service.preconditions import IfMatch, IfNoneMatch
from service.problems import documented
from service.products.actions import (
    add_photos,
    change_product,
    list_page,
    put_product,
    read_product,
    remove_product,
    teach_product,
)

PageLimit = Annotated[int, QueryParameter(name="limit", ge=1, le=PRODUCTS_PAGE_MAX, description="Of a page, at most")]
UpdatedSince = Annotated[
    datetime | None,
    QueryParameter(name="updatedSince", description="Only those created or changed then or later, pictures included"),
]
Facets = Annotated[
    list[Field] | None,
    QueryParameter(
        name="facet",
        max_items=FACETS_MAX,
        description="Count the values of this field, category or a metadata key, among all products; repeatable",
    ),
]

_FOUND = ResponseSpec(Product, description="The product", generate_examples=False)
_MADE = ResponseSpec(Product, description="The product, which was not there before", generate_examples=False)
_KNOWN = ResponseSpec(None, description="The client has it", generate_examples=False)
_TAUGHT = ResponseSpec(Product, description="The product; lookups find it now", generate_examples=False)
_PROBLEMS = (
    *OF_PHOTOS,
    Code.TIMED_OUT,
    *IDEMPOTENT,
)


class ProductsController(Controller):
    """Products of a catalog."""

    path = "/v1/catalogs/{catalog:str}/products"
    tags = ("products",)

    @get(
        operation_id="listProducts",
        summary="A catalog's products, page by page",
        opt=needs(Scope.CATALOG_READ),
        responses=documented(Code.CATALOG_NOT_FOUND, Code.TIMED_OUT),
    )
    async def list(
        self,
        catalog: FromPath[str],
        parts: Parts,
        after: After = None,
        limit: PageLimit = PRODUCTS_PAGE_DEFAULT,
        category: Categories = None,
        metadata: Metadata = None,
        updated_since: UpdatedSince = None,
        facet: Facets = None,
    ) -> ProductPage:
        """The products by part number; those that were removed are not there. Whoever turns the pages sees each product
        once that is there all the while.
        """
        where = read_filter(category, metadata)
        return await list_page(parts, catalog, where=where, after=after, since=updated_since, limit=limit, facets=facet)

    @get(
        "/{part_number:path}",
        opt=needs(Scope.CATALOG_READ),
        operation_id="getProduct",
        summary="A product by its part number",
        responses={200: _FOUND, 304: _KNOWN} | documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND),
    )
    async def get(
        self,
        catalog: FromPath[str],
        part_number: FromPath[str],
        request: Call,
        parts: Parts,
        if_none_match: IfNoneMatch = None,
    ) -> Response[bytes]:
        """A product by its part number, which may hold slashes."""
        return await read_product(request, parts, catalog)

    @put(
        "/{part_number:path}",
        operation_id="putProduct",
        summary="Make a product, or say all of it anew",
        opt=needs(Scope.CATALOG_WRITE),
        request_max_body_size=JSON_BYTES,
        responses={200: _FOUND, 201: _MADE}
        | documented(Code.CATALOG_NOT_FOUND, Code.PRECONDITION_FAILED, Code.BODY_TOO_LARGE),
    )
    async def put(
        self,
        catalog: FromPath[str],
        part_number: FromPath[str],
        data: JSONBody[ProductContent],
        request: Call,
        parts: Parts,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response[bytes]:
        """Let a product be as it is said. Its pictures stay; one that was removed comes back with them."""
        return await put_product(request, parts, catalog, data)

    @patch(
        "/{part_number:path}",
        operation_id="changeProduct",
        summary="Change some of what is said of a product",
        opt=needs(Scope.CATALOG_WRITE),
        request_max_body_size=JSON_BYTES,
        responses={200: _FOUND}
        | documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND, Code.PRECONDITION_FAILED, Code.BODY_TOO_LARGE),
    )
    async def change(
        self,
        catalog: FromPath[str],
        part_number: FromPath[str],
        data: JSONBody[ProductChange],
        request: Call,
        parts: Parts,
        if_match: IfMatch = None,
    ) -> Response[bytes]:
        """What is left out stays, and an empty text leaves nothing."""
        return await change_product(request, parts, catalog, data)

    @delete(
        "/{part_number:path}",
        operation_id="removeProduct",
        summary="Remove a product",
        opt=needs(Scope.CATALOG_WRITE),
        responses=documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND, Code.PRECONDITION_FAILED),
    )
    async def remove(
        self,
        catalog: FromPath[str],
        part_number: FromPath[str],
        request: Call,
        parts: Parts,
        if_match: IfMatch = None,
    ) -> None:
        """Nothing finds it any more. It can be restored for some weeks, and comes back when it is imported again."""
        await remove_product(request, parts, catalog)

    @post(
        opt=needs(Scope.CATALOG_WRITE),
        operation_id="teachProduct",
        summary="Make a product of photos of it",
        operation_class=TeachOperation,
        status_code=201,
        request_max_body_size=PHOTO_BYTES,
        responses={201: _TAUGHT} | documented(Code.PRODUCT_EXISTS, *_PROBLEMS),
    )
    async def teach(
        self, catalog: FromPath[str], request: Call, parts: Parts, idempotency_key: IdempotencyKey = None
    ) -> Response[bytes]:
        """Make a product of up to five photos of it, its part number and its name. The next photo of it can find it."""
        return await teach_product(request, parts, catalog)

    @post(
        "/{part_number:path}",
        opt=needs(Scope.CATALOG_WRITE),
        operation_id="addReferences",
        summary="Add photos to a product",
        operation_class=PhotosOperation,
        status_code=201,
        request_max_body_size=PHOTO_BYTES,
        responses={201: _TAUGHT} | documented(Code.PRODUCT_NOT_FOUND, Code.REFERENCES_TOO_MANY, *_PROBLEMS),
    )
    async def add(
        self,
        catalog: FromPath[str],
        part_number: FromPath[str],
        request: Call,
        parts: Parts,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add up to five photos to a product, by which it is known beside the pictures that it has."""
        return await add_photos(request, parts, catalog)
