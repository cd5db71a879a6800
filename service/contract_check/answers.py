"""Rules R13 to R17: what answers say, and of what."""

import hashlib
from functools import partial
from typing import Any

import msgspec

from mobile_contract.catalogs import Catalog, Product
from mobile_contract.clients.python.tolerant import decode
from mobile_contract.confirmations import Confirmation
from mobile_contract.lookups import Lookup, Verdict
from mobile_contract.problems import KINDS, Code
from service.contract_check.pictures import noise, thing
from service.contract_check.repeats import at_once
from service.contract_check.rules import Broken, answered, hold, need_catalog, refused
from service.contract_check.site import Seen, Site, is_number

INSIDE = ("Traceback (most recent call last)", "SELECT ", "psycopg", "sqlalchemy", 'File "/')
FORMS: tuple[tuple[str, type[msgspec.Struct]], ...] = (
    ("/lookups", Lookup),
    ("/confirmation", Confirmation),
    ("/products", Product),
    ("/v1/catalogs", Catalog),
)


def own_answers(site: Site) -> str:
    """R13."""
    need_catalog(site)
    photos = {site.new_key(): thing(name) for name in ("red", "blue", "green", "red")}
    asks = [partial(site.look_up, photo, options={"clientLookupId": own}) for own, photo in photos.items()]
    for (own, photo), seen in zip(photos.items(), at_once(asks), strict=True):
        answer = answered(seen)
        _own(answer, own, photo)
        _own(answered(site.ask("GET", f"/v1/lookups/{answer['id']}")), own, photo)
    own, photo = site.new_key(), thing("red")
    _own(answered(site.look_up_raw(photo, clientLookupId=own)), own, photo)
    return f"{len(photos)} lookups at the same time, and as stored"


def _own(answer: dict[str, Any], own: str, photo: bytes) -> None:
    told = answer.get("clientLookupId")
    hold(told == own, f"asked with the clientLookupId {own}, answered with {told}")
    digest = hashlib.sha256(photo).hexdigest()
    hold(answer.get("photo", {}).get("sha256") == digest, "the answer is about another photo than was sent")


def no_match(site: Site) -> str:
    """R14."""
    need_catalog(site)
    verdicts = []
    for seen in (site.look_up(options={"text": f"qzx {site.run} vvkj"}), site.look_up(noise())):
        hold(seen.status == 200, f"what matches nothing is an answer, not a failure: {seen}")
        verdicts.append(seen.json.get("verdict"))
        probability = seen.json.get("verdictBasis", {}).get("probability", 0)
        hold(is_number(probability) and 0 <= probability <= 1, f"a probability of {probability}")
    strange = [verdict for verdict in verdicts if verdict not in set(Verdict)]
    hold(not strange, f"a verdict of {strange}")
    return f"a text that nothing bears: {verdicts[0]}; noise: {verdicts[1]}"


def problems(site: Site) -> str:
    """R15."""
    unknown = "00000000-0000-4000-8000-000000000000"
    json = {"Content-Type": "application/json"}
    site.ask("GET", "/v1/contract-check-nothing")
    site.ask("DELETE", "/v1/catalogs")
    refused(site.ask("GET", f"/v1/lookups/{unknown}"), Code.LOOKUP_NOT_FOUND)
    refused(site.ask("GET", f"/v1/catalogs/nothing-{site.run}"), Code.CATALOG_NOT_FOUND)
    path = f"/v1/lookups/{unknown}/confirmation"
    refused(site.ask("POST", path, headers=json, content=b'{"outcome": "unsure"'), Code.VALIDATION_FAILED)
    failures = [seen for seen in site.seen if not seen.is_success and seen.what.partition(" ")[2].startswith("/v1")]
    for seen in failures:
        _problem(seen)
    return f"{len(failures)} failures, {len({seen.json.get('code') for seen in failures})} codes"


def _problem(seen: Seen) -> None:
    hold(
        seen.media_type == "application/problem+json", f"{seen}: no problem document but {seen.media_type or 'nothing'}"
    )
    problem = seen.problem
    if problem is None:
        raise Broken(f"{seen}: a problem document that is not of the contract's form")
    hold(problem.status == seen.status, f"{seen}: the document says {problem.status}")
    kind = KINDS.get(problem.code)
    hold(kind is None or kind.status == seen.status, f"{seen}: the contract says {kind and kind.status}")
    text = seen.content.decode("utf-8", "replace")
    shown = [inside for inside in INSIDE if inside in text]
    hold(not shown, f"{seen}: shows the inside: {shown}")


def forms(site: Site) -> str:
    """R16."""
    answers = [seen for seen in site.seen if 200 <= seen.status < 300 and seen.media_type == "application/json"]
    for seen in answers:
        tree = msgspec.json.decode(seen.content)
        if (place := null_in(tree)) is not None:
            raise Broken(f"{seen.what}: null at {place}")
        kind = _form_of(seen)
        try:
            decode(seen.content, kind) if kind else None
        except msgspec.MsgspecError as error:
            raise Broken(f"{seen.what}: no {kind.__name__ if kind else ''}: {error}") from error
    return f"{len(answers)} answers"


def _form_of(seen: Seen) -> type[msgspec.Struct] | None:
    """Which struct an answer has to be, where its address tells."""
    method, _, path = seen.what.partition(" ")
    if method == "GET" and path.startswith("/v1/lookups/") and path.count("/") == 3:
        return Lookup
    return next((form for end, form in FORMS if method == "POST" and path.endswith(end)), None)


def null_in(tree: Any, place: str = "$") -> str | None:
    """Where in JSON a null is; None where there is none."""
    if tree is None:
        return place
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return next((found for name, one in inner if (found := null_in(one, f"{place}.{name}")) is not None), None)


def strict(site: Site) -> str:
    """R17."""
    need_catalog(site)
    photo = thing("red")
    lookup = answered(site.look_up(photo))
    for what, seen in (
        ("a field of a form", site.look_up(photo, options={"limitt": 3})),
        ("a parameter", site.look_up_raw(photo, limitt="3")),
        ("a field of a confirmation", site.confirm(lookup["id"], {"outcome": "unsure", "mood": "good"})),
    ):
        hold(seen.json.get("code") == Code.VALIDATION_FAILED, f"{what} that is not documented was taken: {seen}")
    return "a form's field, a parameter and a confirmation's field"
