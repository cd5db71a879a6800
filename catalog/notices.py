"""Safety notices of products: what whoever handles one has to know, and when that holds."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

NOTICES_MAX = 20
TEXT_CHARACTERS = 1_000
URL_CHARACTERS = 2_000


class Severity(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"


_GRAVEST_FIRST = {one.value: place for place, one in enumerate(reversed(Severity))}


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A safety notice, as tables and the database hold it. Both days are included; UTC."""

    severity: Severity
    text: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=TEXT_CHARACTERS)]
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s\x00]+$", max_length=URL_CHARACTERS)] | None = None
    valid_from: date | None = None
    valid_until: date | None = None


_LIST = msgspec.json.Decoder(Annotated[list[Notice], msgspec.Meta(max_length=NOTICES_MAX)])


def read_notices(text: str) -> list[Notice]:
    """Notices from a table's cell: a JSON array of objects with ``severity``, ``text``, ``url``, ``valid_from`` and
    ``valid_until``; none where it is empty.

    Raises:
        ValueError: it is not of that form, or a notice ends before it begins.

    """
    if not text:
        return []
    try:
        notices: list[Notice] = _LIST.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ValueError(str(error)) from error
    check_notices(notices)
    return notices


def check_notices(notices: Sequence[Notice]) -> None:
    """What a notice's fields cannot say of themselves.

    Raises:
        ValueError: one ends before it begins, or holds a NUL.

    """
    for one in notices:
        if one.valid_from and one.valid_until and one.valid_until < one.valid_from:
            raise ValueError(f"a notice ends on {one.valid_until}, before it begins on {one.valid_from}")
        if "\x00" in one.text:
            raise ValueError("a notice holds a NUL character")


def stored(notices: Iterable[Notice]) -> list[Any]:
    """As the database keeps them."""
    kept: list[Any] = msgspec.to_builtins(list(notices))
    return kept


def notices_of(kept: Sequence[Any]) -> list[Notice]:
    """From what the database keeps."""
    notices: list[Notice] = msgspec.convert(kept, list[Notice])
    return notices


def in_force(kept: Sequence[Any], today: date | None = None) -> list[Notice]:
    """Those of the kept notices that hold on a day, today unless said (UTC); the gravest first."""
    if not kept:
        return []
    day = today or datetime.now(UTC).date()
    holding = [one for one in notices_of(kept) if (one.valid_from or day) <= day and day <= (one.valid_until or day)]
    return sorted(holding, key=lambda one: _GRAVEST_FIRST[one.severity])
