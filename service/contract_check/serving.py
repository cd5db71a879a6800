"""Rules R6 and R18 to R21: how a deployment is reached, and what it promises beyond single answers."""

import re
from ipaddress import ip_address
from typing import Any

import msgspec

from mobile_contract.clients.python.deprecation import deprecation_date, sunset_date
from mobile_contract.documents import DOCUMENT as OURS
from service.contract_check.pictures import thing
from service.contract_check.rules import Broken, Unchecked, answered, hold, need_catalog
from service.contract_check.site import Seen, Site

DOCUMENT = "/docs/openapi.json"
_AGE = re.compile(r"max-age=(\d+)")
YEAR_SECONDS = 31_536_000


def secure(site: Site) -> str:
    """R6."""
    url = site.http.base_url
    if url.scheme == "https":
        return "https"
    hold(is_loopback(url.host), f"{url.host} is no loopback, and is spoken to in clear text")
    return "loopback"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def deprecation(site: Site) -> str:
    """R18."""
    bearing = [seen for seen in site.seen if {"deprecation", "sunset"} & seen.headers.keys()]
    for seen in bearing:
        _dates(seen)
    if not bearing:
        raise Unchecked(f"none of {len(site.seen)} answers bore such headers; only their form would be checked")
    return f"{len(bearing)} of {len(site.seen)} answers bore them"


def _dates(seen: Seen) -> None:
    since, until = seen.headers.get("deprecation"), seen.headers.get("sunset")
    try:
        begins = deprecation_date(since) if since is not None else None
        ends = sunset_date(until) if until is not None else None
    except ValueError as error:
        raise Broken(f"{seen.what}: a header is not of its form: {error}") from error
    hold(not begins or not ends or begins <= ends, f"{seen.what}: its sunset is before its deprecation")


def kept_pictures(site: Site) -> str:
    """R19."""
    need_catalog(site)
    candidates = answered(site.look_up(thing("red"))).get("candidates", [])
    if not candidates:
        raise Unchecked("no candidate came, so that there is no reference picture")
    address = candidates[0]["referenceImage"]["imageUrl"]
    first, again = site.ask("GET", address), site.ask("GET", address)
    hold(first.status == 200, f"no picture: {first}")
    hold(first.content == again.content, "a reference picture changed its bytes")
    tag = first.headers.get("etag", "")
    hold(tag.startswith('"'), f"a strong ETag was due: {tag or 'none'}")
    age = _AGE.search(first.headers.get("cache-control", ""))
    hold(age and int(age[1]) >= YEAR_SECONDS, "Cache-Control does not let it be kept for a year")
    kept = site.ask("GET", address, headers={"If-None-Match": tag})
    hold(kept.status == 304, f"304 was due for a picture that one has: {kept}")
    return "an ETag, a year, 304"


def late_word(site: Site) -> str:
    """R20."""
    need_catalog(site)
    lookup = answered(site.look_up(thing("red")))
    place = f"/v1/lookups/{lookup['id']}"
    for _ in range(2):
        word = answered(site.confirm(lookup["id"], {"outcome": "unsure"}, key=site.new_key()))
        stored = answered(site.ask("GET", place))
        told = stored.get("confirmation", {}).get("id")
        hold(told == word["id"], f"confirmed as {word['id']}, and the stored answer says {told}")
    rest = {name: value for name, value in stored.items() if name != "confirmation"}
    changed = sorted(name for name in rest.keys() | lookup.keys() if rest.get(name) != lookup.get(name))
    hold(not changed, f"the stored answer is another one in {changed}")
    return "twice, and the stored answer is as it was"


def document(site: Site) -> str:
    """R21."""
    seen = site.ask("GET", DOCUMENT)
    if seen.status in (401, 403, 404):
        raise Unchecked(f"no document is published: {seen}")
    hold(str(seen.json.get("openapi", "")).startswith("3.1"), f"no OpenAPI 3.1 document: {seen}")
    ours, theirs = operations(msgspec.json.decode(OURS.read_bytes())), operations(seen.json)
    missing = sorted(ours.items() - theirs.items())
    hold(not missing, "not as in this contract: " + ", ".join(f"{at} {name}" for at, name in missing))
    hold(b'"null"' not in msgspec.json.encode(seen.json.get("components", {}).get("schemas", {})), "answers with null")
    return f"{len(ours)} operations, {len(theirs) - len(ours)} more than in this contract"


def operations(document: dict[str, Any]) -> dict[str, str]:
    """Ids by method and path."""
    return {
        f"{method.upper()} {path}": operation.get("operationId", "")
        for path, methods in document.get("paths", {}).items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    }
