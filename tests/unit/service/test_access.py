"""Who is let in, as a table: where a request comes from, what it carries, and what becomes of it."""

import stat
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.problems import Code
from service.access.attempts import MOST, Attempts
from service.access.clients import client_of, read_networks
from service.access.decision import Asked, Rules, Verdict, decide
from service.access.pepper import Pepper, PepperError
from service.access.routes import Needs, is_public, needs_of
from service.access.scopes import Scope, needs
from service.access.tokens import (
    Purpose,
    hash_of,
    is_token,
    keyed_hash,
    new_key,
    new_token,
    public_id,
    shown_prefix,
)
from service.refused import Refused
from service.settings import SettingsError, load_settings

TOKEN = new_token(Purpose.DEVICE)
BEARER = {"authorization": f"Bearer {TOKEN}"}
COOKIED = {"cookie": f"theme=dark; photocode_device={TOKEN}"}
LOCAL = {"host": "localhost:8700"}
LAN = {"host": "192.168.1.5:8700"}
RULES = Rules(
    proxies=(ip_network("127.0.0.1/32"), ip_network("10.0.0.0/24")), names=frozenset({"stores.local", "fd00::5"})
)
NO_PROXIES = Rules()

MISSING, INVALID = Code.DEVICE_TOKEN_MISSING, Code.DEVICE_TOKEN_INVALID
ORIGIN, HOST = Code.ORIGIN_REFUSED, Code.HOST_REFUSED


