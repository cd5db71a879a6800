"""By which names and addresses devices of the local network reach this machine."""

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

import psutil

Address = IPv4Address | IPv6Address

LAN: Final = tuple(
    ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""Private networks; also the addresses that machines give themselves, and those of carriers and overlay networks. Not
IPv6's link-local ones, which browsers cannot open.
"""

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")

_FAR_AWAY: Final = ("203.0.113.1", 9)  # nothing is sent there: only which address would be used is asked


def lan_addresses() -> list[Address]:
    """This machine's addresses in private networks: the one that is most probably asked first, IPv4 before IPv6."""
    texts = {entry.address.partition("%")[0] for entries in psutil.net_if_addrs().values() for entry in entries}
    found = [address for text in texts if (address := as_address(text)) and is_lan(address)]
    usual = _usual_address()
    return sorted(found, key=lambda address: (address != usual, address.version, int(address)))


def is_lan(address: Address) -> bool:
    """Whether an address is of a private network."""
    return any(address in network for network in LAN)


def machine_names() -> list[str]:
    """This machine's name, and the one by which it is known on the local network without a name server."""
    name = socket.gethostname().lower()
    return [name, f"{name.split('.')[0]}.local"] if is_name(name) else []


def is_name(name: str) -> bool:
    """Whether a text has the form of a machine's name, in lower case."""
    return len(name) <= 253 and all(_is_label(part) for part in name.split("."))


def as_address(text: str) -> Address | None:
    """An IP address, or None."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def for_url(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def unique(names: Iterable[str]) -> Sequence[str]:
    """Each once, in their order."""
    return list(dict.fromkeys(names))


def _usual_address() -> Address | None:
    """The address by which this machine asks others, unless it has no network."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_FAR_AWAY)
            return as_address(str(probe.getsockname()[0]))
    except OSError:
        return None


def _is_label(text: str) -> bool:
    plain = text.isascii() and text.replace("-", "").isalnum() and text == text.lower()
    return plain and len(text) <= 63 and text[0] != "-" != text[-1]
