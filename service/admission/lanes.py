"""Lanes: what kind of work a route is, by which its requests are let in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler
from litestar.types import Empty

from mobile_contract.limits import JSON_BYTES, LOOKUP_SECONDS, PHOTO_BYTES

LANE: Final = "lane"
"""Key of a route's options by which it says its lane itself."""

OPTIONS_BYTES: Final = 1024 * 1024
"""What a form of photos may hold beside them."""


class Lane(StrEnum):
    """``light``: a small JSON. ``photos``: what a worker waits for. ``bulk``: uploads of whole catalogs."""

    LIGHT = "light"
    PHOTOS = "photos"
    BULK = "bulk"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How requests of a lane are treated. Seconds: ``body``, for all of it; ``chunk``, between two pieces of it;
    ``patience``, for its turn. ``counted``: towards rates and quotas. ``left_alone``: its work goes on when its client
    has gone.
    """

    body: float
    chunk: float
    patience: float
    counted: bool
    left_alone: bool


TERMS: Final = {
    Lane.LIGHT: Terms(body=15, chunk=15, patience=5, counted=False, left_alone=True),
    Lane.PHOTOS: Terms(body=LOOKUP_SECONDS, chunk=15, patience=6, counted=True, left_alone=False),
    Lane.BULK: Terms(body=3600, chunk=30, patience=30, counted=True, left_alone=True),
}


def lane(of: Lane) -> dict[str, Any]:
    """Options of a route that is of another lane than the size of its bodies says: ``@post(..., opt=lane(...))``."""
    return {LANE: of}


def lane_of(handler: HTTPRouteHandler) -> Lane | None:
    """The lane of a route; None where it takes no body."""
    if said := handler.opt.get(LANE):
        return Lane(said)
    if handler.http_methods <= {"GET", "HEAD", "OPTIONS"}:
        return None
    if handler.request_max_body_size is Empty:
        return Lane.LIGHT  # what takes a body says of what size
    most = handler.resolve_request_max_body_size()
    if most is None or most > PHOTO_BYTES + OPTIONS_BYTES:
        return Lane.BULK
    return Lane.PHOTOS if most > JSON_BYTES else Lane.LIGHT


def honours_keys(handler: HTTPRouteHandler) -> bool:
    """Whether a repeated request of this route gets its first answer again, by its Idempotency-Key."""
    return "idempotency_key" in handler.parsed_fn_signature.parameters