def judged(
    peer: str | None, headers: dict[str, str], *, method: str = "GET", public: bool = False, rules: Rules = NO_PROXIES
) -> str:
    """``loopback``, ``token`` where that has to be a device's, ``open``, or the code of the refusal."""
    try:
        verdict = decide(Asked(method=method, public=public, peer=peer, headers=headers), rules)
    except Refused as refused:
        return refused.code
    if verdict.token is not None:
        assert verdict == Verdict(client=verdict.client, loopback=False, token=TOKEN)
        return "token"
    return "loopback" if verdict.loopback else "open"


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        # From this machine.
        ("127.0.0.1", LOCAL, "loopback"),
        ("127.0.0.2", LOCAL, "loopback"),
        ("::1", {"host": "[::1]:8700"}, "loopback"),
        ("::ffff:127.0.0.1", {"host": "127.0.0.1"}, "loopback"),
        ("127.0.0.1", LOCAL | {"authorization": "Bearer nonsense"}, "loopback"),
        # From elsewhere.
        ("192.168.1.77", LAN, MISSING),
        ("192.168.1.77", LAN | BEARER, "token"),
        ("192.168.1.77", LAN | {"authorization": f"bearer  {TOKEN} "}, "token"),
        ("192.168.1.77", LAN | COOKIED, "token"),
        ("::ffff:192.168.1.77", LAN, MISSING),
        ("fd00::77", LAN | BEARER, "token"),
        ("192.168.1.77", LAN | {"authorization": "Bearer nonsense"}, INVALID),
        ("192.168.1.77", LAN | {"authorization": "Bearer "}, INVALID),
        ("192.168.1.77", LAN | {"authorization": f"Bearer {TOKEN[:-1]}"}, INVALID),
        ("192.168.1.77", LAN | {"authorization": f"Bearer {new_token(Purpose.ENROLMENT)}"}, INVALID),
        ("192.168.1.77", LAN | {"authorization": f"Bearer {TOKEN}, Bearer {TOKEN}"}, INVALID),
        ("192.168.1.77", LAN | {"authorization": "Basic YTpi"}, MISSING),
        ("192.168.1.77", LAN | {"authorization": "Basic YTpi"} | COOKIED, "token"),
        ("192.168.1.77", LAN | {"authorization": "Bearer nonsense"} | COOKIED, INVALID),
        ("192.168.1.77", LAN | {"cookie": "photocode_device=nonsense"}, INVALID),
        ("192.168.1.77", LAN | {"cookie": f"xphotocode_device={TOKEN}"}, MISSING),
        # Who claims to be of this machine is not.
        ("192.168.1.77", LOCAL, MISSING),
        ("192.168.1.77", LOCAL | {"x-forwarded-for": "127.0.0.1"}, MISSING),
        # Nobody knows where from.
        (None, LOCAL, MISSING),
        ("", LOCAL, MISSING),
        ("testclient", LOCAL, MISSING),
        # Through a proxy on this machine that nobody has heard of.
        ("127.0.0.1", LOCAL | {"x-forwarded-for": "127.0.0.1"}, MISSING),
        ("127.0.0.1", LOCAL | {"x-forwarded-for": ""}, MISSING),
        ("127.0.0.1", LOCAL | {"x-real-ip": "127.0.0.1"}, MISSING),
        ("127.0.0.1", LOCAL | {"forwarded": "for=127.0.0.1"}, MISSING),
        ("127.0.0.1", LOCAL | {"via": "1.1 somewhere"}, MISSING),
        ("::1", LOCAL | {"x-forwarded-proto": "https"}, MISSING),
        ("127.0.0.1", LOCAL | {"x-forwarded-for": "192.168.1.77"} | BEARER, "token"),
    ],
)
def test_outside_needs_a_token_and_this_machine_does_not(
    peer: str | None, headers: dict[str, str], expected: str
) -> None:
    assert judged(peer, headers) == expected
    open_to_all = expected if expected == "loopback" else "open"
    assert judged(peer, headers, public=True) == open_to_all


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.0.1.7", "10.0.1.7"),
        ("127.0.0.1", "203.0.113.9:40312", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::9]:40312", "2001:db8::9"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.1, 10.0.0.7", "10.0.0.1"),
        ("127.0.0.1", "203.0.113.9, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.7", "127.0.0.1", "127.0.0.1"),
        ("203.0.113.1", "127.0.0.1", "203.0.113.1"),
    ],
)
def test_trusted_proxies_are_believed_from_the_right_and_never_give_this_machines_rights(
    peer: str, said: str, address: str
) -> None:
    headers = LOCAL | {"x-forwarded-for": said}
    client = client_of(peer, headers, RULES.proxies)
    assert (client.address, client.loopback) == (address, False)
    assert judged(peer, headers, rules=RULES) == MISSING


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", "loopback"),
        ("LOCALHOST:8700", "loopback"),
        ("localhost.:8700", "loopback"),
        ("photocode.localhost:8700", "loopback"),
        ("127.0.0.1:8700", "loopback"),
        ("127.1.2.3", "loopback"),
        ("[::1]:8700", "loopback"),
        ("stores.local:8700", "loopback"),
        ("[fd00::5]:8700", "loopback"),
        ("rebound.example:8700", HOST),
        ("localhost.example", HOST),
        ("notlocalhost", HOST),
        ("192.168.1.5", HOST),
        ("localhost, rebound.example", HOST),
        ("user@localhost:nonsense", HOST),
        ("[::1", HOST),
        ("", HOST),
    ],
)
def test_this_machine_is_asked_by_its_own_names(host: str, expected: str) -> None:
    assert judged("127.0.0.1", {"host": host}, rules=RULES) == expected
    assert judged("127.0.0.1", {"host": host}, rules=RULES, method="POST", public=True) == expected


SAME, CROSS, NEAR, TYPED = ({"sec-fetch-site": site} for site in ("same-origin", "cross-site", "same-site", "none"))


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        (SAME, True),
        (TYPED, True),
        (CROSS, False),
        (NEAR, False),
        ({"origin": "http://localhost:8700"}, True),
        ({"origin": "http://localhost:3000"}, False),
        ({"origin": "http://localhost"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://[nonsense"}, False),
        (SAME | {"origin": "https://photocode.example"}, True),
        (CROSS | {"origin": "http://localhost:8700"}, False),
    ],
)
def test_pages_of_other_sites_write_nothing(headers: dict[str, str], own: bool) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert judged("127.0.0.1", LOCAL | headers, method=method) == ("loopback" if own else ORIGIN)
        carried = LOCAL | headers | COOKIED
        assert judged("192.168.1.77", carried, method=method) == ("token" if own else ORIGIN)
        # A bearer token is sent by nobody unasked.
        assert judged("192.168.1.77", LOCAL | headers | BEARER, method=method) == "token"
    assert judged("127.0.0.1", LOCAL | headers) == "loopback"
    assert judged("192.168.1.77", LOCAL | headers | COOKIED) == "token"


