"""``OPTIONS`` says of an address all the methods that it has."""

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Message, Receive, Scope, Send


class AllowedMethods(ASGIMiddleware):
    """Completes ``Allow``: of several handlers at one address Litestar names the first one's methods only."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap one request."""
        if scope.get("method") != "OPTIONS":
            await next_app(scope, receive, send)
            return
        routes = [one for one in scope["litestar_app"].routes if one.path_format == scope.get("path_template")]
        methods = {str(method) for route in routes if isinstance(route, HTTPRoute) for method in route.methods}

        async def send_complete(message: Message) -> None:
            if message["type"] == "http.response.start" and methods:
                headers = MutableScopeHeaders(message)
                headers["Allow"] = ", ".join(sorted(methods))
            await send(message)

        await next_app(scope, receive, send_complete)
