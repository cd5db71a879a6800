"""Reads a lookup: a photo as a raw body with options in the address, a form with one or several photos of one object
and a JSON part, or a JSON body that says where the photo is.
"""

from dataclasses import dataclass
from typing import Any
from unicodedata import category

import msgspec
from litestar import Request
from msgspec import UNSET

from catalog.search.filters import Filter
from mobile_contract.limits import OPTIONS_BYTES
from mobile_contract.lookups import Focus, LookupOptions
from mobile_contract.problems import Code, FieldError
from service.filters import as_filter, read_metadata
from service.forms import FORM, part_bytes, photo_parts, read_form, refuse_parameters
from service.idempotency import JSON
from service.operations import PHOTO_TYPES
from service.recognition.channels import ALL, Channel
from service.recognition.region import Region
from service.refused import Refused

_QUERY = {
    "limit",
    "clientLookupId",
    "text",
    "region",
    "category",
    "metadata",
    "channel",
    "facet",
    "labels",
    "tags",
    "objects",
    "focus",
}
_REGION = ("x", "y", "width", "height")
_ROUNDING = 1e-6
_UNTYPED = ("application/octet-stream", "")


@dataclass(frozen=True, kw_only=True)
class LookupRequest:
    """The photos' bytes, none where the options say where to get them or a text alone is asked, and what the client
    said beside them.
    """

    photos: tuple[bytes, ...]
    options: LookupOptions

    @property
    def filter(self) -> Filter:
        """The conditions on products."""
        return as_filter(self.options.categories, self.options.metadata)

    @property
    def region(self) -> Region | None:
        """The part of the photo to look at; None: all of it."""
        box = self.options.region
        return None if box is UNSET else Region(x=box.x, y=box.y, width=box.width, height=box.height)

    @property
    def text(self) -> str | None:
        """What was typed."""
        return None if self.options.text is UNSET else self.options.text

    @property
    def labels(self) -> str | None:
        """By what to label."""
        return None if self.options.labels is UNSET else self.options.labels

    @property
    def text_alone(self) -> bool:
        """Whether there is no photo anywhere."""
        return not self.photos and not any(given for _, given in _places(self.options))

    @property
    def focus(self) -> bool:
        """Whether the service may choose where to look."""
        return self.options.focus is Focus.AUTO

    @property
    def channels(self) -> frozenset[Channel]:
        """By which to look."""
        return frozenset(Channel(one.value) for one in self.options.channels) or ALL


async def read_lookup(request: Request[Any, Any, Any]) -> LookupRequest:
    """Read the body.

    Raises:
        Refused: no photo, another content type, or options that are not of the documented form.

    """
    kind = request.content_type[0].lower()
    if kind == FORM:
        return await _read_form(request)
    if kind == JSON:
        refuse_parameters(request, "with a JSON body, options are in it")
        return _without_photo(_decoded(await request.body()))
    if kind in PHOTO_TYPES or kind in _UNTYPED:
        options = _options_of_query(request)
        photo = await request.body()
        if not photo:
            raise Refused(Code.PHOTO_MISSING, "the body is empty; send the photo as the body or as the part photo")
        return LookupRequest(photos=(photo,), options=options)
    kinds = ", ".join((FORM, JSON, *PHOTO_TYPES))
    raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"send one of {kinds}")


async def _read_form(request: Request[Any, Any, Any]) -> LookupRequest:
    form = await read_form(request)
    photos = photo_parts(form)
    part = form.get("request")
    options = LookupOptions() if part is None else _decoded(await part_bytes(part))
    if not photos:
        return _without_photo(options)
    if beside := [name for name, given in _places(options) if given]:
        fields = tuple(_field(name, "beside a part photo") for name in beside)
        raise Refused(Code.VALIDATION_FAILED, "a photo, or where it is", fields)
    if len(photos) > 1:
        refuse_several(options)
    return LookupRequest(photos=tuple([await part_bytes(photo) for photo in photos]), options=options)


def refuse_several(options: LookupOptions) -> None:
    """A box lies in one photo, and several photos are of one object.

    Raises:
        Refused: the options are of one photo, and there are several.

    """
    asked = (("region", options.region is not UNSET), ("objects", options.objects))
    if fields := tuple(_field(name, "beside several photos") for name, there in asked if there):
        raise Refused(Code.VALIDATION_FAILED, "a region and objects are of one photo", fields)


def _decoded(content: bytes) -> LookupOptions:
    if len(content) > OPTIONS_BYTES:
        raise Refused(Code.BODY_TOO_LARGE, f"the options take {OPTIONS_BYTES} bytes")
    try:
        return _checked(msgspec.json.decode(content, type=LookupOptions))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused(Code.VALIDATION_FAILED, "the options are wrong", (_field("request", str(error)),)) from error