def test_an_origin_without_a_port_is_the_host_with_the_usual_one() -> None:
    carried = COOKIED | {"host": "stores.local:443", "origin": "https://stores.local"}
    assert judged("192.168.1.77", carried, method="POST") == "token"


@pytest.mark.parametrize(
    ("method", "template", "public"),
    [
        ("GET", "/", True),
        ("HEAD", "/page/{file_path}", True),
        ("GET", "/page", True),
        ("GET", "/ca.crt", True),
        ("GET", "/readyz", True),
        ("POST", "/v1/devices", True),
        ("POST", "/", False),
        ("GET", "/v1/devices", False),
        ("GET", "/v1/devices/me", False),
        ("GET", "/pages", False),
        ("GET", "/metrics", False),
        ("GET", "/docs", False),
        ("GET", "", False),
    ],
)
def test_public_is_what_a_phone_needs_before_it_has_a_token(method: str, template: str, public: bool) -> None:
    assert is_public(method, template) is public


def test_tokens_are_told_from_mistyped_and_other_ones() -> None:
    token = new_token(Purpose.ENROLMENT)
    assert (len(token), token[:4]) == (53, "pce_")
    assert is_token(token, Purpose.ENROLMENT)
    assert not is_token(token, Purpose.DEVICE)
    assert not is_token("pcd_" + token[4:], Purpose.DEVICE)
    for place in range(len(token)):
        other = "b" if token[place] == "a" else "a"
        assert not is_token(token[:place] + other + token[place + 1 :], Purpose.ENROLMENT)
    swapped = token[:10] + token[11] + token[10] + token[12:]
    assert swapped == token or not is_token(swapped, Purpose.ENROLMENT)
    for wrong in ("", token[:-1], token + "a", f" {token}", "pce_" + "é" * 49):
        assert not is_token(wrong, Purpose.ENROLMENT)


def test_tokens_are_never_the_same_and_neither_are_their_hashes() -> None:
    tokens = {new_token(Purpose.DEVICE) for _ in range(1000)}
    assert (len(tokens), len({hash_of(token) for token in tokens})) == (1000, 1000)
    assert {len(hash_of(token)) for token in tokens} == {32}


def test_attempts_are_counted_for_each_address() -> None:
    attempts = Attempts()

    def fails(address: str, code: Code = Code.KEY_INVALID) -> Code:
        with pytest.raises(Refused) as refused, attempts.counted(address):
            raise Refused(code, "no")
        return refused.value.code

    assert fails("192.168.1.77", Code.SCOPE_MISSING) is Code.SCOPE_MISSING
    with attempts.counted("192.168.1.77"):
        pass
    assert [fails("192.168.1.77") for _ in range(MOST)] == [Code.KEY_INVALID] * MOST
    assert fails("192.168.1.77") is Code.TOO_MANY_ATTEMPTS
    assert fails("192.168.1.77", Code.SCOPE_MISSING) is Code.SCOPE_MISSING
    assert fails("192.168.1.78") is Code.KEY_INVALID
    # Who has an IPv6 network has all of its addresses.
    assert [fails(f"2001:db8::{number}") for number in range(MOST)] == [Code.KEY_INVALID] * MOST
    assert attempts.exhausted("2001:db8::ffff")
    assert not attempts.exhausted("2001:db8:0:1::1")


def test_proxies_are_addresses_or_networks() -> None:
    assert read_networks(" 10.0.0.0/24, ::1 ,") == (ip_network("10.0.0.0/24"), ip_network("::1/128"))
    assert load_settings({"PHOTOCODE_PROXIES": "127.0.0.1"}).trusted_proxies == (ip_network("127.0.0.1/32"),)
    for wrong in ("proxy.example", "10.0.0.1/24", "10.0.0.0/33"):
        with pytest.raises(SettingsError, match="PHOTOCODE_"):
            load_settings({"PHOTOCODE_PROXIES": wrong})


