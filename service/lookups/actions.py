"""Answering photos, and answering them again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from litestar import Request, Response
from msgspec import UNSET

from catalog.galleries import Gallery, live_gallery_by_name
from catalog.lookups import AskedPhoto, EarlierPhoto, earlier_photos, new_lookup_id, record_lookup
from catalog.search.facets import Facet, facets_among
from catalog.search.filters import Filter
from catalog.search.gallery import GallerySearch
from catalog.succession import Successor, successors_of
from catalog.tags import tags_of
from mobile_contract.limits import FACET_VALUES_DEFAULT, LOOKUP_SECONDS
from mobile_contract.problems import Code
from service.access.gate import Visitor, visitor_of
from service.bootstrap import Services
from service.idempotency import JSON, Keep, fingerprint_of, once
from service.jobs.photos import NotKept
from service.lookups.presenter import present_lookup, present_ranked
from service.lookups.requests import LookupRequest, read_lookup, refuse_several
from service.metrics import observe_lookup
from service.recognition.answer import Recognition
from service.recognition.question import Question
from service.recognition.tags import Tag, Tags
from service.refused import Refused


async def look_up(request: Request[Any, Any, Any], parts: Services, catalog_name: str) -> Response[bytes]:
    """Read the request and answer it; a repeated one is answered as the first one was."""
    deadline = asyncio.get_running_loop().time() + LOOKUP_SECONDS
    async with parts.database.read() as session:
        gallery = await live_gallery_by_name(session, catalog_name, parts.space)
    asked = await read_lookup(request)

    async def work(keep: Keep) -> Response[bytes]:
        return await _answer(parts, catalog_name, gallery, asked, deadline, keep, visitor_of(request))

    fingerprint = fingerprint_of(*asked.photos, msgspec.json.encode(asked.options, order="deterministic"))
    return await once(request, parts.database, scope=f"lookup {catalog_name}", fingerprint=fingerprint, work=work)


async def recognize_photos(
    parts: Services, gallery: Gallery, question: Question, where: Filter | None = None
) -> Recognition:
    """Find the products in a gallery that a question is about, among those that pass a filter. Whatever measures
    lookups calls this very function.

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
        keys=parts.settings.keys_of_codes,
    )
    fusion = await parts.calibrations.model(gallery.catalog_id) if parts.calibrations else None
    return await parts.recognizer.recognize(question, search, fusion)


async def _tags_of(parts: Services, gallery: Gallery, asked: LookupRequest) -> Tags:
    if not asked.options.tags:
        return ()
    async with parts.database.read() as session:
        stored = await tags_of(session, gallery.catalog_id)
    return tuple(Tag(name=one.tag, prompts=one.prompts or (one.tag,)) for one in stored)


async def _photos_of(
    asked: LookupRequest, parts: Services, gallery: Gallery
) -> tuple[Sequence[bytes], Sequence[EarlierPhoto]]:
    """Photos that were sent, that lie at an address, or that were looked up before; with what is known of the last."""
    if asked.photos:
        return asked.photos, ()
    if asked.text_alone:
        return (), ()
    if asked.options.photo_of is not UNSET:
        async with parts.database.read() as session:
            earlier = await earlier_photos(session, gallery.catalog_id, asked.options.photo_of)
        if not earlier:
            raise NotKept("that lookup was of a text; send a photo")
        if len(earlier) > 1:
            refuse_several(asked.options)
        return await parts.photos.read_all([one.kept for one in earlier]), earlier
    if parts.fetcher is None:
        raise Refused(Code.PHOTO_URL_REFUSED, "this service fetches nothing; send the photo itself")
    return [await parts.fetcher.fetch(str(asked.options.photo_url))], ()


def _as_first_seen(found: Recognition, earlier: Sequence[EarlierPhoto]) -> Recognition:
    """With the facts of what was sent: what is kept of it has another size, format and hash."""
    sent = [{name: one.facts[name] for name in ("width", "height", "format")} for one in earlier]
    photos = [
        replace(photo, sha256=one.sha256, **facts)
        for photo, one, facts in zip(found.photos, earlier, sent, strict=True)
    ]
    return replace(found, photos=photos)


def _facets(found: Recognition, asked: LookupRequest) -> list[Facet] | None:
    """Among all that were ranked, where any are asked for."""
    if asked.options.facets is UNSET:
        return None
    products = [one.product for one in (*found.candidates, *found.further)]
    return facets_among(products, asked.options.facets, values=FACET_VALUES_DEFAULT)


async def _successors(parts: Services, gallery: Gallery, found: Recognition) -> dict[str, Successor]:
    """What has replaced candidates, by part number. Most answers have none that was, and ask nothing."""
    ranked = (*found.candidates, *found.further, *(hit for one in found.objects or () for hit in one.candidates))
    replaced = [one.product for one in ranked if one.product.superseded_by]
    if not replaced:
        return {}
    async with parts.database.read() as session:
        return await successors_of(session, gallery.catalog_id, replaced)


async def _answer(
    parts: Services,
    catalog_name: str,
    gallery: Gallery,
    asked: LookupRequest,
    deadline: float,
    keep: Keep,
    visitor: Visitor,
) -> Response[bytes]:
    photos, earlier = await _photos_of(asked, parts, gallery)
    tags = await _tags_of(parts, gallery, asked)
    async with parts.traffic.lookup(), parts.photos.keeping(photos, [one.kept for one in earlier]) as kept:
        question = Question(
            photos=photos,
            limit=asked.options.limit,
            deadline=deadline,
            channels=asked.channels,
            region=asked.region,
            text=asked.text,
            tags=tags,
            objects=asked.options.objects,
            focus=asked.focus,
        )
        found = await recognize_photos(parts, gallery, question, asked.filter)
        places = await kept()
    if earlier:
        found = _as_first_seen(found, earlier)
    lookup_id = new_lookup_id()
    client_id = None if asked.options.client_lookup_id is UNSET else asked.options.client_lookup_id
    successors = await _successors(parts, gallery, found)
    ranked = present_ranked(found, successors)
    answer = present_lookup(
        found,
        ranked,
        successors=successors,
        lookup_id=lookup_id,
        client_lookup_id=client_id,
        catalog_name=catalog_name,
        text=asked.text,
        space=parts.space,
        facets=_facets(found, asked),
        labels=asked.labels,
        limit=asked.options.limit,
        tagged=asked.options.tags and "tags" not in found.dropped,
    )
    body = msgspec.json.encode(answer)
    async with parts.database.write() as session:
        await record_lookup(
            session,
            lookup_id=lookup_id,
            catalog_id=gallery.catalog_id,
            client_lookup_id=client_id,
            photos=[
                AskedPhoto(sha256=seen.sha256, kept=place) for seen, place in zip(found.photos, places, strict=True)
            ],
            answer=msgspec.to_builtins(answer),
            further=msgspec.to_builtins(ranked[len(found.candidates) :]),
            certainty=found.judgement.logit if parts.calibrations and not asked.text else None,
            certainty_maker=parts.certainty_maker,
            device_id=visitor.device,
            key_id=visitor.key,
        )
        await keep(session, 200, body, catalog_id=gallery.catalog_id)
    observe_lookup(found.timings, found.judgement.verdict)
    return Response(content=body, status_code=200, media_type=JSON, headers={"Location": f"/v1/lookups/{lookup_id}"})
