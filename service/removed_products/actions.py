"""Products that were removed: which there are, back again, or gone for good."""

from litestar import Response

from catalog.catalogs import find_catalog
from catalog.product_pages import list_removed
from catalog.products import get_product
from catalog.removal import purge_product, restore_product
from mobile_contract.products import RemovedProductPage
from service.bootstrap import Services
from service.paging import read_place
from service.products.presenter import answer_product, present_product
from service.removed_products.presenter import present_removed


async def list_removed_page(parts: Services, catalog_name: str, after: str | None, limit: int) -> RemovedProductPage:
    """A page of a catalog's removed products, by part number.

    Raises:
        CatalogNotFound, Refused: there is no such catalog or cursor.

    """
    place = None if after is None else read_place(after)
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        found = await list_removed(session, catalog_id, after=place, limit=limit + 1)
    return present_removed(found, limit, parts.settings.purge_after)


async def restore(parts: Services, catalog_name: str, part_number: str) -> Response[bytes]:
    """Let a removed product be found again, as it was.

    Raises:
        CatalogNotFound, ProductNotFound: there is none that was removed.

    """
    async with parts.database.write() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await restore_product(session, catalog_id, part_number)
        product = present_product(await get_product(session, catalog_id, part_number))
    if parts.enrichment:
        parts.enrichment.wake()
    return answer_product(product)


async def purge(parts: Services, catalog_name: str, part_number: str) -> None:
    """Delete a removed product for good; files of its pictures that nothing else needs go in the background.

    Raises:
        CatalogNotFound, ProductNotFound: there is none that was removed.

    """
    async with parts.database.write() as session:
        await purge_product(session, await find_catalog(session, catalog_name), part_number)
