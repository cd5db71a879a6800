"""Who is let in: one decision, by where a request comes from, what it carries, and what it asks for.

* From this machine (loopback, past no proxy) everything is allowed, unless keys are demanded of it too, as long as it
  is asked by the service's own name and not by another site's page: browsers ask loopback addresses for any page that
  they show.
* From elsewhere, public routes are for all, and every other one needs a key, or the token of a device: as a bearer
  token, or as the cookie that only the service's own pages may use for writing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from mobile_contract.problems import Code
from service.access.clients import Network, client_of
from service.access.routes import READING
from service.access.tokens import Purpose, is_token, public_id
from service.refused import Refused

COOKIE: Final = "photocode_device"
PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What an operator has set: whether programs of this machine need no key, proxies that are trusted, and names of
    the service beside loopback ones.
    """

    local: bool = True
    proxies: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request before its body is read. ``headers`` by lower-case name; ``peer``: the other end of the socket."""

    method: str
    public: bool
    peer: str | None
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A request that may come in: from this machine, to a public route, or, where there is one, with a ``token`` of the
    right form, a key's or a device's, that has to be a good one. ``client``: address of who asks.
    """

    client: str
    loopback: bool
    token: str | None = None


def decide(asked: Asked, rules: Rules) -> Verdict:
    """Let a request in, or not.

    Raises:
        Refused: it may not come in; the code says why.

    """
    client = client_of(asked.peer, asked.headers, rules.proxies)
    if client.loopback and rules.local:
        _demand_own_name(asked.headers.get("host", ""), rules)
        _demand_own_page(asked)
        return Verdict(client=client.address, loopback=True)
    if asked.public:
        return Verdict(client=client.address, loopback=False)
    token = _bearer(asked.headers)
    if token is None and (token := _cookie(asked.headers)) is not None:
        _demand_own_page(asked)
        demand_form(token, Purpose.DEVICE)
    if token is None:
        how = "send a key or a device token: Authorization: Bearer ..., or the page's cookie"
        raise Refused(Code.DEVICE_TOKEN_MISSING, how)
    demand_form(token, Purpose.KEY if token.startswith(Purpose.KEY) else Purpose.DEVICE)
    return Verdict(client=client.address, loopback=False, token=token)


def demand_form(token: str, purpose: Purpose) -> None:
    """Refuse what cannot be a key, or a device's token, without asking the database.

    Raises:
        Refused: it cannot.

    """
    if purpose is Purpose.KEY and public_id(token) is None:
        raise Refused(Code.KEY_INVALID, "this is no key, or it was mistyped")
    if purpose is Purpose.DEVICE and not is_token(token, Purpose.DEVICE):
        raise Refused(Code.DEVICE_TOKEN_INVALID, "this is no device token, or it was mistyped")


def _demand_own_name(host: str, rules: Rules) -> None:
    """Against names of other sites that were made to point here (DNS rebinding)."""
    name = (_split(f"//{host}").hostname or "").rstrip(".")
    if name in rules.names or name == "localhost" or name.endswith(".localhost") or _is_loopback(name):
        return
    raise Refused(Code.HOST_REFUSED, "ask by localhost, 127.0.0.1, or a name in the certificate or PHOTOCODE_NAMES")


def _demand_own_page(asked: Asked) -> None:
    """Against pages of other sites that have a browser write here. Programs that are no browser say no origin."""
    if asked.method in READING:
        return
    site, origin = asked.headers.get("sec-fetch-site"), asked.headers.get("origin")
    if site is not None:
        own = site in ("same-origin", "none")
    else:
        own = origin is None or _same_host(origin, asked.headers.get("host", ""))
    if not own:
        raise Refused(Code.ORIGIN_REFUSED, "a page of another site asked for this")


def _same_host(origin: str, host: str) -> bool:
    theirs, ours = _split(origin), _split(f"//{host}")
    default = PORTS.get(theirs.scheme)
    return theirs.hostname is not None and (theirs.hostname, theirs.port or default) == (
        ours.hostname,
        ours.port or default,
    )


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _cookie(headers: Mapping[str, str]) -> str | None:
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def _split(address: str) -> SplitResult:
    """The parts of an address; of none where it has a form that none has."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # which is looked at only when it is asked for
    except ValueError:
        return urlsplit("")
    return parts


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
