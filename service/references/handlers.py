"""Routes of reference images."""

from uuid import UUID

from litestar import Controller, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from catalog.products import get_reference
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.openapi import PictureOperation
from service.problems import documented
from service.references.presenter import etag_of, image_headers


class ReferencesController(Controller):
    """Reference images."""

    path = "/v1/references"
    tags = ("products",)

    @get(
        "/{reference_id:uuid}/image",
        opt=needs(Scope.LOOKUP, Scope.CATALOG_READ),
        operation_id="getReferenceImage",
        summary="The picture of a reference",
        operation_class=PictureOperation,
        media_type="image/jpeg",
        responses=documented(Code.REFERENCE_NOT_FOUND)
        | {304: ResponseSpec(None, description="The client has it", generate_examples=False)},
    )
    async def image(self, reference_id: FromPath[UUID], request: Call, parts: Parts) -> Response[bytes]:
        """The picture. Its bytes never change, so it may be kept for ever."""
        async with parts.database.read() as session:
            reference = await get_reference(session, reference_id)
        headers = image_headers(reference)
        if etag_of(reference) in request.headers.get("If-None-Match", ""):
            return Response(content=b"", status_code=304, headers=headers)
        content = await parts.pictures.get(reference.object_key)
        return Response(content=content, media_type=reference.media_type, headers=headers)
