"""Routes of a catalog's tags."""

from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody

from catalog.tags import read_tags, replace_tags
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code
from mobile_contract.tags import TagList
from service.access.scopes import Scope, needs
from service.access.trail import note
from service.dependencies import Call, Parts
from service.problems import documented
from service.tags.presenter import present_tags
from service.tags.requests import checked_tags


class TagsController(Controller):
    """Tags."""

    path = "/v1/catalogs/{catalog:str}/tags"
    tags = ("catalogs",)

    @get(
        opt=needs(Scope.CATALOG_READ),
        operation_id="getTags",
        summary="A catalog's tags",
        responses=documented(Code.CATALOG_NOT_FOUND),
    )
    async def get(self, catalog: FromPath[str], parts: Parts) -> TagList:
        """The tags that photos of a catalog are given, in their order."""
        async with parts.database.read() as session:
            return present_tags(await read_tags(session, catalog))

    @put(
        opt=needs(Scope.CATALOG_WRITE),
        operation_id="putTags",
        summary="Set a catalog's tags",
        request_max_body_size=JSON_BYTES,
        responses=documented(Code.CATALOG_NOT_FOUND, Code.BODY_TOO_LARGE),
    )
    async def put(self, catalog: FromPath[str], data: JSONBody[TagList], request: Call, parts: Parts) -> TagList:
        """Put a list of tags in the place of the one before. Answers of before keep theirs."""
        async with parts.database.write() as session:
            await note(session, request)
            return present_tags(await replace_tags(session, catalog, checked_tags(data)))
