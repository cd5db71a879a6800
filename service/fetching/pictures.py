"""A picture by its address, fetched for a client that may be anybody (OWASP: server-side request forgery)."""

import asyncio
import ssl
from collections.abc import Collection
from functools import cache

import httpcore
import httpx

from mobile_contract.limits import FETCH_SECONDS, PHOTO_BYTES
from service.fetching.addresses import is_public
from service.fetching.pinned import NotPermitted, Permit, PinnedBackend, Resolve, Resolver

REDIRECTS = 3
AT_ONCE = 8
_MOVED = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429)
_HEADERS = (("Accept", "image/*"), ("Accept-Encoding", "identity"), ("User-Agent", "photocode"))


class FetchRefused(Exception):
    """The address, or one that it leads to, is none to be fetched from."""


class FetchFailed(Exception):
    """Nothing usable came from there. ``passing``: asking again later may help; ``retry_after``: in so many seconds, as
    the server says.
    """

    def __init__(self, why: str, *, passing: bool = False, retry_after: float | None = None) -> None:
        """``why`` is shown to the client."""
        super().__init__(why)
        self.passing = passing
        self.retry_after = retry_after


class FetchTooLarge(Exception):
    """More came than a photo may have."""


@cache
def _certifi() -> ssl.SSLContext:
    """Whom certifi trusts. Read once: it takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


class PictureFetcher:
    """Gets pictures over HTTPS from public addresses, on the default port; redirects are held to the same rules."""

    def __init__(
        self,
        *,
        resolve: Resolve | None = None,
        permit: Permit = is_public,
        network: httpcore.AsyncNetworkBackend | None = None,
        ports: Collection[int] = (443,),
        trust: ssl.SSLContext | None = None,
        most_bytes: int = PHOTO_BYTES,
        seconds: float = FETCH_SECONDS,
    ) -> None:
        """``resolve``: by default by the system. ``trust``: whose certificates are believed, by default those of
        certifi's list. ``seconds``: for all of it, redirects included.
        """
        self._resolver = Resolver(AT_ONCE)
        self._backend = PinnedBackend(resolve or self._resolver, permit, network or httpcore.AnyIOBackend())
        self._ports, self._most_bytes, self._seconds = ports, most_bytes, seconds
        self._trust = trust or _certifi()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str) -> bytes:
        """The picture's bytes, not looked into.

        Raises:
            FetchRefused: not https, another port, a user or password in it, or not a public address.
            FetchFailed: no answer in time, an answer that is no success, or too many redirects.
            FetchTooLarge: the body is larger than a photo may be.

        """
        try:
            async with asyncio.timeout(self._seconds), self._places:
                place = self._checked(url)
                for _ in range(REDIRECTS + 1):
                    found = await self._get(place)
                    if isinstance(found, bytes):
                        return found
                    place = self._checked(found, place)
        except TimeoutError as error:
            raise FetchFailed(f"it did not come within {self._seconds:g} seconds", passing=True) from error
        except NotPermitted as error:
            raise FetchRefused("the address is not on the public internet") from error
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise FetchFailed("the host cannot be reached", passing=True) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, ssl.SSLError) as error:
            raise FetchFailed("the connection broke", passing=True) from error
        raise FetchFailed(f"it is redirected more than {REDIRECTS} times")

    async def close(self) -> None:
        """Let go of names that are still being resolved."""
        self._resolver.close()

    def _checked(self, text: str, base: httpx.URL | None = None) -> httpx.URL:
        try:
            url = base.join(text) if base else httpx.URL(text)
            host = url.host  # which is decoded only when it is asked for
        except (httpx.InvalidURL, ValueError) as error:  # the latter of brackets, and of names in Punycode
            raise FetchRefused("this is no address") from error
        if url.scheme != "https" or not host:
            raise FetchRefused("only https addresses are fetched")
        if url.userinfo:
            raise FetchRefused("an address with a user or password is not fetched")
        if (443 if url.port is None else url.port) not in self._ports:
            raise FetchRefused("only the default port of https is fetched from")
        return url

    async def _get(self, url: httpx.URL) -> bytes | str:
        """The body, or where the answer sends one."""
        # A pool of its own each time: nobody comes by a connection that somebody else opened.
        async with httpcore.AsyncConnectionPool(ssl_context=self._trust, network_backend=self._backend) as pool:
            headers = [("Host", url.netloc.decode()), *_HEADERS]
            async with pool.stream("GET", _target(url), headers=headers) as answer:
                given = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
                if answer.status in _MOVED and b"location" in given:
                    return given[b"location"]
                if answer.status != 200:
                    raise FetchFailed(
                        f"its server answered {answer.status}",
                        passing=answer.status in _PASSING or answer.status >= 500,
                        retry_after=_seconds(given.get(b"retry-after", "")),
                    )
                return await self._body(answer)

    async def _body(self, answer: httpcore.Response) -> bytes:
        body = bytearray()
        async for chunk in answer.aiter_stream():
            body += chunk
            if len(body) > self._most_bytes:
                raise FetchTooLarge(f"a photo has {self._most_bytes} bytes at most")
        return bytes(body)


def _target(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _seconds(text: str) -> float | None:
    """What ``Retry-After`` says; its other form, a date, is not worth a clock that may differ from ours."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
