"""Route of exports."""

from enum import StrEnum
from typing import Annotated

from litestar import Controller, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from mobile_contract.problems import Code
from service.access.scopes import Scope, needs
from service.dependencies import Parts
from service.exporting.tables import Form
from service.exports.actions import spool_catalog, stream_archive, stream_table
from service.exports.presenter import present_export
from service.operations import ExportOperation
from service.problems import documented


class ExportForm(StrEnum):
    """Of the whole file."""

    ZIP = "zip"
    CSV = "csv"
    JSONL = "jsonl"


As = Annotated[ExportForm, QueryParameter(name="format", description="A ZIP of a table and pictures, or a table alone")]
Table = Annotated[
    Form,
    QueryParameter(name="table", description="Of the ZIP: jsonl says everything exactly, csv is for spreadsheets"),
]


class ExportsController(Controller):
    """A catalog as a file."""

    path = "/v1/catalogs/{catalog:str}/export"
    tags = ("catalogs",)

    @get(
        operation_id="exportCatalog",
        summary="All products of a catalog, as a file that imports back",
        operation_class=ExportOperation,
        opt=needs(Scope.CATALOG_READ),
        responses=documented(Code.CATALOG_NOT_FOUND),
    )
    async def export(
        self, catalog: FromPath[str], parts: Parts, form: As = ExportForm.ZIP, table: Table = Form.JSONL
    ) -> Stream:
        """The products as they are at this moment, with their pictures as they are kept; removed ones are not there."""
        if form is ExportForm.ZIP:
            spooled = await spool_catalog(parts, catalog, table, pictures=True)
            return present_export(stream_archive(parts, spooled, f"products.{table}"), catalog, form)
        spooled = await spool_catalog(parts, catalog, Form(form.value), pictures=False)
        return present_export(stream_table(spooled), catalog, form)
