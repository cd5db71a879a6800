"""Rules R7 to R11: asking again."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from mobile_contract.clients.python.retrying import retry_after_seconds
from mobile_contract.limits import LOOKUP_SECONDS
from mobile_contract.problems import KINDS, Code
from service.contract_check.pictures import thing
from service.contract_check.rules import Broken, Unchecked, answered, hold, need_catalog, refused
from service.contract_check.site import Seen, Site

AT_ONCE = 4
NOWHERE = "https://contract-check.invalid/photo.jpg"
"""RFC 6761: a name that never resolves."""


def remembered(site: Site) -> str:
    """R7."""
    need_catalog(site)
    photo = thing("red")
    key = site.new_key()
    first = _twice("a lookup by a form", lambda: site.look_up(photo, key=key))
    lookup = answered(first)
    raw_key = site.new_key()
    answered(_twice("a lookup by a raw body", lambda: site.look_up_raw(photo, key=raw_key)))
    broken_key = site.new_key()
    refusal = _twice("a final refusal", lambda: site.look_up(b"this is no picture", key=broken_key))
    hold(400 <= refusal.status < 500, f"a refusal was due: {refusal}")
    said_key = site.new_key()
    answered(_twice("a confirmation", lambda: site.confirm(lookup["id"], {"outcome": "unsure"}, key=said_key)))
    parallel_key = site.new_key()
    together = at_once([lambda: site.look_up(photo, key=parallel_key)] * AT_ONCE)
    bodies = {seen.content for seen in together if seen.status == 200}
    hold(len(bodies) <= 1, f"{AT_ONCE} requests with one key at the same time had {len(bodies)} different answers")
    if not site.own:
        return "lookups, a refusal and a confirmation; no product was taught in a catalog that is not the check's own"
    number, taught_key = f"once-{site.run}", site.new_key()
    side = thing("green")
    product = answered(_twice("a taught product", lambda: site.teach(number, side, key=taught_key)))
    site.left.append(f"product {number}")
    read = answered(site.ask("GET", f"/v1/catalogs/{site.catalog}/products/{number}"))
    pictures = len(read.get("referenceImages", [])), len(product.get("referenceImages", []))
    hold(pictures == (1, 1), f"a product that was taught twice with one key has {pictures[0]} pictures")
    return "lookups, a refusal, a confirmation and a taught product"


def _twice(what: str, ask: Callable[[], Seen]) -> Seen:
    first, again = ask(), ask()
    hold(first.status == again.status, f"{what}: {first.status}, and {again.status} for the same request and key")
    hold(first.content == again.content, f"{what}: another answer to the same request with the same key")
    return first


def transient(site: Site) -> str:
    """R8."""
    need_catalog(site)
    key = site.new_key()
    asked = {"photoUrl": NOWHERE}
    first, again = (site.look_up(options=asked, key=key, patient=False) for _ in range(2))
    if first.json.get("code") == Code.PHOTO_URL_REFUSED:
        raise Unchecked("this deployment fetches no photos: no failure that may pass could be had on demand")
    hold(first.status >= 500, f"a photo that cannot be fetched: {first}")
    # A failure that is answered anew has a request id of its own; one that was remembered is the same to the byte.
    hold(first.content != again.content, f"{first.status} was remembered for its key: {again}")
    return f"{first.status} {first.json.get('code', '')} was answered anew"


def in_flight(site: Site) -> str:
    """R9."""
    need_catalog(site)
    key, photo = site.new_key(), thing("red")
    together = at_once([lambda: site.look_up(photo, key=key, patient=False)] * AT_ONCE)
    told = [seen for seen in together if seen.json.get("code") == Code.IDEMPOTENCY_KEY_IN_FLIGHT]
    for seen in together:
        busy = seen.status in (429, 503)
        hold(seen.status == 200 or busy or seen in told, f"while the first is being answered: {seen}")
    hold(all(seen.status == 409 for seen in told), f"{Code.IDEMPOTENCY_KEY_IN_FLIGHT} is a 409")
    after = site.look_up(photo, key=key)
    hold(after.status == 200, f"after the first was answered: {after}")
    return f"{len(told)} of {AT_ONCE} were told that the first is being answered"


def reused(site: Site) -> str:
    """R10."""
    need_catalog(site)
    key = site.new_key()
    answered(site.look_up(thing("red"), key=key))
    other = site.look_up(thing("blue"), key=key)
    refused(other, Code.IDEMPOTENCY_KEY_REUSED)
    hold(other.status == KINDS[Code.IDEMPOTENCY_KEY_REUSED].status, f"422 was due: {other}")
    return "another photo with a used key was refused"


def pauses(site: Site) -> str:
    """R11."""
    late = [seen for seen in site.seen if seen.seconds > LOOKUP_SECONDS]
    if late:
        raise Broken(f"{late[0].what} took {late[0].seconds:.0f} s")
    passing = [seen for seen in site.seen if seen.status in (429, 503) or _may_pass(seen)]
    for seen in passing:
        named = retry_after_seconds(seen.headers.get("retry-after"), 0)
        hold(named is not None, f"{seen}, without a Retry-After that can be read")
    slowest = max((seen.seconds for seen in site.seen), default=0.0)
    return f"slowest of {len(site.seen)} answers {slowest:.1f} s; {len(passing)} failures named a time"


def _may_pass(seen: Seen) -> bool:
    problem = seen.problem
    kind = KINDS.get(problem.code) if problem else None
    return kind is not None and kind.retry_after is not None


def at_once(asks: Sequence[Callable[[], Seen]]) -> list[Seen]:
    """Ask all at the same time."""
    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(lambda ask: ask(), asks))
