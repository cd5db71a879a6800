"""Routes of catalogs."""

from typing import Annotated

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from catalog.catalogs import catalog_summary, create_catalog, list_catalogs, remove_catalog
from mobile_contract.catalogs import Catalog, CatalogList, NewCatalog
from mobile_contract.limits import JSON_BYTES
from mobile_contract.problems import Code
from service.access.gate import visitor_of
from service.access.scopes import Scope, needs
from service.access.trail import note
from service.catalogs.presenter import present_catalog
from service.catalogs.requests import demand_confirmation
from service.dependencies import Call, Parts
from service.problems import documented

Confirm = Annotated[str, QueryParameter(name="confirm", description="The catalog's name once more")]


class CatalogsController(Controller):
    """Catalogs."""

    path = "/v1/catalogs"
    tags = ("catalogs",)

    @post(
        opt=needs(Scope.CATALOG_WRITE, everywhere=True),
        operation_id="createCatalog",
        summary="Make a catalog",
        request_max_body_size=JSON_BYTES,
        responses=documented(Code.CATALOG_EXISTS, Code.BODY_TOO_LARGE),
    )
    async def create(self, data: JSONBody[NewCatalog], request: Call, parts: Parts) -> Catalog:
        """Make a catalog, to be searched with the model that is running."""
        async with parts.database.write() as session:
            summary = await create_catalog(session, data.name, data.title, parts.space)
            await note(session, request, target=f"/v1/catalogs/{data.name}")
        return present_catalog(summary, enriching=parts.enriching, reading=parts.reading)

    @get(
        opt=needs(Scope.LOOKUP, Scope.CATALOG_READ),
        operation_id="listCatalogs",
        summary="All catalogs",
        responses=documented(),
    )
    async def list(self, request: Call, parts: Parts) -> CatalogList:
        """All catalogs that the client may use."""
        async with parts.database.read() as session:
            found = await list_catalogs(session, visitor_of(request).among)
        return CatalogList(
            catalogs=[present_catalog(summary, enriching=parts.enriching, reading=parts.reading) for summary in found]
        )

    @get(
        "/{catalog:str}",
        opt=needs(Scope.CATALOG_READ),
        operation_id="getCatalog",
        summary="A catalog and what it holds",
        responses=documented(Code.CATALOG_NOT_FOUND),
    )
    async def get(self, catalog: FromPath[str], parts: Parts) -> Catalog:
        """A catalog and what it holds."""
        async with parts.database.read() as session:
            summary = await catalog_summary(session, catalog)
        return present_catalog(summary, enriching=parts.enriching, reading=parts.reading)

    @delete(
        "/{catalog:str}",
        operation_id="removeCatalog",
        summary="Remove a catalog with all that it holds",
        opt=needs(Scope.ADMIN),
        responses=documented(Code.CATALOG_NOT_FOUND),
    )
    async def remove(self, catalog: FromPath[str], confirm: Confirm, parts: Parts) -> None:
        """Nothing of it is found any more, its lookups neither; it cannot be restored. Its name is free at once."""
        demand_confirmation(catalog, confirm)
        async with parts.database.write() as session:
            await remove_catalog(session, catalog)
