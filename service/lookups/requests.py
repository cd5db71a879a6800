"""Reads a lookup: a photo as a raw body with options in the address, or a form with a photo and a JSON part."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from catalog.search.filters import Filter
from mobile_contract.limits import OPTIONS_BYTES
from mobile_contract.lookups import LookupOptions
from mobile_contract.problems import Code, FieldError
from service.openapi import PHOTO_TYPES
from service.problems import Refused
from service.recognition.channels import ALL, Channel

_QUERY = {"limit", "clientLookupId", "category", "metadata", "channel"}
_UNTYPED = ("application/octet-stream", "")


@dataclass(frozen=True, kw_only=True)
class LookupRequest:
    """A photo's bytes and what the client said beside it."""

    photo: bytes
    options: LookupOptions

    @property
    def filter(self) -> Filter:
        """The conditions on products."""
        return Filter(
            categories=tuple(self.options.categories),
            metadata=tuple((key, tuple(values)) for key, values in sorted(self.options.metadata.items())),
        )

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
    if kind == "multipart/form-data":
        return await _read_form(request)
    if kind in PHOTO_TYPES or kind in _UNTYPED:
        options = _options_of_query(request)
        photo = await request.body()
        if not photo:
            raise Refused(Code.PHOTO_MISSING, "the body is empty; send the photo as the body or as the part photo")
        return LookupRequest(photo=photo, options=options)
    raise Refused(Code.UNSUPPORTED_MEDIA_TYPE, f"send multipart/form-data or one of {', '.join(PHOTO_TYPES)}")


async def _read_form(request: Request[Any, Any, Any]) -> LookupRequest:
    if given := sorted(set(request.query_params.keys())):
        fields = tuple(FieldError(field=name, message="belongs into the part request") for name in given)
        raise Refused(Code.VALIDATION_FAILED, "with a form, options are the JSON part request", fields)
    form = await request.form()
    photos = form.getall("photo", [])
    if not photos:
        raise Refused(Code.PHOTO_MISSING, "the form has no part photo")
    if len(photos) > 1:
        raise Refused(Code.VALIDATION_FAILED, "one photo a lookup is taken", (_field("photo", "given several times"),))
    part = form.get("request")
    try:
        options = LookupOptions() if part is None else msgspec.json.decode(await _bytes(part), type=LookupOptions)
    except msgspec.MsgspecError as error:
        raise Refused(Code.VALIDATION_FAILED, "the part request is wrong", (_field("request", str(error)),)) from error
    return LookupRequest(photo=await _bytes(photos[0], limited=False), options=_checked(options))


def _options_of_query(request: Request[Any, Any, Any]) -> LookupOptions:
    query = request.query_params
    if unknown := sorted(set(query.keys()) - _QUERY):
        fields = tuple(_field(name, "no such parameter") for name in unknown)
        raise Refused(Code.VALIDATION_FAILED, "a parameter is unknown", fields)
    given: dict[str, Any] = {name: query[name] for name in ("limit", "clientLookupId") if name in query}
    given["categories"] = query.getall("category", [])
    given["metadata"] = _metadata(query.getall("metadata", []))
    given["channels"] = query.getall("channel", [])
    try:
        return _checked(msgspec.convert(given, LookupOptions, strict=False))
    except msgspec.ValidationError as error:
        raise Refused(Code.VALIDATION_FAILED, "a parameter is wrong", (_field("query", str(error)),)) from error


def _checked(options: LookupOptions) -> LookupOptions:
    if options.channels and {channel.value for channel in options.channels} == {Channel.GEOMETRY.value}:
        field = _field("channels", "geometry checks what image or surface find: name one of them too")
        raise Refused(Code.VALIDATION_FAILED, "no channel would find anything", (field,))
    return options


def _metadata(pairs: list[str]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for pair in pairs:
        key, separator, value = pair.partition(":")
        if not separator:
            raise Refused(Code.VALIDATION_FAILED, "a parameter is wrong", (_field("metadata", "is key:value"),))
        wanted.setdefault(key, []).append(value)
    return wanted


async def _bytes(part: UploadFile | str, *, limited: bool = True) -> bytes:
    content = part.encode() if isinstance(part, str) else await part.read()
    if limited and len(content) > OPTIONS_BYTES:
        raise Refused(Code.BODY_TOO_LARGE, f"the part request takes {OPTIONS_BYTES} bytes")
    return content


def _field(name: str, message: str) -> FieldError:
    return FieldError(field=name, message=message)
