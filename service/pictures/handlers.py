"""Routes of uploaded pictures."""

from litestar import Controller, post
from litestar.params import FromPath

from mobile_contract.limits import PHOTO_BYTES
from mobile_contract.pictures import UploadedPictures
from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Call, Parts
from service.openapi import OF_PHOTOS
from service.operations import UploadOperation
from service.pictures.actions import take_pictures
from service.pictures.presenter import present_uploads
from service.problems import documented


class PicturesController(Controller):
    """Pictures of a catalog that a table will name."""

    path = "/v1/catalogs/{catalog:str}/pictures"
    tags = ("imports",)

    @post(
        operation_id="uploadPictures",
        summary="Upload pictures that a table will name",
        operation_class=UploadOperation,
        status_code=201,
        request_max_body_size=PHOTO_BYTES,
        responses=documented(*(code for code in OF_PHOTOS if code is not Code.SPACE_MISMATCH)),
        opt=needs(Scope.CATALOG_WRITE),
    )
    async def upload(self, catalog: FromPath[str], request: Call, parts: Parts) -> UploadedPictures:
        """Keep one or several pictures for seven days; a table names each by its ``name``. Repeating is safe."""
        return present_uploads(await take_pictures(request, parts, catalog))
