"""Pictures by address for imports: of many, few at once of one host, and none given up for a failure that passes."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from service.fetching.pictures import FetchFailed, PictureFetcher

AT_ONCE = 6
PER_HOST = 2
PAUSES = (0.5, 2.0, 5.0)
"""Seconds before each further try."""
LONGEST_PAUSE = 20.0
"""A host that asks for more is not waited for."""
GIVEN_UP_AFTER = 3
"""Pictures of a host that failed one after the other, all tries of each."""
GIVEN_UP_SECONDS = 60.0
HOSTS = 1_000

Sleep = Callable[[float], Awaitable[None]]


@dataclass
class _Host:
    """What is known of a host. Times are the event loop's, in seconds."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PER_HOST))
    rests_until: float = 0.0
    given_up_until: float = 0.0
    failures: int = 0


class PoliteFetcher:
    """Fetches for imports: a few pictures at once, fewer of one host, failures that pass tried again after a while."""

    def __init__(
        self, fetcher: PictureFetcher, *, pauses: Sequence[float] = PAUSES, sleep: Sleep = asyncio.sleep
    ) -> None:
        """``fetcher`` stays the caller's to close. ``sleep``: waits for so many seconds."""
        self._fetcher = fetcher
        self._pauses = tuple(pauses)
        self._sleep = sleep
        self._places = asyncio.Semaphore(AT_ONCE)
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    async def fetch(self, url: str) -> bytes:
        """A picture's bytes, not looked into.

        Raises:
            FetchRefused: the address is none to be fetched from.
            FetchFailed: nothing usable came, after all tries, or its host has failed too often just now.
            FetchTooLarge: more came than a picture may have.

        """
        host = self._host(url)
        async with host.places:
            for pause in (*self._pauses, None):
                await self._wait(host)
                try:
                    async with self._places:
                        content = await self._fetcher.fetch(url)
                except FetchFailed as error:
                    if not error.passing or pause is None or (error.retry_after or 0.0) > LONGEST_PAUSE:
                        self._failed(host, error)
                        raise
                    # The whole host rests: its other pictures would only meet the same.
                    host.rests_until = _now() + max(pause, error.retry_after or 0.0)
                else:
                    host.failures = 0
                    return content
        raise AssertionError("every last try returns or raises")

    async def _wait(self, host: _Host) -> None:
        if host.given_up_until > _now():
            raise FetchFailed("its host failed several times just now and is left alone for a minute", passing=True)
        while (rest := host.rests_until - _now()) > 0:
            await self._sleep(rest)

    def _failed(self, host: _Host, error: FetchFailed) -> None:
        host.failures = host.failures + 1 if error.passing else 0
        if host.failures >= GIVEN_UP_AFTER:
            host.given_up_until = _now() + GIVEN_UP_SECONDS
            host.failures = 0

    def _host(self, url: str) -> _Host:
        try:
            name = urlsplit(url).hostname or ""
        except ValueError:
            name = ""
        host = self._hosts.pop(name, None) or _Host()
        self._hosts[name] = host
        while len(self._hosts) > HOSTS:
            self._hosts.popitem(last=False)
        return host


def _now() -> float:
    return asyncio.get_running_loop().time()
