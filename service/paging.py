"""Cursors: where the next page of a ranking begins. Opaque to clients."""

import base64
from math import isfinite
from typing import Annotated

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta

from mobile_contract.limits import CANDIDATES_MAX, CURSOR_CHARACTERS, PART_NUMBER_CHARACTERS, SIMILAR_MAX
from mobile_contract.problems import Code, FieldError
from service.problems import Refused

After = Annotated[
    str | None,
    QueryParameter(
        name="after",
        min_length=1,
        max_length=CURSOR_CHARACTERS,
        description="The page after this cursor, which is the ``next`` of the page before; left out for the first",
    ),
]
PageLimit = Annotated[int, QueryParameter(name="limit", ge=1, le=CANDIDATES_MAX, description="Of a page, at most")]


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last product of a page. ``rank``: its place among all pages, from 1; ``key`` tells it from others of its
    score.
    """

    rank: Annotated[int, Meta(ge=1, le=max(CANDIDATES_MAX, SIMILAR_MAX))]
    score: float
    key: Annotated[str, Meta(max_length=PART_NUMBER_CHARACTERS)]


def write_cursor(cursor: Cursor) -> str:
    """The form that goes over the wire: base64 for addresses, without padding."""
    packed = msgspec.msgpack.encode((cursor.rank, float(cursor.score), cursor.key))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def write_place(key: str) -> str:
    """The cursor of a list in the order of keys, after this one."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode([key])).rstrip(b"=").decode()


def read_place(text: str) -> str:
    """The key that was written.

    Raises:
        Refused: it was not written by :func:`write_place`.

    """
    try:
        padded = text + "=" * (-len(text) % 4)
        (key,) = msgspec.msgpack.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=tuple[str])
    except (ValueError, msgspec.MsgspecError) as error:
        raise wrong_cursor("is none that this service gave") from error
    if "\x00" in key or write_place(key) != text:
        raise wrong_cursor("is none that this service gave")
    return key


def read_cursor(text: str) -> Cursor:
    """What was written.

    Raises:
        Refused: it was not written by :func:`write_cursor`.

    """
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor = msgspec.msgpack.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=Cursor)
    except (ValueError, msgspec.MsgspecError) as error:
        raise wrong_cursor("is none that this service gave") from error
    if not isfinite(cursor.score) or write_cursor(cursor) != text:
        raise wrong_cursor("is none that this service gave")
    return cursor


def wrong_cursor(why: str) -> Refused:
    """The refusal of a cursor."""
    return Refused(Code.VALIDATION_FAILED, "the cursor is wrong", (FieldError(field="after", message=why),))
