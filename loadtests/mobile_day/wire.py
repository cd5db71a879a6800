"""Requests as phones send them: over a connection of their own, with the body at the speed of the uplink.

Nothing here but the standard library, whose sockets and clocks Locust replaces with gevent's: so thousands wait at
once. Locust's own client sends a body in one go, and counts from when it came to it.
"""

import http.client
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

MEGABIT: Final = 1_000_000
PIECE_SECONDS: Final = 0.02
LEAST_PIECE: Final = 1_024
PATIENCE_SECONDS: Final = 35.0
"""Longer than the service promises to take (:data:`mobile_contract.limits.LOOKUP_SECONDS`)."""


class Uplink(msgspec.Struct, frozen=True, kw_only=True):
    """A phone's way to the service. ``bits``: a second; 0 for as fast as the machine can."""

    name: str
    bits: int

    def seconds(self, size: int) -> float:
        """What a body of ``size`` bytes takes by itself."""
        return size * 8 / self.bits if self.bits else 0.0


FAST: Final = Uplink(name="fast", bits=0)


class Body(msgspec.Struct, frozen=True):
    """An encoded body."""

    content_type: str
    content: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. ``retry_after``: seconds; None where the header is not there."""

    status: int
    body: bytes
    replayed: bool
    retry_after: float | None


class Cut(Exception):
    """The connection was dropped amid the body, as planned."""


def form(photos: list[bytes], options: bytes) -> Body:
    """A lookup's multipart form."""
    parts = [("photo", ("photo.jpg", photo, "image/jpeg")) for photo in photos]
    files = [*parts, ("request", (None, options, "application/json"))]
    request = httpx.Request("POST", "http://service", files=files)
    return Body(request.headers["Content-Type"], request.read())


def paced(content: bytes, uplink: Uplink, cut: float | None = None) -> Iterator[bytes]:
    """Pieces of a body, none sooner than the uplink carries it; ``cut``: the share after which the connection drops.

    Raises:
        Cut: there.

    """
    whole = len(content)
    end = whole if cut is None else int(whole * cut)
    piece = max(LEAST_PIECE, int(uplink.bits * PIECE_SECONDS / 8)) if uplink.bits else whole
    begin = time.monotonic()
    for start in range(0, end, max(piece, 1)):
        part = content[start : min(start + piece, end)]
        late = begin + uplink.seconds(start + len(part)) - time.monotonic()
        if late > 0:
            time.sleep(late)
        yield part
    if cut is not None:
        raise Cut


class Wire:
    """The way to a service."""

    def __init__(self, url: str) -> None:
        """``url``: of its root, http only."""
        self._address = urlsplit(url).netloc

    def post(
        self,
        path: str,
        body: Body,
        key: str,
        *,
        uplink: Uplink = FAST,
        cut: float | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> Answer:
        """Send a body and wait for the answer, ``patience`` seconds at most.

        Raises:
            Cut: the connection was dropped after that share of the body, as planned.
            TimeoutError: no answer came.
            OSError, http.client.HTTPException: the connection was lost.

        """
        headers = {"Content-Type": body.content_type, "Content-Length": str(len(body.content)), "Idempotency-Key": key}
        return self._send("POST", path, headers, paced(body.content, uplink, cut), patience)

    def get(self, path: str) -> Answer:
        """Read something. Raises as :meth:`post` does."""
        return self._send("GET", path, {}, None, PATIENCE_SECONDS)

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: Iterator[bytes] | None, patience: float
    ) -> Answer:
        connection = http.client.HTTPConnection(self._address, timeout=patience)
        try:
            # A service that refuses before it has read the body answers, and then closes.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        after = answer.getheader("Retry-After")
        return Answer(
            status=answer.status,
            body=content,
            replayed=answer.getheader("Idempotency-Replayed") == "true",
            retry_after=None if after is None else float(after),
        )
