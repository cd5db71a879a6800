"""Routes of lookups."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from catalog.lookups import get_lookup, ranked_candidates
from mobile_contract.candidates import CandidatePage, Channel
from mobile_contract.facets import Field
from mobile_contract.limits import (
    CANDIDATES_DEFAULT,
    CANDIDATES_MAX,
    CLIENT_ID_CHARACTERS,
    FACETS_MAX,
    LABELS_CHARACTERS,
    LABELS_PATTERN,
    OPTIONS_BYTES,
    PHOTO_BYTES,
    TEXT_CHARACTERS,
)
from mobile_contract.lookups import Focus, Lookup
from mobile_contract.problems import Code
from service.access.gate import visitor_of
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.lookups.actions import look_up
from service.lookups.presenter import present_page, present_stored
from service.openapi import IDEMPOTENT, OF_PHOTOS, IdempotencyKey
from service.operations import LookupOperation
from service.paging import After, PageLimit
from service.photos.erasing import erase_photos
from service.problems import documented

PROBLEMS = (
    *OF_PHOTOS,
    Code.LOOKUP_NOT_FOUND,
    Code.PHOTO_NOT_KEPT,
    Code.PHOTO_URL_REFUSED,
    Code.PHOTO_URL_FAILED,
    Code.TIMED_OUT,
    *IDEMPOTENT,
)

Limit = Annotated[
    int,
    QueryParameter(name="limit", ge=1, le=CANDIDATES_MAX, description="Candidates at most; with a raw body only"),
]
ClientLookupId = Annotated[
    str | None,
    QueryParameter(
        name="clientLookupId",
        min_length=1,
        max_length=CLIENT_ID_CHARACTERS,
        description="The client's own id of this lookup, echoed in the answer; with a raw body only",
    ),
]
Text = Annotated[
    str | None,
    QueryParameter(
        name="text",
        min_length=1,
        max_length=TEXT_CHARACTERS,
        description="Words for what is meant, as a hint beside the photo; with a raw body only",
    ),
]
Categories = Annotated[
    list[str] | None,
    QueryParameter(name="category", description="Only products of one of these categories; with a raw body only"),
]
Metadata = Annotated[
    list[str] | None,
    QueryParameter(
        name="metadata", description="Only products with this metadata, as key:value, repeatable; with a raw body only"
    ),
]
Channels = Annotated[
    list[Channel] | None,
    QueryParameter(
        name="channel", description="Look by these kinds of evidence only, repeatable; with a raw body only"
    ),
]
Facets = Annotated[
    list[Field] | None,
    QueryParameter(
        name="facet",
        max_items=FACETS_MAX,
        description="Count the values of this field, category or a metadata key, among all that were ranked; "
        "repeatable, with a raw body only",
    ),
]
LabelsBy = Annotated[
    str | None,
    QueryParameter(
        name="labels",
        pattern=LABELS_PATTERN,
        max_length=LABELS_CHARACTERS,
        description="Give the most probable labels: product, category, or metadata: and a key; with a raw body only",
    ),
]
WithTags = Annotated[
    bool | None,
    QueryParameter(
        name="tags", description="Give those of the catalog's tags that the photo looks like; with a raw body only"
    ),
]
WithObjects = Annotated[
    bool | None,
    QueryParameter(
        name="objects",
        description="The photo shows several things: say of each what it may be; with a raw body only",
    ),
]
Focusing = Annotated[
    Focus | None,
    QueryParameter(
        name="focus",
        description="auto: look at the one object of the photo where it is small or aside; with a raw body only",
    ),
]
Box = Annotated[
    str | None,
    QueryParameter(
        name="region",
        description="Look at this part of the photo only: x,y,width,height in fractions of it; with a raw body only",
    ),
]


class LookupsController(Controller):
    """Lookups."""

    path = "/v1"
    tags = ("lookups",)

    @post(
        "/catalogs/{catalog:str}/lookups",
        opt=needs(Scope.LOOKUP),
        operation_id="lookUp",
        summary="Find the product in a photo",
        operation_class=LookupOperation,
        status_code=200,
        # Form overhead and the options come on top of the photo.
        request_max_body_size=PHOTO_BYTES + 2 * OPTIONS_BYTES,
        responses={
            200: ResponseSpec(Lookup, description="The answer, also where nothing matches", generate_examples=False)
        }
        | documented(*PROBLEMS),
    )
    async def look_up(
        self,
        catalog: FromPath[str],
        request: Call,
        parts: Parts,
        limit: Limit = CANDIDATES_DEFAULT,
        client_lookup_id: ClientLookupId = None,
        text: Text = None,
        region: Box = None,
        category: Categories = None,
        metadata: Metadata = None,
        channel: Channels = None,
        facet: Facets = None,
        labels: LabelsBy = None,
        tags: WithTags = None,
        objects: WithObjects = None,
        focus: Focusing = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Find the product in a photo: the few most likely ones, and a verdict."""
        return await look_up(request, parts, catalog)

    @get(
        "/lookups/{lookup_id:uuid}/candidates",
        opt=needs(Scope.LOOKUP),
        operation_id="listCandidates",
        summary="Further candidates of an earlier answer",
        responses=documented(Code.LOOKUP_NOT_FOUND),
    )
    async def candidates(
        self,
        lookup_id: FromPath[UUID],
        parts: Parts,
        after: After = None,
        limit: PageLimit = CANDIDATES_DEFAULT,
    ) -> CandidatePage:
        """The candidates that were ranked when the lookup was answered, page by page; 50 of them are kept."""
        async with parts.database.read() as session:
            stored = await ranked_candidates(session, lookup_id)
        return present_page(lookup_id, stored, after, limit)

    @get(
        "/lookups/{lookup_id:uuid}",
        opt=needs(Scope.LOOKUP),
        operation_id="getLookup",
        summary="An earlier answer",
        responses=documented(Code.LOOKUP_NOT_FOUND),
    )
    async def get(self, lookup_id: FromPath[UUID], request: Call, parts: Parts) -> Lookup:
        """An earlier answer as it was given, with the worker's word on it."""
        async with parts.database.read() as session:
            stored = await get_lookup(session, lookup_id)
        return present_stored(stored, named=visitor_of(request).may(Scope.ADMIN))

    @delete(
        "/lookups/{lookup_id:uuid}/photos",
        opt=needs(Scope.LOOKUP),
        operation_id="eraseLookupPhotos",
        summary="Erase the photos of a lookup",
        responses=documented(Code.LOOKUP_NOT_FOUND),
    )
    async def erase(self, lookup_id: FromPath[UUID], request: Call, parts: Parts) -> None:
        """Erase the photos of a lookup: who asked may, and administrators. The answer stays, and can no longer be asked
        again by `photoOf`. A photo that another lookup was asked with too goes with the last one.
        """
        await erase_photos(request, parts, lookup_id)
