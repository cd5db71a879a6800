"""Cursors: where the next page of a ranking begins. Opaque to clients."""

import base64
from collections.abc import Sequence
from math import isfinite
from typing import Annotated, TypeVar

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta

from mobile_contract.limits import CANDIDATES_MAX, CURSOR_CHARACTERS, PART_NUMBER_CHARACTERS, SIMILAR_MAX
from mobile_contract.problems import Code, FieldError
from service.refused import Refused

After = Annotated[
    str | None,
    QueryParameter(
        name="after",
        min_length=1,
        max_length=CURSOR_CHARACTERS,
        description="The page after this cursor, which is the ``next`` of the page before; left out for the first",
    ),
]
T = TypeVar("T")

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
    return _write((cursor.rank, float(cursor.score), cursor.key))


def read_cursor(text: str) -> Cursor:
    """What was written.

    Raises:
        Refused: it was not written by :func:`write_cursor`.

    """
    cursor = _read(text, Cursor)
    if not isfinite(cursor.score) or write_cursor(cursor) != text:
        raise wrong_cursor("is none that this service gave")
    return cursor


def write_place(key: str) -> str:
    """The cursor of a list in the order of keys, after this one."""
    return _write([key])


def read_place(text: str) -> str:
    """The key that was written.

    Raises:
        Refused: it was not written by :func:`write_place`.

    """
    (key,) = _read(text, tuple[str])
    if "\x00" in key or write_place(key) != text:
        raise wrong_cursor("is none that this service gave")
    return key


def write_sequence(sequence: int) -> str:
    """The cursor after a row of a list that is in the order of its sequence numbers."""
    return _write([sequence])


def read_sequence(text: str) -> int:
    """The number that was written.

    Raises:
        Refused: it was not written by :func:`write_sequence`.

    """
    (sequence,) = _read(text, tuple[Annotated[int, Meta(ge=0, le=2**63 - 1)]])
    if write_sequence(sequence) != text:
        raise wrong_cursor("is none that this service gave")
    return sequence


def wrong_cursor(why: str) -> Refused:
    """The refusal of a cursor."""
    return Refused(Code.VALIDATION_FAILED, "the cursor is wrong", (FieldError(field="after", message=why),))


def _write(fields: Sequence[float | str]) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(fields)).rstrip(b"=").decode()


def _read(text: str, kind: type[T]) -> T:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        raise wrong_cursor("is none that this service gave") from error
