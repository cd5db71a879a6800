"""Routes of reference images."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from catalog.references import get_reference
from mobile_contract.limits import JSON_BYTES, PART_NUMBER_CHARACTERS
from mobile_contract.problems import Code
from mobile_contract.products import Picture, PictureList, PicturePlace
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.operations import PictureOperation
from service.problems import documented
from service.references.actions import delete_picture, list_pictures, put_in_place, read_picture
from service.references.presenter import etag_of, image_headers, present_picture

PartNumber = Annotated[
    str,
    QueryParameter(name="partNumber", min_length=1, max_length=PART_NUMBER_CHARACTERS, description="Of the product"),
]


class ProductPicturesController(Controller):
    """The pictures of a catalog's products."""

    path = "/v1/catalogs/{catalog:str}/references"
    tags = ("products",)

    @get(
        operation_id="listReferences",
        summary="A product's pictures",
        opt=needs(Scope.CATALOG_READ),
        responses=documented(Code.CATALOG_NOT_FOUND, Code.PRODUCT_NOT_FOUND),
    )
    async def list(self, catalog: FromPath[str], part_number: PartNumber, parts: Parts) -> PictureList:
        """A product's pictures with all that is known of each; the one that stands for the product first."""
        found = await list_pictures(parts, catalog, part_number)
        return PictureList(pictures=[present_picture(one) for one in found])

    @get(
        "/{reference_id:uuid}",
        operation_id="getReference",
        summary="What is known of a picture",
        opt=needs(Scope.CATALOG_READ),
        responses=documented(Code.CATALOG_NOT_FOUND, Code.REFERENCE_NOT_FOUND),
    )
    async def get(self, catalog: FromPath[str], reference_id: FromPath[UUID], parts: Parts) -> Picture:
        """What is known of a picture; its bytes are at its ``imageUrl``."""
        return present_picture(await read_picture(parts, catalog, reference_id))

    @put(
        "/{reference_id:uuid}/place",
        operation_id="placeReference",
        summary="Put a picture in its place",
        opt=needs(Scope.CATALOG_WRITE),
        request_max_body_size=JSON_BYTES,
        responses=documented(Code.CATALOG_NOT_FOUND, Code.REFERENCE_NOT_FOUND, Code.BODY_TOO_LARGE),
    )
    async def place(
        self, catalog: FromPath[str], reference_id: FromPath[UUID], data: JSONBody[PicturePlace], parts: Parts
    ) -> Picture:
        """Put a picture at a place among those of its product. The one at place 0 stands for it in lists and pages."""
        return present_picture(await put_in_place(parts, catalog, reference_id, data.place))

    @delete(
        "/{reference_id:uuid}",
        operation_id="deleteReference",
        summary="Delete a picture",
        opt=needs(Scope.CATALOG_WRITE),
        responses=documented(Code.CATALOG_NOT_FOUND, Code.REFERENCE_NOT_FOUND),
    )
    async def delete(self, catalog: FromPath[str], reference_id: FromPath[UUID], parts: Parts) -> None:
        """Delete a picture for good: its product is no longer found by it."""
        await delete_picture(parts, catalog, reference_id)


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
