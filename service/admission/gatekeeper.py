"""What every request passes after it was let in and before its handler reads the body."""

from typing import Any, Final, cast

from litestar import Request
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from mobile_contract.problems import Code
from service.access.visitor import STATE, Visitor
from service.admission.doors import Admission
from service.admission.exchange import Exchange
from service.admission.lanes import TERMS, Lane, lane_of
from service.admission.metering import Metered
from service.bootstrap import Services
from service.problems import answer_failure
from service.refused import Refused

PROBES: Final = frozenset({"/livez", "/healthz", "/readyz", "/metrics"})
"""What a closing service still answers."""


class Gatekeeper(ASGIMiddleware):
    """Turns away what is too much, before its body is read; the rest gets its turn, and its place back when it left."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap one request."""
        parts: Services = scope["litestar_app"].state.parts
        handler = scope["route_handler"]
        lane = lane_of(handler) if isinstance(handler, HTTPRouteHandler) and scope.get("method") != "OPTIONS" else None
        try:
            _demand_open(parts.admission, scope["path_template"], lane)
        except Exception as error:
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            await answer_failure(request, error).to_asgi_response(None, request)(scope, receive, send)
            return
        exchange = Exchange(
            cast("HTTPScope", scope), receive, send, parts.admission, lane, _metered(parts, scope, lane)
        )
        await exchange.run(next_app)


def _demand_open(admission: Admission, template: str, lane: Lane | None) -> None:
    """Raises Refused where the service is closing, Overloaded where there is no room."""
    if admission.closing.is_set() and template not in PROBES:
        raise Refused(Code.SHUTTING_DOWN, "the service is being stopped; try again shortly")
    if lane is not None:
        admission.demand_room(lane)


def _metered(parts: Services, scope: Scope, lane: Lane | None) -> Metered | None:
    """What the request is counted by, which goes on beside it from now on."""
    if lane is None or not TERMS[lane].counted:
        return None
    visitor: Visitor = scope["state"][STATE]
    return parts.meter.begin(visitor.subject)
