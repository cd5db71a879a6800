"""Which network addresses are public, so that a server may connect to them for somebody else.

The registries of special addresses are IANA's (RFC 6890 and its updates). ``ipaddress.is_global`` alone is not enough:
it is true of multicast, of 6to4 relays, and of IPv6 addresses that stand for an IPv4 one.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER_4 = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments, of which Python knows more or fewer as it is newer or older
    IPv4Network("192.88.99.0/24"),  # 6to4 relays (RFC 7526)
    IPv4Network("168.63.129.16/32"),  # the host of machines in Azure, a public address by the registries
)
_NEVER_6 = (
    IPv6Network("2001::/23"),  # Teredo, ORCHID, benchmarks and other protocol assignments
    IPv6Network("2002::/16"),  # 6to4: leads to the IPv4 address inside
    IPv6Network("3fff::/20"),  # documentation (RFC 9637)
)


def is_public(address: Address) -> bool:
    """Whether an address is a host on the internet. One that stands for an IPv4 address is judged by that."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not any(address in net for net in _NEVER_4)
    if (inner := _inside(address)) is not None:
        return is_public(inner)
    return address in _GLOBAL_UNICAST and address.is_global and not any(address in net for net in _NEVER_6)


def parse(text: str) -> Address:
    """An address as the resolver writes it; a zone, as in ``fe80::1%eth0``, is left out.

    Raises:
        ValueError: it is none.

    """
    return ip_address(text.split("%", 1)[0])


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped one or one of the well-known NAT64 prefix (RFC 6052) stands for."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
