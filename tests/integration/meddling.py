"""A real application whose requests and answers a test may meddle with on their way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from litestar.types import ASGIApp, Receive, Send


@dataclass
class Asked:
    """A request; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str | None:
        return self.headers.get("idempotency-key")


@dataclass
class Reply:
    """An answer; names of headers in lower case."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Relay = Callable[[Asked], Awaitable[Reply]]
Meddle = Callable[[Asked, Relay], Awaitable[Reply]]


async def leave(asked: Asked, relay: Relay) -> Reply:
    """Does nothing to either."""
    return await relay(asked)


class Meddled:
    """An ASGI application around another one. ``seen`` holds every request since the last :meth:`by`."""

    def __init__(self, app: Any) -> None:
        self._app: ASGIApp = app
        self._meddle: Meddle = leave
        self.seen: list[Asked] = []

    @contextmanager
    def by(self, meddle: Meddle) -> Iterator["Meddled"]:
        """Meddle while the block runs."""
        self._meddle = meddle
        self.seen.clear()
        try:
            yield self
        finally:
            self._meddle = leave

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        while True:
            message: Any = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        asked = Asked(scope["method"], scope["path"], headers, body)
        self.seen.append(asked)
        reply = await self._meddle(asked, self._relay_of(scope))
        reply.headers["content-length"] = str(len(reply.body))
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": reply.body, "more_body": False})

    def _relay_of(self, scope: Any) -> Relay:
        async def relay(asked: Asked) -> Reply:
            raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in asked.headers.items()]
            meant: Any = {**scope, "headers": raw, "state": dict(scope.get("state", {}))}  # it may be relayed twice
            left = [asked.body]
            reply = Reply(0)
            complete = asyncio.Event()

            async def receive() -> Any:
                if left:
                    return {"type": "http.request", "body": left.pop(), "more_body": False}
                await complete.wait()  # as a server's: streams listen until the client has gone
                return {"type": "http.disconnect"}

            async def send(message: Any) -> None:
                if message["type"] == "http.response.start":
                    reply.status = message["status"]
                    reply.headers = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in message["headers"]}
                else:
                    reply.body += message.get("body", b"")
                    if not message.get("more_body"):
                        complete.set()

            await self._app(meant, receive, send)
            return reply

        return relay
