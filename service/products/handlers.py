"""Routes of products."""

from litestar import Controller, get
from litestar.params import FromPath

from catalog.catalogs import find_catalog
from catalog.products import get_product
from mobile_contract.catalogs import Product
from mobile_contract.problems import Code
from service.dependencies import Parts
from service.problems import documented
from service.products.presenter import present_product


class ProductsController(Controller):
    """Products of a catalog."""

    path = "/v1/catalogs/{catalog:str}/products"
    tags = ("products",)

    @get(
        "/{part_number:path}",
        operation_id="getProduct",
        responses=documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND),
    )
    async def get(self, catalog: FromPath[str], part_number: FromPath[str], parts: Parts) -> Product:
        """A product by its part number, which may hold slashes."""
        async with parts.database.read() as session:
            # Litestar gives a path parameter with the slash that stands before it.
            found = await get_product(session, await find_catalog(session, catalog), part_number.removeprefix("/"))
            return present_product(found)
