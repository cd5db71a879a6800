"""Routes of products."""

from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from catalog.catalogs import find_catalog
from catalog.products import get_product
from mobile_contract.catalogs import Product
from mobile_contract.limits import PHOTO_BYTES
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.openapi import IDEMPOTENT, OF_PHOTOS, IdempotencyKey, PhotosOperation, TeachOperation
from service.problems import documented
from service.products.actions import add_photos, teach_product
from service.products.presenter import present_product
from service.products.requests import read_part_number

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
        "/{part_number:path}",
        opt=needs(Scope.CATALOG_READ),
        operation_id="getProduct",
        summary="A product by its part number",
        responses=documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND),
    )
    async def get(self, catalog: FromPath[str], part_number: FromPath[str], request: Call, parts: Parts) -> Product:
        """A product by its part number, which may hold slashes."""
        async with parts.database.read() as session:
            catalog_id = await find_catalog(session, catalog)
            return present_product(await get_product(session, catalog_id, read_part_number(request)))

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
