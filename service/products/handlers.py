"""Routes of products."""

from litestar import Controller, get
from litestar.params import FromPath

from catalog.catalogs import find_catalog
from catalog.products import get_product
from mobile_contract.catalogs import Product
from mobile_contract.problems import Code
from service.dependencies import Call, Parts
from service.problems import documented
from service.products.presenter import present_product
from service.products.requests import read_part_number


class ProductsController(Controller):
    """Products of a catalog."""

    path = "/v1/catalogs/{catalog:str}/products"
    tags = ("products",)

    @get(
        "/{part_number:path}",
        operation_id="getProduct",
        summary="A product by its part number",
        responses=documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND),
    )
    async def get(self, catalog: FromPath[str], part_number: FromPath[str], request: Call, parts: Parts) -> Product:
        """A product by its part number, which may hold slashes."""
        async with parts.database.read() as session:
            catalog_id = await find_catalog(session, catalog)
            return present_product(await get_product(session, catalog_id, read_part_number(request)))
