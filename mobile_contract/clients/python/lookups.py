"""Flows of lookups: photos in, candidates out, and the worker's word on them."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET

from mobile_contract.candidates import CandidatePage, Channel
from mobile_contract.catalogs import ReferenceImage
from mobile_contract.clients.python.errors import AnswerMismatch
from mobile_contract.clients.python.exchange import (
    Body,
    Call,
    Core,
    Flow,
    Form,
    Progress,
    Work,
    ask,
    json_body,
    segment,
)
from mobile_contract.clients.python.photos import Photo, ReadPhoto, read_photos
from mobile_contract.confirmations import Confirmation, NewConfirmation, Outcome
from mobile_contract.limits import CANDIDATES_DEFAULT
from mobile_contract.lookups import Focus, Lookup, LookupOptions
from mobile_contract.photos import Region

Box = Region | tuple[float, float, float, float]
"""A part of a photo: x, y, width and height, in fractions of it."""

_WIRE_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(LookupOptions)}


def look_up(
    core: Core,
    catalog: str,
    *photos: Photo,
    text: str | None = None,
    limit: int = CANDIDATES_DEFAULT,
    region: Box | None = None,
    categories: Sequence[str] = (),
    metadata: Mapping[str, Sequence[str]] | None = None,
    channels: Sequence[Channel | str] = (),
    facets: Sequence[str] = (),
    labels: str | None = None,
    tags: bool = False,
    objects: bool = False,
    focus: bool = False,
    photo_url: str | None = None,
    photo_of: UUID | Lookup | None = None,
    client_lookup_id: str | None = None,
    idempotency_key: str | None = None,
    progress: Progress | None = None,
) -> Flow[Lookup]:
    """Find what 1 to 5 photos of one thing show; or what a ``text`` says, an address, or an earlier lookup's photos.

    Options are those of :class:`mobile_contract.lookups.LookupOptions`. ``idempotency_key``: of the photo's place in an
    offline queue, where there is one; the same photos with the same key give the same answer, also after a restart.
    ``client_lookup_id`` is made from it unless given. The answer is checked to be about these photos.

    Raises:
        PhotoUnusable, AnswerMismatch, Refused, Unavailable, Unreachable: there is no answer.
        ValueError: an option is not of the documented form.

    """
    key = idempotency_key or str(uuid4())
    options = _options(
        client_lookup_id=client_lookup_id or key,
        text=text,
        limit=limit,
        region=None if region is None else msgspec.to_builtins(_region(region)),
        categories=list(categories),
        metadata={name: list(values) for name, values in (metadata or {}).items()},
        channels=[str(Channel(channel)) for channel in channels],
        facets=list(facets) or None,
        labels=labels,
        tags=tags,
        objects=objects,
        focus=str(Focus.AUTO if focus else Focus.OFF),
        photo_url=photo_url,
        photo_of=photo_of.id if isinstance(photo_of, Lookup) else photo_of,
    )
    read: tuple[ReadPhoto, ...] = yield Work(partial(read_photos, photos, core.shrink))
    content = msgspec.json.encode(options)
    found = yield from ask(
        core,
        Call(
            operation="lookUp",
            method="POST",
            path=f"/v1/catalogs/{segment(catalog)}/lookups",
            kind=Lookup,
            body=Form(read, ("request", content)) if read else Body(content, "application/json"),
            key=key,
            progress=progress,
        ),
    )
    check_answer(found, str(options.client_lookup_id), [photo.content for photo in read])
    return found


def _options(**said: Any) -> LookupOptions:
    """What was said, None where nothing was.

    Raises:
        ValueError: something is not of the documented form.

    """
    given = {_WIRE_NAMES[name]: value for name, value in said.items() if value is not None}
    try:
        return msgspec.convert(given, LookupOptions)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def check_answer(found: Lookup, client_lookup_id: str, photos: Sequence[bytes]) -> None:
    """Make sure that an answer is about these photos (rule R13).

    Raises:
        AnswerMismatch: it is about others.

    """
    if found.client_lookup_id != client_lookup_id:
        raise AnswerMismatch(f"asked as {client_lookup_id}, answered as {found.client_lookup_id or 'nobody'}")
    if not photos:
        return
    further = [] if found.further_photos is UNSET else found.further_photos
    told = [] if found.photo is UNSET else [found.photo.sha256, *(one.sha256 for one in further)]
    if told != [hashlib.sha256(photo).hexdigest() for photo in photos]:
        raise AnswerMismatch("the answer is about other photos than were sent")


def _region(box: Box) -> Region:
    if isinstance(box, Region):
        return box
    x, y, width, height = box
    return Region(x=x, y=y, width=width, height=height)


def get_lookup(core: Core, lookup: UUID | str) -> Flow[Lookup]:
    """An earlier answer as it was given, with the worker's word on it."""
    return ask(core, Call(operation="getLookup", method="GET", path=f"/v1/lookups/{lookup}", kind=Lookup))


def confirm(
    core: Core,
    lookup: Lookup | UUID | str,
    part_number: str | None = None,
    *,
    outcome: Outcome | str | None = None,
    worker: str | None = None,
    idempotency_key: str | None = None,
) -> Flow[Confirmation]:
    """Say what the photo showed: a ``part_number``, or an ``outcome``: ``none_of_these`` or ``unsure``. ``worker``: who
    says so, empty for nobody in particular; left out, who uses the device.

    Raises:
        ValueError: neither is given, or both where they do not fit.

    """
    meant = Outcome(outcome or Outcome.CONFIRMED)
    if (meant is Outcome.CONFIRMED) != (part_number is not None):
        raise ValueError("give a part number, or the outcome none_of_these or unsure")
    said = NewConfirmation(
        outcome=meant,
        part_number=UNSET if part_number is None else part_number,
        worker=UNSET if worker is None else worker,
    )
    return ask(
        core,
        Call(
            operation="confirmLookup",
            method="POST",
            path=f"/v1/lookups/{_id(lookup)}/confirmation",
            kind=Confirmation,
            body=json_body(said),
            key=idempotency_key or str(uuid4()),
        ),
    )


def candidates_page(
    core: Core, lookup: Lookup | UUID | str, after: str | None = None, *, limit: int = CANDIDATES_DEFAULT
) -> Flow[CandidatePage]:
    """A page of the candidates of an earlier answer: those after a cursor, or the first."""
    query = [("limit", str(limit)), *([("after", after)] if after else [])]
    path = f"/v1/lookups/{_id(lookup)}/candidates"
    return ask(core, Call(operation="listCandidates", method="GET", path=path, kind=CandidatePage, query=tuple(query)))


def reference_picture(core: Core, reference: ReferenceImage | UUID | str) -> Flow[bytes]:
    """The bytes of a reference image, which never change."""
    known = reference.id if isinstance(reference, ReferenceImage) else reference
    return ask(
        core, Call(operation="getReferenceImage", method="GET", path=f"/v1/references/{known}/image", kind=bytes)
    )


def _id(lookup: Lookup | UUID | str) -> str:
    return str(lookup.id if isinstance(lookup, Lookup) else lookup)
