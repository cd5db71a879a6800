"""What counts as an address on the internet."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fetching.addresses import is_public, parse

PRIVATE = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8"],
)
def test_hosts_on_the_internet_are_public(address: str) -> None:
    assert is_public(parse(address))


@given(st.sampled_from(PRIVATE).flatmap(lambda net: st.ip_addresses(network=IPv4Network(net))))
def test_private_addresses_are_not_public_in_any_form(inner: IPv4Address) -> None:
    number = int(inner)
    mapped, compatible = IPv6Address((0xFFFF << 32) | number), IPv6Address(number)
    nat64 = IPv6Address((0x64FF9B << 96) | number)
    local_nat64 = IPv6Address((0x64FF9B0001 << 80) | number)
    six_to_four = IPv6Address((0x2002 << 112) | (number << 80))
    teredo = IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))
    for address in (inner, mapped, compatible, nat64, local_nat64, six_to_four, teredo):
        assert not is_public(address), address


@pytest.mark.parametrize(
    "address",
    [
        *("::", "::1", "fc00::1", "fd12:3456::1", "fe80::1%eth0", "fec0::1", "ff02::1", "100::1", "2001:db8::1"),
        *("3fff::1", "2001::1", "2001:20::1", "2002:808:808::1", "64:ff9b:1::808:808", "5f00::1", "168.63.129.16"),
    ],
)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(parse(address))


@given(st.ip_addresses(v=6))
def test_only_global_unicast_is_public_beside_what_stands_for_ipv4(address: IPv6Address) -> None:
    if is_public(address) and not address.ipv4_mapped and int(address) >> 32 != 0x64FF9B << 64:
        assert int(address) >> 125 == 0b001
