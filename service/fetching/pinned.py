"""Connections that go to addresses which were looked at first: a name is resolved once, and what was judged is used."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv6Address

import httpcore

from service.fetching.addresses import Address, parse

Resolve = Callable[[str, int], Awaitable[list[Address]]]
"""From a host's name, or an address in any notation, and a port."""
Permit = Callable[[Address], bool]


class NotPermitted(Exception):
    """A host's name leads to an address to which no connection is made."""


class Resolver:
    """The system's resolver, in threads of its own: a name whose servers never answer holds one for half a minute, and
    those that the event loop lends to everybody would soon be gone.
    """

    def __init__(self, threads: int) -> None:
        """None starts before it is needed."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> list[Address]:
        """All addresses of a host, in the system's order.

        Raises:
            OSError: there is no such host.

        """
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(parse(str(place[0])) for *_, place in found))

    def close(self) -> None:
        """Start no more; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the addresses of a name if all of them are permitted. A second look at the name, which might give
    others (DNS rebinding), is never taken; TLS still asks for the certificate of the name.
    """

    def __init__(self, resolve: Resolve, permit: Permit, network: httpcore.AsyncNetworkBackend) -> None:
        """``network`` makes the connections, to addresses only."""
        self._resolve, self._permit, self._network = resolve, permit, network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as httpcore's interface has it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers.

        Raises:
            NotPermitted: one of the addresses is not permitted.
            httpcore.ConnectError: there is no such host, or none of its addresses answers.

        """
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError, ValueError) as error:
            raise httpcore.ConnectError("there is no such host") from error
        if not all(self._permit(address) for address in addresses):
            raise NotPermitted
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    _written(address), port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # as httpcore's interface has it
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise NotPermitted

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._network.sleep(seconds)


def _written(address: Address) -> str:
    """A mapped address as the IPv4 one that it was judged by."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
