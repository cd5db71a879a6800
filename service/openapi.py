"""The OpenAPI document: its head, words that operations share, and a page to try it that needs no internet."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import (
    Components,
    Reference,
    SecurityRequirement,
    SecurityScheme,
)
from litestar.params import HeaderParameter

from mobile_contract.documents import DOCUMENT
from mobile_contract.limits import IDEMPOTENCY_DAYS, IDEMPOTENCY_KEY_CHARACTERS
from mobile_contract.problems import Code
from service.access.decision import COOKIE

ASSETS = Path(__file__).parent / "web" / "vendor" / "swagger-ui"

IDEMPOTENT = (Code.IDEMPOTENCY_KEY_INVALID, Code.IDEMPOTENCY_KEY_IN_FLIGHT, Code.IDEMPOTENCY_KEY_REUSED)

COUNTED = (Code.RATE_LIMITED, Code.QUOTA_EXCEEDED)
"""Where what a client has asked is counted."""

OF_PHOTOS = (
    Code.CATALOG_NOT_FOUND,
    Code.SPACE_MISMATCH,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.BODY_TOO_LARGE,
    Code.PHOTO_MISSING,
    Code.PHOTO_EMPTY,
    Code.PHOTO_FORMAT_UNSUPPORTED,
    Code.PHOTO_UNREADABLE,
    Code.PHOTO_TOO_LARGE,
    Code.PHOTO_TOO_SLOW,
    Code.TIMED_OUT,
    *COUNTED,
)
"""What may be wrong with a request that brings photos to a catalog."""

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=IDEMPOTENCY_KEY_CHARACTERS,
        description="Makes repeating this request safe: the same key gives the same answer, and the work is done once. "
        f"It is the client's own, and remembered for {IDEMPOTENCY_DAYS} days",
    ),
]

NO_SECURITY: list[SecurityRequirement] = [{}]
"""Of operations that everybody may ask."""
_SECURITY: list[SecurityRequirement] = [{"deviceToken": []}, {"deviceCookie": []}, {}]
_SCHEMES: dict[str, SecurityScheme | Reference] = {
    "deviceToken": SecurityScheme(
        type="http",
        scheme="bearer",
        description="A key, from `createKey`, or a device's token, from `enrolDevice`. Needed from outside the "
        "service's own machine, and where the operator says so on that too. Operations tell which scope they need",
    ),
    "deviceCookie": SecurityScheme(
        type="apiKey", name=COOKIE, security_scheme_in="cookie", description="The same token, kept for the phone page"
    ),
}


class CommittedDocument(JsonRenderPlugin):
    """The document as it is committed, which is what the code gives (``photocode contract write``): to make it anew
    takes as long as all else that a service does before it can answer.
    """

    def __init__(self) -> None:
        """Beside the page."""
        super().__init__(path="/openapi.json")

    def render(self, _request: Request[Any, Any, Any], _openapi_schema: dict[str, Any]) -> bytes:
        """JSON."""
        return DOCUMENT.read_bytes()


class OfflineSwagger(SwaggerRenderPlugin):
    """Swagger UI from the files that the package carries."""

    def __init__(self) -> None:
        """At the root of the documentation."""
        super().__init__(
            js_url="/docs/assets/swagger-ui-bundle.js",
            css_url="/docs/assets/swagger-ui.css",
            path="/",
            favicon="<link rel='icon' href='data:,'>",
        )

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page: the document is fetched, so that what one tries is what is published."""
        title = openapi_schema["info"]["title"]
        page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{self.favicon}
<link rel="stylesheet" href="{self.css_url}"></head><body><div id="api"></div><script src="{self.js_url}"></script>
<script>SwaggerUIBundle({{url: "/docs/openapi.json", dom_id: "#api", deepLinking: true, tryItOutEnabled: true,
displayRequestDuration: true}})</script></body></html>"""
        return page.encode()


def openapi_config() -> OpenAPIConfig:
    """The document's head and where it is shown."""
    return OpenAPIConfig(
        title="Photocode",
        version=version("photocode"),
        summary="A photographic barcode: photo in, the few most likely products of the catalog out",
        path="/docs",
        render_plugins=[OfflineSwagger(), CommittedDocument()],
        use_handler_docstrings=True,
        security=_SECURITY,
        components=Components(security_schemes=_SCHEMES),
    )
