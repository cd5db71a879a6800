"""Rows of JSON lines: an object a line, with the same fields as a table has columns."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from catalog.errors import TableInvalid
from catalog.imports.reading.columns import LONGEST_HEADER, PREFIX, Columns, assign
from catalog.imports.reading.encodings import bad_byte, first_mark
from catalog.imports.reading.lines import LINE_CHARACTERS, Overlong
from catalog.imports.reading.options import IGNORE, METADATA, ReadOptions
from catalog.imports.rows import (
    NOTICES,
    PICTURES,
    RowProblem,
    TableRow,
    checked_row,
    failed,
    readable,
    split_pictures,
)

LOOKED_AT = 100
"""Lines whose keys are told as the columns."""
_SPACE = " \t\r\n"
_HALVES = re.compile("[\ud800-\udfff]")


class _Refused(Exception):
    """What is wrong with a line."""

    def __init__(self, code: str, message: str, column: str | None = None) -> None:
        super().__init__(message)
        self.problem = RowProblem(code=code, message=message, column=column)


class _Number(str):
    """A number as it was written: 1.50 stays 1.50."""

    __slots__ = ()


class JsonLines:
    """The first objects' keys, and all rows once."""

    def __init__(self, lines: Iterator[str], encoding: str, options: ReadOptions) -> None:
        """Looks at the first lines.

        Raises:
            TableInvalid: there is nothing, or one JSON array in place of a line for each object.

        """
        head = list(islice(lines, LOOKED_AT))
        first = next((line.strip(_SPACE) for line in head if line.strip(_SPACE)), None)
        if first is None:
            raise TableInvalid("the table is empty")
        if first.startswith("["):
            raise TableInvalid("the table is a JSON array; send JSON lines: one object a line, and nothing around them")
        self._lines = chain(head, lines)
        self._encoding, self._given = encoding, options.columns
        self._assigned = lru_cache(256)(self._assign)
        self.columns = self._seen(head)

    def rows(self) -> Iterator[TableRow]:
        """The rows in order; blank lines are passed over."""
        for number, line in enumerate(self._lines, start=1):
            if isinstance(line, Overlong):
                yield failed(number, "line_too_long", f"the line has more than {LINE_CHARACTERS} characters")
            elif line.strip(_SPACE):
                yield self._row(number, line)

    def _row(self, number: int, line: str) -> TableRow:
        if (place := first_mark(line)) is not None:
            _, byte, value = bad_byte(line, place, self._encoding)
            message = f"byte {byte} of line {number} is 0x{value:02X}, which is not {self._encoding}"
            return failed(number, "encoding_invalid", message)
        said: dict[str, Any] = {}
        try:
            said = parsed(line)
            row = self._read(number, said)
        except _Refused as refused:
            row = TableRow(line=number, problems=[refused.problem])
        return row if row.fields is not None else replace(row, cells=readable(_cells(said)))

    def _read(self, number: int, said: dict[str, Any]) -> TableRow:
        values: dict[str, str] = {}
        metadata: dict[str, str] = {}
        pictures: list[str] | None = None
        for key, target in self._assigned(tuple(said)).items():
            value = said[key]
            if target == IGNORE or value is None:
                continue
            if target == PICTURES:
                pictures = (pictures or []) + _pictures(key, value)
            elif target == PREFIX + METADATA and isinstance(value, dict):
                metadata |= {name: _text(f"{key}.{name}", inner) for name, inner in value.items() if inner is not None}
            elif target.startswith(PREFIX):
                metadata[target[len(PREFIX) :]] = _text(key, value)
            elif target == NOTICES and isinstance(value, list):
                values[target] = json.dumps(value)
            else:
                values[target] = _text(key, value)
        _check_keys(metadata)
        return checked_row(number, values, metadata, pictures)

    def _assign(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        named = [key for key in keys if key.strip()]
        try:
            return assign(named, self._given).by_header
        except TableInvalid as error:
            raise _Refused("keys_unclear", str(error)) from error

    def _seen(self, head: list[str]) -> Columns:
        """What the keys of the first lines hold."""
        seen: dict[str, str] = {}
        for line in head:
            try:
                for key, target in self._assigned(tuple(parsed(line))).items():
                    seen.setdefault(key, target)
            except _Refused:
                continue
        return Columns(headers=tuple(seen), targets=tuple(seen.values()))


def parsed(line: str) -> dict[str, Any]:
    """The object of a line, with its numbers as they are written.

    Raises:
        _Refused: it is none, or a key stands in it twice.

    """
    try:
        said = json.loads(
            line, parse_float=_Number, parse_int=_Number, parse_constant=_constant, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise _Refused("json_invalid", f"{error.msg}, at character {error.pos + 1}") from error
    except RecursionError as error:
        raise _Refused("json_invalid", "the object is nested too deeply") from error
    if not isinstance(said, dict):
        raise _Refused("json_no_object", f"the line is {_kind(said)}, not an object")
    return said


def _cells(said: Mapping[str, Any]) -> dict[str, str]:
    """An object as the row of a table."""
    cells: dict[str, str] = {}
    for key, value in said.items():
        inner = value if key == METADATA and isinstance(value, dict) else {key: value}
        cells |= {name: _cell(one) for name, one in inner.items()}
    return cells


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ";".join(value)
    return json.dumps(value, ensure_ascii=False)


def _constant(name: str) -> None:
    raise _Refused("json_invalid", f"{name} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused("key_repeated", f"the key {twice[:100]!r} stands twice", twice[:LONGEST_HEADER])
    return found


def _pictures(key: str, value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for inner in value if (name := _string(key, inner).strip())]
    return split_pictures(_string(key, value))


def _string(key: str, value: Any) -> str:
    if isinstance(value, str) and not isinstance(value, _Number):
        return _storable(key, value)
    raise _Refused("value_type_invalid", f"{key[:100]} holds {_kind(value)}, not text", key[:LONGEST_HEADER])


def _text(key: str, value: Any) -> str:
    """Text of a value that has one; objects and lists have none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _storable(key, value).strip()
    raise _Refused("value_type_invalid", f"{key[:100]} holds {_kind(value)}, not text", key[:LONGEST_HEADER])


def _storable(key: str, value: str) -> str:
    # An escape such as \ud800 is half a character; no encoding can write it.
    if not value.isascii() and _HALVES.search(value):
        raise _Refused("character_invalid", f"{key[:100]} holds half a character", key[:LONGEST_HEADER])
    return value


def _check_keys(metadata: Mapping[str, str]) -> None:
    for key in metadata:
        if not key.strip() or len(key) > LONGEST_HEADER or "\x00" in key or key != _storable("a key", key):
            raise _Refused("key_invalid", f"a key of metadata is empty, too long or no text: {key[:50]!r}")


def _kind(value: Any) -> str:
    if isinstance(value, _Number):
        return "a number"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "a text" if isinstance(value, str) else "null" if value is None else "true or false"
