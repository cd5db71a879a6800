"""Teaching: a product from photos of it, to be found at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import Gallery, live_gallery_by_name
from catalog.models import ReferenceRole
from catalog.products import NewReference, add_taught, create_product, find_product, get_product
from mobile_contract.limits import LOOKUP_SECONDS, REFERENCES_MAX
from service.access.trail import note
from service.bootstrap import Services
from service.idempotency import JSON, Keep, fingerprint_of, once
from service.products.presenter import present_product
from service.products.requests import Taught, read_part_number, read_photos, read_taught
from service.recognition.embedding.photo import PhotoError

Land = Callable[[AsyncSession], Awaitable[tuple[UUID, str]]]
"""Gives the product that the photos are added to: its id and part number."""


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
            await keep(session, 201, body)
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
