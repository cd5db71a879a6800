"""Reading and editing products; and teaching: a product from photos of it, to be found at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.catalogs import find_catalog
from catalog.errors import ProductNotFound
from catalog.galleries import Gallery, describe_gallery, live_gallery_by_name
from catalog.models import ItemState, ProductRow, ReferenceRole
from catalog.product_pages import list_products
from catalog.products import create_product, find_product, get_product, lock_product, upsert_product
from catalog.references import NewReference, add_taught
from catalog.removal import remove_products
from catalog.search.facets import Facet, facets_of_catalog
from catalog.search.filters import Filter
from mobile_contract.limits import (
    FACET_VALUES_DEFAULT,
    FACETS_MAX,
    FACETS_SECONDS,
    LOOKUP_SECONDS,
    REFERENCES_MAX,
)
from mobile_contract.products import ProductChange, ProductContent, ProductPage
from service.access.trail import note
from service.bootstrap import Services
from service.idempotency import JSON, Keep, fingerprint_of, once
from service.paging import read_place
from service.preconditions import check_write, etag_of, is_known
from service.products.presenter import answer_product, present_page, present_product
from service.products.requests import (
    Taught,
    changed_fields,
    fields_of,
    read_new_part_number,
    read_part_number,
    read_photos,
    read_taught,
)
from service.recognition.embedding.photo import PhotoError

Land = Callable[[AsyncSession], Awaitable[tuple[UUID, str]]]
"""Gives the product that the photos are added to: its id and part number."""


async def read_product(request: Request[Any, Any, Any], parts: Services, catalog_name: str) -> Response[bytes]:
    """The product that the address names, or that the client has it already.

    Raises:
        CatalogNotFound, ProductNotFound: it is not there.

    """
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        product = present_product(await get_product(session, catalog_id, read_part_number(request)))
    answer = answer_product(product)
    if is_known(request, answer.headers["ETag"]):
        return Response(content=b"", status_code=304, headers=answer.headers)
    return answer


async def put_product(
    request: Request[Any, Any, Any], parts: Services, catalog_name: str, content: ProductContent
) -> Response[bytes]:
    """Let the product that the address names be as it is said, whether it was there or not. Its pictures stay.

    Raises:
        CatalogNotFound, Refused: nothing was written.

    """
    fields = fields_of(read_new_part_number(request), content)
    async with parts.database.write() as session:
        catalog_id = await find_catalog(session, catalog_name)
        if await lock_product(session, catalog_id, fields.part_number):
            check_write(request, await _etag(session, catalog_id, fields.part_number))
        else:
            check_write(request, None)
        _, state = await upsert_product(session, catalog_id, fields)
        product = present_product(await get_product(session, catalog_id, fields.part_number))
    return answer_product(product, 201 if state is ItemState.CREATED else 200)


async def change_product(
    request: Request[Any, Any, Any], parts: Services, catalog_name: str, change: ProductChange
) -> Response[bytes]:
    """Change some of what is said of the product that the address names.

    Raises:
        CatalogNotFound, ProductNotFound, Refused: nothing was written.

    """
    async with parts.database.write() as session:
        catalog_id, before = await _locked(request, session, catalog_name)
        await upsert_product(session, catalog_id, changed_fields(before, change))
        product = present_product(await get_product(session, catalog_id, before.part_number))
    return answer_product(product)


async def remove_product(request: Request[Any, Any, Any], parts: Services, catalog_name: str) -> None:
    """Remove the product that the address names, so that nothing finds it and it can be restored.

    Raises:
        CatalogNotFound, ProductNotFound, Refused: nothing was removed.

    """
    async with parts.database.write() as session:
        catalog_id, product = await _locked(request, session, catalog_name)
        await remove_products(session, catalog_id, [product.part_number])


async def list_page(
    parts: Services,
    catalog_name: str,
    *,
    where: Filter,
    after: str | None,
    since: datetime | None,
    limit: int,
    facets: Sequence[str] | None,
) -> ProductPage:
    """A page of a catalog's products, by part number.

    Raises:
        CatalogNotFound, Refused: there is no such catalog or cursor.
        TimeoutError: facets took longer than :data:`FACETS_SECONDS`, with the wait for others that count.

    """
    place = None if after is None else read_place(after)
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
        found = await list_products(session, catalog_id, where=where, after=place, since=since, limit=limit + 1)
    counted = None if facets is None else await _count(parts, catalog_id, where, facets)
    return present_page(found, limit, counted)


async def _count(parts: Services, catalog_id: UUID, where: Filter, fields: Sequence[str]) -> list[Facet]:
    async with asyncio.timeout(FACETS_SECONDS), parts.counting, parts.database.read() as session:
        gallery = await describe_gallery(session, catalog_id)
        counted = await facets_of_catalog(
            session, gallery, where=where, keys=fields, most_keys=FACETS_MAX, values=FACET_VALUES_DEFAULT, unseen=True
        )
    return [one for one in counted.facets if one.field in fields]


async def _locked(request: Request[Any, Any, Any], session: AsyncSession, catalog_name: str) -> tuple[UUID, ProductRow]:
    """The product that the address names, if it may be written: nobody else writes it now."""
    catalog_id = await find_catalog(session, catalog_name)
    part_number = read_part_number(request)
    product = await lock_product(session, catalog_id, part_number)
    if product is None:
        raise ProductNotFound(f"the catalog has no product {part_number!r}")
    check_write(request, await _etag(session, catalog_id, part_number))
    return catalog_id, product


async def _etag(session: AsyncSession, catalog_id: UUID, part_number: str) -> str:
    return etag_of(msgspec.json.encode(present_product(await get_product(session, catalog_id, part_number))))


async def teach_product(request: Request[Any, Any, Any], parts: Services, catalog_name: str) -> Response[bytes]:
    """Make a product of what a form says, known by the form's photos. It is found as soon as this is answered.

    Raises:
        CatalogNotFound, SpaceMismatch, ProductExists, PhotoError, Refused: nothing was kept.

    """
    gallery = await _gallery(parts, catalog_name)
    taught = await read_taught(request)
    fields = taught.fields

    async def land(session: AsyncSession) -> tuple[UUID, str]:
        return await create_product(session, gallery.catalog_id, fields), fields.part_number

    return await _once(request, parts, catalog_name, gallery, taught, land)


async def add_photos(request: Request[Any, Any, Any], parts: Services, catalog_name: str) -> Response[bytes]:
    """Add photos to the product that the address names.

    Raises:
        CatalogNotFound, SpaceMismatch, ProductNotFound, ReferencesTooMany, PhotoError, Refused: nothing was kept.

    """
    gallery = await _gallery(parts, catalog_name)
    part_number = read_part_number(request)
    async with parts.database.read() as session:
        await find_product(session, gallery.catalog_id, part_number)

    async def land(session: AsyncSession) -> tuple[UUID, str]:
        return (await find_product(session, gallery.catalog_id, part_number)).id, part_number

    taught = await read_photos(request)
    return await _once(request, parts, catalog_name, gallery, taught, land)


async def _gallery(parts: Services, catalog_name: str) -> Gallery:
    async with parts.database.read() as session:
        return await live_gallery_by_name(session, catalog_name, parts.space)


async def _once(
    request: Request[Any, Any, Any],
    parts: Services,
    catalog_name: str,
    gallery: Gallery,
    taught: Taught,
    land: Land,
) -> Response[bytes]:
    async def work(keep: Keep) -> Response[bytes]:
        async with asyncio.timeout(LOOKUP_SECONDS):
            references = await _made(parts, taught.photos)
        async with parts.database.write() as session:
            product_id, part_number = await land(session)
            await add_taught(session, gallery, product_id, references, REFERENCES_MAX)
            body = msgspec.json.encode(present_product(await get_product(session, gallery.catalog_id, part_number)))
            address = f"/v1/catalogs/{catalog_name}/products/{quote(part_number, safe='')}"
            await note(session, request, target=address)
            await keep(session, 201, body, catalog_id=gallery.catalog_id)
        if parts.enrichment:
            parts.enrichment.wake()
        return Response(content=body, status_code=201, media_type=JSON, headers={"Location": address})

    fingerprint = fingerprint_of(*taught.photos, taught.said)
    return await once(request, parts.database, scope=f"teach {request.url.path}", fingerprint=fingerprint, work=work)


async def _made(parts: Services, photos: Sequence[bytes]) -> list[NewReference]:
    made = []
    for place, photo in enumerate(photos):
        try:
            async with parts.traffic.lookup():
                made.append(await parts.references.make(photo, role=ReferenceRole.TAUGHT))
        except PhotoError as error:
            raise PhotoError(error.code, place if len(photos) > 1 else None) from error
    return made
