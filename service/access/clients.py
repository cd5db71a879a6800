"""Where a request comes from, past the proxies that are trusted to say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDED_FOR: Final = "x-forwarded-for"

FORWARDING: Final = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", FORWARDED_FOR, "x-forwarded-host", "x-forwarded-proto"}
)
"""Headers that only a proxy adds: a request that carries one was not asked by a program of this machine."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """Who asks. ``address`` is an IP address, or ``unknown``; ``loopback``: a program of this very machine."""

    address: str
    loopback: bool


def read_networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks with commas between.

    Raises:
        ValueError: one is neither.

    """
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


def client_of(peer: str | None, headers: Mapping[str, str], proxies: Sequence[Network]) -> Client:
    """Who asks, by the socket's peer and, where that is a trusted proxy, by what it says.

    What came through a proxy is never taken to be of this machine, whatever the proxy says: loopback addresses in
    headers are those of other machines, or made up.
    """
    address = _address(peer or "")
    if address is None:
        return Client(address="unknown", loopback=False)
    if FORWARDING.isdisjoint(headers):
        return Client(address=str(address), loopback=address.is_loopback)
    hops = [hop.strip() for hop in headers.get(FORWARDED_FOR, "").split(",")]
    return Client(address=str(_first_untrusted(address, hops, proxies)), loopback=False)


def _first_untrusted(address: Address, hops: list[str], proxies: Sequence[Network]) -> Address:
    """Each proxy adds whom it was asked by on the right: as far as they are trusted they are believed."""
    for hop in reversed(hops):
        said = _address(hop)
        if said is None or not any(address in network for network in proxies):
            break
        address = said
    return address


def _address(text: str) -> Address | None:
    """An address, also with a port; an IPv4 one also in the form that sockets of both kinds give it."""
    for candidate in (text, _without_port(text)):
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return mapped or address
    return None


def _without_port(text: str) -> str:
    try:
        return urlsplit(f"//{text}").hostname or ""
    except ValueError:
        return ""
