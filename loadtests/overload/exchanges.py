"""One request over a connection of its own, as a phone makes it, by the event loop alone: hundreds at once."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from loadtests.mobile_day.wire import Answer, Body

PATIENCE_SECONDS: Final = 35.0
"""Longer than the service promises to take (:data:`mobile_contract.limits.LOOKUP_SECONDS`)."""


class NoAnswer(Exception):
    """The connection was refused, broke, or nothing came in time."""


async def post(url: str, path: str, body: Body, key: str = "") -> Answer:
    """Send a body and wait for the answer.

    Raises:
        NoAnswer: there was none.

    """
    place = urlsplit(url)
    head = {"Host": place.netloc, "Content-Type": body.content_type, "Content-Length": str(len(body.content))}
    head |= {"Connection": "close"} | ({"Idempotency-Key": key} if key else {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    sent = f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body.content
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return _read(await _exchange(place.hostname or "", place.port or 80, sent))
    except TimeoutError as error:
        raise NoAnswer(f"nothing came within {PATIENCE_SECONDS:g} s") from error
    except OSError as error:
        raise NoAnswer(type(error).__name__) from error


async def _exchange(host: str, port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(sent)
        # A service that refuses before it has read the body answers, and then closes.
        with suppress(BrokenPipeError, ConnectionResetError):
            await writer.drain()
        return await reader.read()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _read(came: bytes) -> Answer:
    head, divided, body = came.partition(b"\r\n\r\n")
    if not divided:
        raise NoAnswer("the connection was closed without an answer")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = _headers(lines)
    if headers.get("content-length", str(len(body))) != str(len(body)):
        raise NoAnswer("the connection broke amid the answer")
    after = headers.get("retry-after")
    return Answer(
        status=int(first.split(" ")[1]),
        body=body,
        replayed=headers.get("idempotency-replayed") == "true",
        retry_after=None if after is None else float(after),
    )


def _headers(lines: list[str]) -> Mapping[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.lower(): value.strip() for name, _, value in pairs}
