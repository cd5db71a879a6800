"""What becomes of a body that was not wanted.

A request is refused before its body is read. A server that then closed the connection would cut off a client that is
still sending, and that one would often see a reset instead of the answer (RFC 9112, 9.6). So the rest is taken in for a
while and thrown away: the client reads why, and its connection can be used again.
"""

import asyncio
from contextlib import suppress
from typing import Final

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPDisconnectEvent, HTTPReceiveMessage, Message, Receive, Scope, Send

DRAIN_SECONDS: Final = 10.0
"""In all: a phone on a slow line has sent most of a photo by then."""
PAUSE_SECONDS: Final = 2.0
"""Between two pieces: who sends no more is not waited for."""
_WITH_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})


class UnwantedBodies(ASGIMiddleware):
    """Takes in what is left of a request's body after its answer. Outermost, whoever refuses it."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap one request."""
        if not any(name in _WITH_BODY for name, _ in scope["headers"]):
            await next_app(scope, receive, send)
            return
        body = _Body(receive)

        async def send_noted(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                body.answered = True

        await next_app(scope, body.receive, send_noted)
        if body.answered and not body.complete:
            await body.drain()


class _Body:
    """``complete``: all of it has come, or the client has gone; ``answered``: the whole answer has been sent."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.complete = self.answered = False

    async def receive(self) -> HTTPReceiveMessage | HTTPDisconnectEvent:
        message: HTTPReceiveMessage | HTTPDisconnectEvent = await self._receive()  # type: ignore[assignment]
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self.complete = True
        return message

    async def drain(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self.complete:
                    async with asyncio.timeout(PAUSE_SECONDS):
                        await self.receive()
