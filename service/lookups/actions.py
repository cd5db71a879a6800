"""Answering a photo, and answering it again."""

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
from litestar import Request, Response
from msgspec import UNSET

from catalog.galleries import Gallery, live_gallery_by_name
from catalog.lookups import EarlierPhoto, earlier_photo, new_lookup_id, record_lookup
from catalog.search.filters import Filter
from catalog.search.gallery import GallerySearch
from mobile_contract.limits import LOOKUP_SECONDS
from mobile_contract.problems import Code
from service.bootstrap import Services
from service.idempotency import JSON, Keep, fingerprint_of, once
from service.lookups.presenter import present_lookup
from service.lookups.requests import LookupRequest, read_lookup
from service.metrics import observe_lookup
from service.problems import Refused
from service.recognition.channels import Channel
from service.recognition.pipeline import Recognition, SeenPhoto
from service.recognition.region import Region


async def look_up(request: Request[Any, Any, Any], parts: Services, catalog_name: str) -> Response[bytes]:
    """Read the request and answer it; a repeated one is answered as the first one was."""
    deadline = asyncio.get_running_loop().time() + LOOKUP_SECONDS
    async with parts.database.read() as session:
        gallery = await live_gallery_by_name(session, catalog_name, parts.space)
    asked = await read_lookup(request)

    async def work(keep: Keep) -> Response[bytes]:
        return await _answer(parts, catalog_name, gallery, asked, deadline, keep)

    fingerprint = fingerprint_of(asked.photo or b"", msgspec.json.encode(asked.options, order="deterministic"))
    return await once(request, parts.database, scope=f"lookup {catalog_name}", fingerprint=fingerprint, work=work)


async def recognize_photo(
    parts: Services,
    gallery: Gallery,
    photo: bytes,
    *,
    limit: int,
    where: Filter | None,
    channels: frozenset[Channel],
    deadline: float,
    region: Region | None = None,
) -> Recognition:
    """Find the products in a photo, or in a region of it, in a gallery by the given channels. Whatever measures lookups
    calls this very function.

    ``limit`` is of products, ``deadline`` on the event loop's clock.

    Raises:
        PhotoError: the bytes are no photo that can be used.
        Overloaded: too many photos wait for the model.
        TimeoutError: the deadline passed while the photo waited.

    """
    search = GallerySearch(
        database=parts.database,
        pictures=parts.pictures,
        indexes=parts.indexes,
        gallery=gallery,
        where=where or Filter(),
    )
    return await parts.recognizer.recognize(
        photo, search, limit=limit, channels=channels, deadline=deadline, region=region
    )


async def _photo_of(asked: LookupRequest, parts: Services, gallery: Gallery) -> tuple[bytes, EarlierPhoto | None]:
    """A photo that was sent, that lies at an address, or that was looked up before; with what is known of the last."""
    if asked.photo is not None:
        return asked.photo, None
    if asked.options.photo_of is not UNSET:
        async with parts.database.read() as session:
            earlier = await earlier_photo(session, gallery.catalog_id, asked.options.photo_of)
        return await parts.photos.read(earlier.kept), earlier
    if parts.fetcher is None:
        raise Refused(Code.PHOTO_URL_REFUSED, "this service fetches nothing; send the photo itself")
    return await parts.fetcher.fetch(str(asked.options.photo_url)), None


def _as_first_seen(photo: SeenPhoto, earlier: EarlierPhoto) -> SeenPhoto:
    """With the facts of what was sent: what is kept of it has another size, format and hash."""
    facts = earlier.facts
    return replace(photo, sha256=earlier.sha256, width=facts["width"], height=facts["height"], format=facts["format"])


async def _answer(
    parts: Services, catalog_name: str, gallery: Gallery, asked: LookupRequest, deadline: float, keep: Keep
) -> Response[bytes]:
    photo_bytes, earlier = await _photo_of(asked, parts, gallery)
    before = earlier.kept if earlier else None
    async with parts.traffic.lookup(), parts.photos.keeping(photo_bytes, before) as kept:
        found = await recognize_photo(
            parts,
            gallery,
            photo_bytes,
            limit=asked.options.limit,
            where=asked.filter,
            channels=asked.channels,
            deadline=deadline,
            region=asked.region,
        )
        photo = await kept()
    if earlier is not None:
        found = replace(found, photo=_as_first_seen(found.photo, earlier))
    lookup_id = new_lookup_id()
    client_id = None if asked.options.client_lookup_id is UNSET else asked.options.client_lookup_id
    answer = present_lookup(
        found, lookup_id=lookup_id, client_lookup_id=client_id, catalog_name=catalog_name, space=parts.space
    )
    body = msgspec.json.encode(answer)
    async with parts.database.write() as session:
        await record_lookup(
            session,
            lookup_id=lookup_id,
            catalog_id=gallery.catalog_id,
            client_lookup_id=client_id,
            photo_sha256=found.photo.sha256,
            photo=photo,
            answer=msgspec.to_builtins(answer),
        )
        await keep(session, 200, body)
    observe_lookup(found.timings, found.judgement.verdict)
    return Response(content=body, status_code=200, media_type=JSON, headers={"Location": f"/v1/lookups/{lookup_id}"})
