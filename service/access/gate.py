"""What every request passes before its body is read and its handler is called."""

from typing import Any, Final

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as Connection

from service.access.clients import client_of
from service.access.decision import Asked, Rules, Verdict, decide
from service.access.routes import Needs, needs_of
from service.access.scopes import Scope
from service.access.tokens import Purpose
from service.access.visitor import STATE, Visitor, demand_right, visitor_of
from service.bootstrap import Services
from service.problems import answer_failure
from service.settings import Settings

__all__ = ["AccessGate", "Visitor", "visitor_of"]

LOCAL: Final = "local"
"""Programs of this machine, which need no key."""


class AccessGate(ASGIMiddleware):
    """Lets requests in, or refuses them with a problem document."""

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET, ScopeType.ASGI)

    def __init__(self, settings: Settings) -> None:
        """``settings``: whether this machine needs keys, trusted proxies, and names of the service."""
        self._rules = Rules(local=settings.access != "keys", proxies=settings.trusted_proxies, names=settings.own_names)

    async def handle(self, scope: Connection, receive: Receive, send: Send, next_app: ASGIApp) -> None:
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

    async def _visitor(self, scope: Connection) -> Visitor:
        method, template = str(scope.get("method", "GET")), scope["path_template"]
        needs = needs_of(method, template, scope["route_handler"].opt)
        asked, parts = _asked(scope, needs), scope["litestar_app"].state.parts
        with parts.attempts.counted(client_of(asked.peer, asked.headers, self._rules.proxies).address):
            visitor = await self._let_in(decide(asked, self._rules), parts)
        if not (visitor.loopback or needs.public):
            await demand_right(visitor, needs, scope["path_params"], parts.database)
        return visitor

    async def _let_in(self, verdict: Verdict, parts: Services) -> Visitor:
        if verdict.loopback:
            scopes = frozenset({Scope.ADMIN})
            return Visitor(client=verdict.client, loopback=True, subject=LOCAL, owner=LOCAL, scopes=scopes)
        if verdict.token is None:
            return Visitor(client=verdict.client, loopback=False)
        guessed = parts.attempts.exhausted(verdict.client)
        found = await parts.credentials.find(verdict.token, guessed=guessed)
        return Visitor(
            client=verdict.client,
            loopback=False,
            device=found.id if found.purpose is Purpose.DEVICE else None,
            key=found.id if found.purpose is Purpose.KEY else None,
            subject=found.subject,
            owner=found.owner,
            scopes=found.scopes,
            catalogs=found.catalogs,
        )


def _asked(scope: Connection, needs: Needs) -> Asked:
    peer = scope["client"]
    return Asked(
        method=str(scope.get("method", "GET")),
        public=needs.public,
        peer=peer[0] if peer else None,
        headers=_headers(scope),
    )


def _headers(scope: Connection) -> dict[str, str]:
    """By name; what stands there several times is put together, as HTTP/2 takes cookies apart."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        between = "; " if name == "cookie" else ", "
        found[name] = f"{found[name]}{between}{value}" if name in found else value
    return found
