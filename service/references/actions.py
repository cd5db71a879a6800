"""Editing the pictures of products."""

from uuid import UUID

from catalog.catalogs import find_catalog
from catalog.product_pictures import OwnedPicture, find_picture, pictures_of, place_picture, remove_picture
from service.bootstrap import Services


async def list_pictures(parts: Services, catalog_name: str, part_number: str) -> list[OwnedPicture]:
    """A product's pictures, the first one first.

    Raises:
        CatalogNotFound, ProductNotFound: it is not there.

    """
    async with parts.database.read() as session:
        return await pictures_of(session, await find_catalog(session, catalog_name), part_number)


async def read_picture(parts: Services, catalog_name: str, reference_id: UUID) -> OwnedPicture:
    """A picture of a catalog.

    Raises:
        CatalogNotFound, ReferenceNotFound: it is not there.

    """
    async with parts.database.read() as session:
        return await find_picture(session, await find_catalog(session, catalog_name), reference_id)


async def put_in_place(parts: Services, catalog_name: str, reference_id: UUID, place: int) -> OwnedPicture:
    """Put a picture at a place among those of its product.

    Raises:
        CatalogNotFound, ReferenceNotFound: it is not there.

    """
    async with parts.database.write() as session:
        catalog_id = await find_catalog(session, catalog_name)
        await place_picture(session, catalog_id, reference_id, place)
        return await find_picture(session, catalog_id, reference_id)


async def delete_picture(parts: Services, catalog_name: str, reference_id: UUID) -> None:
    """Delete a picture for good.

    Raises:
        CatalogNotFound, ReferenceNotFound: it is not there.

    """
    async with parts.database.write() as session:
        await remove_picture(session, await find_catalog(session, catalog_name), reference_id)
