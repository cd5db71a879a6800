"""The OpenAPI document: its head, and words that operations share."""

from importlib.metadata import version
from typing import Annotated

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import (
    Components,
    Reference,
    SecurityRequirement,
    SecurityScheme,
)
from litestar.params import HeaderParameter

from mobile_contract.limits import IDEMPOTENCY_DAYS, IDEMPOTENCY_KEY_CHARACTERS
from mobile_contract.problems import Code
from service.access.decision import COOKIE

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


def openapi_config() -> OpenAPIConfig:
    """The document's head."""
    return OpenAPIConfig(
        title="Photocode",
        version=version("photocode"),
        summary="A photographic barcode: photo in, the few most likely products of the catalog out",
        use_handler_docstrings=True,
        security=_SECURITY,
        components=Components(security_schemes=_SCHEMES),
    )
