"""Taking pictures in that a table will name."""

from collections.abc import Sequence
from typing import Any

from litestar import Request

from catalog.catalogs import find_catalog
from mobile_contract.problems import Code, FieldError
from service.bootstrap import Services
from service.jobs.uploads import KeptUpload
from service.pictures.requests import PICTURE, read_pictures
from service.recognition.embedding.photo import PhotoError
from service.refused import Refused


async def take_pictures(request: Request[Any, Any, Any], parts: Services, catalog_name: str) -> Sequence[KeptUpload]:
    """Read the pictures and keep them all.

    Raises:
        CatalogNotFound, Refused: nothing was kept; one that is no picture is told by its place.

    """
    async with parts.database.read() as session:
        catalog_id = await find_catalog(session, catalog_name)
    pictures = await read_pictures(request)
    try:
        return await parts.uploads.keep(catalog_id, pictures)
    except PhotoError as error:
        field = FieldError(field=f"{PICTURE}[{error.place}]", message=str(error))
        raise Refused(Code(error.code), str(error), (field,)) from error
