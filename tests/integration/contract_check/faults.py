"""Services that are wrong in one way each: a real one, whose requests or answers are meddled with on their way."""

import io
import json
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any
from uuid import uuid4

from PIL import Image

from service.contract_check.pictures import SECRET
from tests.integration.meddling import Asked, Meddle, Relay, Reply

Answer = dict[str, Any]
Fault = tuple[str, Meddle, set[str]]
"""What it does, how, and the rules that it breaks."""


def problem(status: int, code: str, **more: object) -> Reply:
    told = {"type": "t", "title": "t", "status": status, "code": code, "detail": "d", "requestId": str(uuid4())}
    return Reply(status, {"content-type": "application/problem+json"}, json.dumps(told | more).encode())


def is_lookup(asked: Asked) -> bool:
    return asked.method == "POST" and asked.path.endswith("/lookups")


def is_stored(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path.startswith("/v1/lookups/")


def bare(asked: Asked) -> bytes:
    """A body without its form's boundary."""
    return asked.body.replace(asked.headers.get("content-type", "").partition("boundary=")[2].encode() or b"--", b"")


def changing(where: Callable[[Asked], bool], change: Callable[[Answer], object]) -> Meddle:
    """Changes successful answers."""

    async def meddle(asked: Asked, relay: Relay) -> Reply:
        reply = await relay(asked)
        if where(asked) and reply.status == 200:
            answer = json.loads(reply.body)
            change(answer)
            reply.body = json.dumps(answer).encode()
        return reply

    return meddle


def forgets_answers() -> Meddle:
    """Does the work of a repeated request again, though it notices other requests with a used key."""
    first: dict[str, bytes] = {}

    async def meddle(asked: Asked, relay: Relay) -> Reply:
        if asked.key and first.get(asked.key) == bare(asked):
            asked.headers["idempotency-key"] = str(uuid4())
        elif asked.key:
            first.setdefault(asked.key, bare(asked))
        return await relay(asked)

    return meddle


async def ignores_keys(asked: Asked, relay: Relay) -> Reply:
    asked.headers.pop("idempotency-key", None)
    return await relay(asked)


def remembers_failures() -> Meddle:
    """Gives a 5xx again for its key."""
    kept: dict[str, Reply] = {}

    async def meddle(asked: Asked, relay: Relay) -> Reply:
        if asked.key in kept:
            return kept[asked.key]
        reply = await relay(asked)
        if asked.key and reply.status >= 500:
            kept[asked.key] = reply
        return reply

    return meddle


def refuses_while_busy() -> Meddle:
    """Says that a request is wrong while the first one with its key is being answered."""
    busy: set[str] = set()

    async def meddle(asked: Asked, relay: Relay) -> Reply:
        if asked.key and asked.key in busy:
            return problem(400, "validation_failed")
        busy.add(asked.key or "")
        try:
            return await relay(asked)
        finally:
            busy.discard(asked.key or "")

    return meddle


async def lets_keys_be_reused(asked: Asked, relay: Relay) -> Reply:
    reply = await relay(asked)
    if reply.status == 422 and json.loads(reply.body)["code"] == "idempotency_key_reused":
        asked.headers["idempotency-key"] = str(uuid4())
        return await relay(asked)
    return reply


async def names_no_moment(asked: Asked, relay: Relay) -> Reply:
    reply = await relay(asked)
    reply.headers.pop("retry-after", None)
    return reply


async def has_no_match_as_a_failure(asked: Asked, relay: Relay) -> Reply:
    reply = await relay(asked)
    if is_lookup(asked) and reply.status == 200 and json.loads(reply.body)["verdict"] == "no_match":
        return problem(404, "product_not_found")
    return reply


async def has_pages_as_failures(asked: Asked, relay: Relay) -> Reply:
    reply = await relay(asked)
    if reply.status in (404, 405) and b'"not_found"' in reply.body:
        return Reply(404, {"content-type": "text/html"}, b"<h1>Not found</h1>")
    return reply


async def has_its_own_statuses(asked: Asked, relay: Relay) -> Reply:
    reply = await relay(asked)
    return problem(410, "lookup_not_found") if reply.status == 404 and is_stored(asked) else reply


async def shows_the_inside(asked: Asked, relay: Relay) -> Reply:
    reply = await relay(asked)
    if b"catalog_not_found" in reply.body:
        return problem(404, "catalog_not_found", detail="SELECT id FROM catalog WHERE name = 'x'")
    return reply


async def passes_over_options(asked: Asked, relay: Relay) -> Reply:
    asked.body = asked.body.replace(b'{"limitt":3}', b'{"limit":3}')
    return await relay(asked)


def wearing(**headers: str) -> Meddle:
    async def meddle(asked: Asked, relay: Relay) -> Reply:
        reply = await relay(asked)
        reply.headers |= headers
        return reply

    return meddle


async def lets_pictures_change(asked: Asked, relay: Relay) -> Reply:
    reply = await relay(asked)
    reply.headers.pop("etag", None)
    return reply


async def leaks_metadata(asked: Asked, relay: Relay) -> Reply:
    reply = await relay(asked)
    if asked.path.endswith("/image") and reply.status == 200:
        exif = Image.Exif()
        exif[0x010F] = SECRET.decode()
        buffer = io.BytesIO()
        Image.open(io.BytesIO(reply.body)).save(buffer, "JPEG", exif=exif)
        reply.body = buffer.getvalue()
    return reply


async def takes_four_photos(asked: Asked, relay: Relay) -> Reply:
    if is_lookup(asked) and asked.body.count(b'name="photo"') > 4:
        return problem(400, "validation_failed")
    return await relay(asked)


async def takes_six_photos(asked: Asked, relay: Relay) -> Reply:
    if asked.body.count(b'name="photo"') == 6:
        boundary = b"--" + asked.headers["content-type"].partition("boundary=")[2].encode()
        start, _one, *rest = asked.body.split(boundary)
        asked.body = boundary.join([start, *rest])
    return await relay(asked)


async def refuses_png(asked: Asked, relay: Relay) -> Reply:
    if is_lookup(asked) and b"\x89PNG" in asked.body:
        return problem(415, "photo_format_unsupported")
    return await relay(asked)


def _lies(answer: Answer) -> None:
    photo = answer["photo"]
    photo["width"], photo["height"] = max(photo["width"], photo["height"]), min(photo["width"], photo["height"])


def _other_photo(answer: Answer) -> None:
    if "photo" in answer:
        answer["photo"]["sha256"] = "0" * 64


def _renamed(answer: Answer) -> None:
    answer["paths"]["/v1/catalogs"]["get"]["operationId"] = "catalogs"


def is_document(asked: Asked) -> bool:
    return asked.path.endswith("openapi.json")


def all_of(faults: Sequence[Fault]) -> Meddle:
    """Meddles in all of these ways at once."""

    async def meddle(asked: Asked, relay: Relay) -> Reply:
        return await reduce(_around, [meddle for _, meddle, _ in faults], relay)(asked)

    return meddle


def _around(relay: Relay, meddle: Meddle) -> Relay:
    return lambda asked: meddle(asked, relay)


def rules_of(faults: Sequence[Fault]) -> set[str]:
    """The rules that they break."""
    return {rule for *_, broken in faults for rule in broken}


SERVICES: dict[str, list[Fault]] = {
    "photos, failures and names": [
        ("takes four photos", takes_four_photos, {"R1"}),
        ("refuses PNG", refuses_png, {"R3"}),
        ("leaks metadata", leaks_metadata, {"R4"}),
        ("refuses while busy", refuses_while_busy(), {"R9"}),
        ("has pages as failures", has_pages_as_failures, {"R15"}),
        ("deprecates by a word", wearing(deprecation="true"), {"R18"}),
        ("renames operations", changing(is_document, _renamed), {"R21"}),
    ],
    "sizes, failures and pictures": [
        ("takes six photos", takes_six_photos, {"R1"}),
        ("tells lying sizes", changing(lambda asked: is_lookup(asked) and b"photo" in asked.body, _lies), {"R2"}),
        ("remembers failures", remembers_failures(), {"R8"}),
        ("names no moment", names_no_moment, {"R11"}),
        ("has no match as a failure", has_no_match_as_a_failure, {"R14"}),
        ("has its own statuses", has_its_own_statuses, {"R15"}),
        ("lets pictures change", lets_pictures_change, {"R19"}),
    ],
    "repeats and forms": [
        ("forgets answers", forgets_answers(), {"R7"}),
        (
            "does not echo the client's id",
            changing(
                lambda asked: is_lookup(asked) or is_stored(asked), lambda answer: answer.pop("clientLookupId", 0)
            ),
            {"R13"},
        ),
        ("gives null", changing(is_lookup, lambda answer: answer.setdefault("text", None)), {"R16"}),
        (
            "ends before it is deprecated",
            wearing(deprecation="@1767225600", sunset="Thu, 01 Jan 2015 00:00:00 GMT"),
            {"R18"},
        ),
    ],
    "keys, answers and words": [
        ("lets keys be reused", lets_keys_be_reused, {"R10"}),
        (
            "answers about another photo",
            changing(lambda asked: is_lookup(asked) or is_stored(asked), _other_photo),
            {"R13"},
        ),
        ("shows the inside", shows_the_inside, {"R15"}),
        ("passes over options", passes_over_options, {"R17"}),
        ("loses the worker's word", changing(is_stored, lambda answer: answer.pop("confirmation", 0)), {"R20"}),
    ],
    "what is kept": [
        ("ignores keys", ignores_keys, {"R7", "R10"}),
        ("stores the answer to another photo", changing(is_stored, _other_photo), {"R13", "R20"}),
        ("leaves fields out", changing(is_lookup, lambda answer: answer.pop("timings")), {"R16", "R20"}),
    ],
}
"""Faults that do not hide each other."""
FAULTS = [fault for faults in SERVICES.values() for fault in faults]
