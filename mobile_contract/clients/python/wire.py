"""What both drivers have in common: calls as httpx takes them, and what httpx gives."""

import io
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import httpx

from mobile_contract.clients.python.exchange import JSON, Answer, Body, Call, Form, Lost, Progress, Send
from mobile_contract.clients.python.saving import whole_file
from mobile_contract.limits import LOOKUP_SECONDS

CONNECT_SECONDS = 5.0
READ_SECONDS = LOOKUP_SECONDS + 5.0
"""The service answers a lookup, or says that it cannot, within 30 s (rule R11)."""
WRITE_SECONDS = 30.0
"""For 64 KB: slower than that is no network."""


class Late(httpx.TimeoutException):
    """The time of a whole call is over."""


class Upload(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body on its way, counted; it ends where its time does."""

    def __init__(self, stream: httpx.SyncByteStream, total: int, progress: Progress | None, until: float) -> None:
        """``until``: on the monotonic clock."""
        self._stream, self._total, self._progress, self._until = stream, total, progress, until

    def __iter__(self) -> Iterator[bytes]:
        """Its chunks; a chunk counts as sent once the next one is asked for."""
        sent = 0
        for chunk in self._stream:
            yield chunk
            sent += len(chunk)
            if self._progress is not None:
                self._progress(sent, self._total)
            in_time(self._until)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The same; files are read in place, because 64 KB of one take less than a thread's start."""
        for chunk in self:
            yield chunk


def in_time(until: float) -> None:
    """Raises Late where it is later than ``until``."""
    if time.monotonic() > until:
        raise Late("the time for this request is over")


def settings(
    url: str,
    verify: ssl.SSLContext | bool,  # noqa: FBT001  # as httpx has it
) -> dict[str, Any]:
    """Of both httpx clients.

    Raises:
        ValueError: the address is none of http or https.

    """
    scheme = httpx.URL(url).scheme
    if scheme not in ("http", "https"):
        raise ValueError(f"{url!r} is no address that begins with http:// or https://")
    if scheme == "http" and verify is True:
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading who is trusted takes longer than most requests
    return {"base_url": url, "verify": verify, "follow_redirects": False}


@contextmanager
def request_of(client: httpx.Client | httpx.AsyncClient, send: Send, until: float) -> Iterator[httpx.Request]:
    """The request of a step, while the block runs."""
    call = send.call
    seconds = send.seconds
    timeout = httpx.Timeout(
        connect=min(CONNECT_SECONDS, seconds),
        read=min(READ_SECONDS, seconds),
        write=min(WRITE_SECONDS, seconds),
        pool=min(READ_SECONDS, seconds),
    )
    with _content(call) as content:
        request = client.build_request(
            call.method, call.path, params=call.query or None, headers=dict(send.headers), timeout=timeout, **content
        )
        if content:
            total = int(request.headers["Content-Length"])
            stream = cast("httpx.SyncByteStream", request.stream)
            request.stream = Upload(stream, total, call.progress, until)
        yield request


@contextmanager
def _content(call: Call[Any]) -> Iterator[dict[str, Any]]:
    if isinstance(call.body, Form):
        yield {"files": _parts(call.body)}
    elif isinstance(call.body, Body):
        content = call.body.content
        with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as file:
            yield {"content": file}
    else:
        yield {}


def _parts(form: Form) -> list[tuple[str, tuple[str | None, io.BytesIO | bytes, str]]]:
    parts: list[tuple[str, tuple[str | None, io.BytesIO | bytes, str]]] = [
        (form.field, (f"{form.field}-{at}", io.BytesIO(photo.content), photo.media_type))
        for at, photo in enumerate(form.photos, start=1)
    ]
    if form.part is not None:
        name, content = form.part
        parts.append((name, (None, content, JSON)))
    return parts


@contextmanager
def kept_in(call: Call[Any], response: httpx.Response) -> Iterator[IO[bytes]]:
    """Where an answer is written as it comes: the call's file, where it has one and the answer is a success."""
    if call.to is not None and response.is_success:
        with whole_file(call.to) as file:
            yield file
    else:
        with io.BytesIO() as memory:
            yield memory


def given_of(kept: IO[bytes]) -> bytes:
    """What is given of an answer: all of it, unless it went into a file."""
    return kept.getvalue() if isinstance(kept, io.BytesIO) else b""


def answered(response: httpx.Response, content: bytes) -> Answer:
    """What came."""
    return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, content)


def lost(error: httpx.RequestError) -> Lost:
    """Why nothing came."""
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return Lost(error, unsent=unsent, hopeless=_is_distrust(error))


def _is_distrust(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
