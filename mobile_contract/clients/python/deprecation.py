"""Routes that are to go: RFC 9745 (``Deprecation``) and RFC 8594 (``Sunset``), told once each."""

import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


class DeprecatedRoute(FutureWarning):
    """A route that this client uses will go. Shown by default: whoever runs the client can act on it."""


def deprecation_date(text: str) -> datetime:
    """When a route is, or will be, deprecated: ``@`` and seconds since 1970, a structured field's date (RFC 9745).

    Raises:
        ValueError: it is of another form.

    """
    if not text.startswith("@"):
        raise ValueError(f"{text!r} is no structured date")
    try:
        return datetime.fromtimestamp(int(text[1:]), UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is no date") from error


def sunset_date(text: str) -> datetime:
    """When a route stops answering: an HTTP date (RFC 8594).

    Raises:
        ValueError: it is of another form.

    """
    found = parsedate_to_datetime(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


class Notices:
    """Warns once of each operation."""

    def __init__(self) -> None:
        """None was told yet."""
        self._told: set[str] = set()

    def see(self, operation: str, headers: Mapping[str, str]) -> None:
        """``operation``: its id in the contract; ``headers``: of the answer, names in lower case."""
        if operation in self._told or not {"deprecation", "sunset"} & headers.keys():
            return
        self._told.add(operation)
        said = [f"{operation} is deprecated"]
        if since := _day(headers.get("deprecation"), deprecation_date):
            said.append(f"since {since}")
        if until := _day(headers.get("sunset"), sunset_date):
            said.append(f"and stops answering on {until}")
        if link := headers.get("link"):
            said.append(f"see {link}")
        warnings.warn(", ".join(said), DeprecatedRoute, stacklevel=2)


def _day(text: str | None, read: Callable[[str], datetime]) -> str | None:
    if text is None:
        return None
    try:
        return str(read(text).date())
    except ValueError:
        return None
