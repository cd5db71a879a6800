"""Routes of the API's document: a page to read and try it, which needs no internet, and the document itself."""

from pathlib import Path
from typing import Final

from litestar import Controller, MediaType, get
from litestar.response import File

from mobile_contract.documents import DOCUMENT
from service import web
from service.access.routes import DOCUMENTS
from service.documents.presenter import PAGE

ASSETS: Final = Path(web.__file__).parent / "vendor" / "swagger-ui"


class DocumentsController(Controller):
    """The document is the committed one, which is what the code gives (``photocode contract write``). To make it anew
    takes a third of a second, in which nobody would be answered.
    """

    path = DOCUMENTS
    include_in_schema = False

    @get("/", media_type=MediaType.HTML, sync_to_thread=False)
    def page(self) -> str:
        """The page."""
        return PAGE

    @get("/openapi.json", sync_to_thread=False)
    def document(self) -> File:
        """The document."""
        return File(DOCUMENT, media_type=MediaType.JSON, content_disposition_type="inline", etag=None)