def _without_photo(options: LookupOptions) -> LookupRequest:
    places = [name for name, given in _places(options) if given]
    if not places and options.text is not UNSET:
        return _text_alone(options)
    if not places:
        raise Refused(Code.PHOTO_MISSING, "send the photo as the body or as the part photo, say where it is, or a text")
    if len(places) > 1:
        fields = tuple(_field(name, "given beside another") for name in places)
        raise Refused(Code.VALIDATION_FAILED, "a photo is in one place", fields)
    return LookupRequest(photos=(), options=options)


def _text_alone(options: LookupOptions) -> LookupRequest:
    asked = (
        ("region", options.region is not UNSET),
        ("objects", options.objects),
        ("focus", options.focus is Focus.AUTO),
    )
    if fields := tuple(_field(name, "without a photo") for name, there in asked if there):
        raise Refused(Code.VALIDATION_FAILED, "there is nothing to look at", fields)
    shown = (("labels", options.labels is not UNSET), ("tags", options.tags))
    if fields := tuple(_field(name, "without a photo") for name, there in shown if there):
        raise Refused(Code.VALIDATION_FAILED, "probabilities are of what a photo shows", fields)
    if options.channels and Channel.TEXT.value not in {channel.value for channel in options.channels}:
        field = _field("channels", "without a photo, text alone finds something")
        raise Refused(Code.VALIDATION_FAILED, "no channel would find anything", (field,))
    return LookupRequest(photos=(), options=options)


def _places(options: LookupOptions) -> tuple[tuple[str, bool], ...]:
    """Where a photo may be that is not sent, and whether it is said to be there."""
    return ("photoUrl", options.photo_url is not UNSET), ("photoOf", options.photo_of is not UNSET)


def _options_of_query(request: Request[Any, Any, Any]) -> LookupOptions:
    query = request.query_params
    if unknown := sorted(set(query.keys()) - _QUERY):
        fields = tuple(_field(name, "no such parameter") for name in unknown)
        raise Refused(Code.VALIDATION_FAILED, "a parameter is unknown", fields)
    given: dict[str, Any] = {
        name: query[name]
        for name in ("limit", "clientLookupId", "text", "labels", "tags", "objects", "focus")
        if name in query
    }
    given["categories"] = query.getall("category", [])
    given["metadata"] = read_metadata(query.getall("metadata", []))
    given["channels"] = query.getall("channel", [])
    if "facet" in query:
        given["facets"] = query.getall("facet")
    if "region" in query:
        given["region"] = _box(query["region"])
    try:
        return _checked(msgspec.convert(given, LookupOptions, strict=False))
    except msgspec.ValidationError as error:
        raise Refused(Code.VALIDATION_FAILED, "a parameter is wrong", (_field("query", str(error)),)) from error


def _checked(options: LookupOptions) -> LookupOptions:
    asked = {channel.value for channel in options.channels}
    finding = asked - {Channel.GEOMETRY.value} - ({Channel.TEXT.value} if options.text is UNSET else set())
    if asked and not finding:
        field = _field("channels", "geometry checks what others find, text needs a text: name image or surface too")
        raise Refused(Code.VALIDATION_FAILED, "no channel would find anything", (field,))
    if options.tags and asked and Channel.IMAGE.value not in asked:
        field = _field("tags", "are found by the channel image")
        raise Refused(Code.VALIDATION_FAILED, "no channel would find tags", (field,))
    if options.text is not UNSET:
        _check_text(options.text)
    if options.focus is Focus.AUTO and (options.region is not UNSET or options.objects):
        field = _field("focus", "chooses where to look: not beside region or objects")
        raise Refused(Code.VALIDATION_FAILED, "it is said already where to look", (field,))
    box = options.region
    if box is not UNSET and max(box.x + box.width, box.y + box.height) > 1 + _ROUNDING:
        field = _field("region", "reaches beyond the photo")
        raise Refused(Code.VALIDATION_FAILED, "the region is not in the photo", (field,))
    return options


def _check_text(text: str) -> None:
    if not text.strip():
        raise Refused(Code.VALIDATION_FAILED, "the text says nothing", (_field("text", "is blank"),))
    if any(category(one) == "Cc" and not one.isspace() for one in text):
        raise Refused(Code.VALIDATION_FAILED, "the text is none", (_field("text", "holds control characters"),))


def _box(text: str) -> dict[str, str]:
    numbers = text.split(",")
    if len(numbers) != len(_REGION):
        raise Refused(Code.VALIDATION_FAILED, "a parameter is wrong", (_field("region", "is x,y,width,height"),))
    return dict(zip(_REGION, numbers, strict=True))


def _field(name: str, message: str) -> FieldError:
    return FieldError(field=name, message=message)
