"""What the text of a code may name a product by: itself, or a part of it by the rules that codes are written by.

* GTINs are the same with and without leading zeros (GS1 General Specifications, 2.1.1).
* GS1 element strings, "(01)04006381333931(241)M8-40", as zxing-cpp writes them.
* GS1 Digital Link and other addresses: the parts of their path and the values of their query.
* ANSI MH10.8.2 data identifiers, alone in a linear code or in an ISO 15434 envelope: "1PM8-40".
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

LEAST_CHARACTERS: Final = 4
"""Of a name: shorter ones are read out of textures, and borne by counters and shelves."""
MOST_NAMES: Final = 24
MOST_CHARACTERS: Final = 200

_GTIN_LENGTHS: Final = (14, 13, 12, 8)
_ELEMENT: Final = re.compile(r"\((\d{2,4})\)([^(]+)")
_ELEMENTS: Final = frozenset({"01", "02", "240", "241", "8013"})
"""GTIN, GTIN of the content, additional and customer part number, global model number."""
_IDENTIFIED: Final = re.compile(r"(?:P|1P|30P)(\S.*)")
"""Part numbers of customer, supplier, and supplier's first level."""
_SEPARATORS: Final = re.compile("[\x1c-\x1f]|\N{SYMBOL FOR GROUP SEPARATOR}|\N{SYMBOL FOR RECORD SEPARATOR}|<GS>|<RS>")


def names_in(text: str) -> tuple[str, ...]:
    """The names in a code's text, the likeliest first; none of fewer than four characters or more than 200."""
    found = dict.fromkeys(name.strip() for name in _names(text.strip()))
    return tuple(name for name in found if LEAST_CHARACTERS <= len(name) <= MOST_CHARACTERS)[:MOST_NAMES]


def _names(text: str) -> Iterator[str]:
    yield from _forms(text)
    for identifier, value in _ELEMENT.findall(text):
        if identifier in _ELEMENTS:
            yield from _forms(value)
    for field in _SEPARATORS.split(text):
        if identified := _IDENTIFIED.fullmatch(field):
            yield identified[1]
    if text.lower().startswith(("https://", "http://")):
        yield from _in_address(text)


def _forms(text: str) -> Iterator[str]:
    """The text, and where it is of a GTIN's length, the same GTIN at its other lengths."""
    yield text
    if len(text) in _GTIN_LENGTHS and text.isascii() and text.isdigit():
        short = text.lstrip("0")
        yield from (short.zfill(length) for length in _GTIN_LENGTHS if len(short) <= length)


def _in_address(text: str) -> Iterator[str]:
    try:
        address = urlsplit(text)
        values = [value for _, value in parse_qsl(address.query)]
    except ValueError:
        return
    for part in [*reversed(address.path.split("/")), *values]:
        yield from _forms(unquote(part))
