"""What every request goes through: an id, and a log line with its time."""

import time
from uuid import uuid4

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_ID_CHARACTERS = 100


class RequestContext(ASGIMiddleware):
    """Gives every HTTP request an id (the caller's ``X-Request-Id`` where it is sane), echoed and logged."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap one request."""
        request_id = _given_id(scope) or str(uuid4())
        scope["state"]["request_id"] = request_id
        start = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await next_app(scope, receive, send_with_id)
            structlog.get_logger("photocode.http").debug(
                "request",
                method=scope.get("method"),
                path=scope["path"],
                status=status,
                milliseconds=round((time.perf_counter() - start) * 1000, 1),
            )


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and len(value) <= _ID_CHARACTERS and value.isascii():
            text = value.decode()
            return text if text.isprintable() and text else None
    return None
