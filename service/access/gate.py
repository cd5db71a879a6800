"""What every request passes before its body is read and its handler is called."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from mobile_contract.problems import Code
from service.access.decision import Asked, Rules, decide
from service.access.routes import is_public
from service.bootstrap import Services
from service.problems import Refused, answer_failure
from service.settings import Settings

STATE: Final = "visitor"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who was let in. ``client``: its address; ``device``: None from this machine, and on public routes."""

    client: str
    loopback: bool
    device: UUID | None


class AccessGate(ASGIMiddleware):
    """Lets requests in, or refuses them with a problem document."""

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET, ScopeType.ASGI)

    def __init__(self, settings: Settings) -> None:
        """``settings``: trusted proxies, and names of the service."""
        self._rules = Rules(proxies=settings.trusted_proxies, names=settings.own_names)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse a request, or pass it on with its visitor."""
        try:
            scope["state"][STATE] = await self._visitor(scope)
        except Exception as error:
            if scope["type"] != ScopeType.HTTP:
                raise
            # Answered here and not by Litestar, which would go past the middlewares that count it and give it its id.
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            await answer_failure(request, error).to_asgi_response(None, request)(scope, receive, send)
            return
        await next_app(scope, receive, send)

    async def _visitor(self, scope: Scope) -> Visitor:
        verdict = decide(_asked(scope), self._rules)
        if verdict.token is None:
            return Visitor(client=verdict.client, loopback=verdict.loopback, device=None)
        parts: Services = scope["litestar_app"].state.parts
        device = await parts.devices.find(verdict.token)
        if device is None:
            raise Refused(Code.DEVICE_TOKEN_INVALID, "no device has this token, or it was revoked")
        return Visitor(client=verdict.client, loopback=False, device=device)


def visitor_of(request: Request[Any, Any, Any]) -> Visitor:
    """Who the gate let in."""
    visitor: Visitor = request.scope["state"][STATE]
    return visitor


def _asked(scope: Scope) -> Asked:
    method = str(scope.get("method", "GET"))
    peer = scope["client"]
    return Asked(
        method=method,
        public=is_public(method, scope["path_template"]),
        peer=peer[0] if peer else None,
        headers=_headers(scope),
    )


def _headers(scope: Scope) -> dict[str, str]:
    """By name; what stands there several times is put together, as HTTP/2 takes cookies apart."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        between = "; " if name == "cookie" else ", "
        found[name] = f"{found[name]}{between}{value}" if name in found else value
    return found