KEY = new_key()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"authorization": f"Bearer {KEY}"}, "key"),
        ({"authorization": f"Bearer {KEY[:-1]}"}, Code.KEY_INVALID),
        ({"authorization": "Bearer pck_"}, Code.KEY_INVALID),
        ({"authorization": f"Bearer {KEY}x"}, Code.KEY_INVALID),
        ({"authorization": f"Bearer {KEY.swapcase()}"}, INVALID),
        # Pages carry devices' tokens; a key in a cookie is a mistake.
        ({"cookie": f"photocode_device={KEY}"}, INVALID),
    ],
)
def test_keys_come_as_bearer_tokens_and_are_told_from_mistyped_ones(headers: dict[str, str], expected: str) -> None:
    asked = Asked(method="GET", public=False, peer="192.168.1.77", headers=LAN | headers)
    try:
        found = "key" if decide(asked, NO_PROXIES).token == KEY else "something else"
    except Refused as refused:
        found = refused.code
    assert found == expected


def test_where_keys_are_demanded_this_machine_is_like_any_other() -> None:
    rules = Rules(local=False)
    assert judged("127.0.0.1", LOCAL, rules=rules) == MISSING
    assert judged("127.0.0.1", LOCAL, rules=rules, public=True) == "open"
    assert judged("127.0.0.1", {"host": "tunnel.example"} | BEARER, rules=rules) == "token"
    assert judged("127.0.0.1", LOCAL | CROSS | COOKIED, rules=rules, method="POST") == ORIGIN


def test_a_key_says_which_it_is_and_hides_what_it_is() -> None:
    assert len(KEY) == 66
    assert public_id(KEY) == KEY[4:16]
    assert shown_prefix(KEY[4:16]) == KEY[:16]
    for place in range(len(KEY)):
        other = "b" if KEY[place] == "a" else "a"
        assert public_id(KEY[:place] + other + KEY[place + 1 :]) is None
    assert keyed_hash(KEY, b"one") != keyed_hash(KEY, b"another")
    assert len({new_key() for _ in range(1000)}) == 1000


def test_a_pepper_is_made_once_however_many_try(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: Pepper("", folder).secret, range(32)))
    assert len(found) == 1
    assert [path.name for path in folder.iterdir()] == ["pepper"]
    assert stat.S_IMODE((folder / "pepper").stat().st_mode) == 0o600
    given = Pepper("s" * 32, folder)
    assert given.secret == b"s" * 32
    assert given.name != Pepper("", folder).name
    (folder / "pepper").write_text("short")
    with pytest.raises(PepperError, match="damaged"):
        _ = Pepper("", folder).secret
    with pytest.raises(SettingsError, match="PHOTOCODE_"):
        load_settings({"PHOTOCODE_PEPPER": "too short"})


@pytest.mark.parametrize(
    ("method", "template", "options", "expected"),
    [
        ("GET", "/livez", {}, Needs(public=True)),
        ("GET", "/v1/anything", {}, Needs(any_of=(Scope.ADMIN,), everywhere=True)),
        ("OPTIONS", "/v1/anything", {}, Needs()),
        ("GET", "/docs/openapi.json", {}, Needs()),
        ("POST", "/docs/openapi.json", {}, Needs(any_of=(Scope.ADMIN,), everywhere=True)),
        ("GET", "/docsx", {}, Needs(any_of=(Scope.ADMIN,), everywhere=True)),
        ("GET", "/v1/x", needs(Scope.LOOKUP), Needs(any_of=(Scope.LOOKUP,))),
        ("GET", "/v1/x", needs(Scope.LOOKUP, Scope.ADMIN), Needs(any_of=(Scope.LOOKUP, Scope.ADMIN))),
        ("GET", "/v1/x", needs(), Needs()),
    ],
)
def test_a_route_needs_what_it_says_or_else_an_administrator(
    method: str, template: str, options: dict[str, Any], expected: Needs
) -> None:
    assert needs_of(method, template, options) == expected
