"""Headers of answers that no handler returns, as the document tells them: how long to wait, and what is left to ask."""

from collections.abc import Iterable
from typing import Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIHeader, OpenAPIMediaType, OpenAPIResponse, Operation, Reference, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.routes import HTTPRoute

from mobile_contract.problems import KINDS, Code
from service.admission.lanes import TERMS, lane_of
from service.admission.metering import LEFT_HEADER, POLICY_HEADER

RETRY_HEADER: Final = "Retry-After"
HEADERS: Final = {
    RETRY_HEADER: OpenAPIHeader(
        description="Seconds after which it may go well. Of an answer that may be given for several reasons, where "
        "waiting helps",
        schema=Schema(type=OpenAPIType.INTEGER, minimum=0),
    ),
    POLICY_HEADER: OpenAPIHeader(
        description='How much the client may ask, and in how many seconds: `"minute";q=60;w=60, "day";q=5000;w=86400`. '
        "Only where it has a rate or a quota",
        schema=Schema(type=OpenAPIType.STRING),
    ),
    LEFT_HEADER: OpenAPIHeader(
        description='How much of that is left, and in how many seconds it is the whole again: `"minute";r=59;t=42`. '
        "Only where the client has a rate or a quota",
        schema=Schema(type=OpenAPIType.STRING),
    ),
}
"""Each stands in the document once, among its components."""


def add_headers(app: Litestar, operations: Iterable[Operation]) -> None:
    """Say of each operation's answers which of the headers they carry. Before examples take the codes' place."""
    app.openapi_schema.components.headers = dict(HEADERS)
    counted = _counted(app)
    for operation in operations:
        for response in (operation.responses or {}).values():
            if isinstance(response, OpenAPIResponse):
                names = [POLICY_HEADER, LEFT_HEADER] if operation.operation_id in counted else []
                names += [RETRY_HEADER] if _may_pass(response) else []
                _add(response, names)


def _counted(app: Litestar) -> frozenset[str]:
    """Operations whose requests are counted towards rates and quotas."""
    handlers = [one for route in app.routes if isinstance(route, HTTPRoute) for one in route.route_handlers]
    return frozenset(one.operation_id for one in handlers if isinstance(one.operation_id, str) and _is_counted(one))


def _is_counted(handler: HTTPRouteHandler) -> bool:
    lane = lane_of(handler)
    return lane is not None and TERMS[lane].counted


def _may_pass(response: OpenAPIResponse) -> bool:
    contents = (one for one in (response.content or {}).values() if isinstance(one, OpenAPIMediaType))
    codes = {Code(code) for content in contents for code in content.examples or () if code in set(Code)}
    return any(KINDS[code].retry_after is not None for code in codes)


def _add(response: OpenAPIResponse, names: Iterable[str]) -> None:
    added: dict[str, OpenAPIHeader | Reference] = {
        name: Reference(ref=f"#/components/headers/{name}") for name in names
    }
    if added:
        response.headers = {**(response.headers or {}), **added}
